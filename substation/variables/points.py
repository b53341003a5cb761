"""The points of the process image as variables: present values from the image, past ones from history."""

from __future__ import annotations

import time
from dataclasses import dataclass

from models.driver import Clock
from models.errors import StorageError
from models.point import Dbpos, Handle, PointName, PointSpec, Sample
from models.policy import Policy
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS
from models.wire.glob import is_pattern, matches
from models.wire.instance import Instance
from models.wire.messages import MISSED_UNKNOWN, Code, Function
from substation.exchange.access import Identity
from substation.exchange.trending import bounds, bucket_instance, of_time_alone
from substation.exchange.variables import (
    MOST_REPEATED,
    Cancel,
    Missed,
    RefusedError,
    Selection,
    Subscriber,
    WriteResult,
)
from substation.history.store import END_NS, History
from substation.image import Image
from substation.variables import past
from substation.variables.policy_ledger import PolicyOf, Restricts, never_restricted, no_policy
from substation.variables.recent import OVERLAP_NS, Recent

BUFFERED_NS = 3_600_000_000_000
"""Events that a device had buffered for longer than this before they arrived are not told afterwards from history."""


@dataclass(frozen=True, slots=True, eq=False)
class _Subscription:
    handles: frozenset[Handle]
    subscriber: Subscriber


def instance_of(spec: PointSpec, sample: Sample, policy: Policy | None = None) -> Instance:
    """The sample as the data interface shows it; the time is the field's where it gave one."""
    value = int(sample.value) if isinstance(sample.value, Dbpos) else sample.value
    time_ns = sample.arrival_time_ns if sample.source_time_ns is None else sample.source_time_ns
    return Instance(spec.name.variable, spec.name.location, value, time_ns, sample.quality, policy=policy)


class PointVariables:
    """Subscriptions resolve their patterns once, so that a change costs a look into a set per subscription.

    Points of the event classes can be told afterwards (Replays): from memory, or from history.
    """

    def __init__(
        self,
        image: Image,
        history: History,
        clock: Clock = time.time_ns,
        policy_of: PolicyOf = no_policy,
        restricts: Restricts = never_restricted,
    ) -> None:
        self._image, self._history, self._policy_of, self._restricts = image, history, policy_of, restricts
        self._subscriptions: list[_Subscription] = []
        self._event_points = frozenset(handle for handle, spec in image.register.items() if spec.cdc.is_event)
        self._recent: Recent[Sample] = Recent(clock())
        image.subscribe(self._changed)

    def _handles(self, selection: Selection) -> list[Handle]:
        register = self._image.register
        if not is_pattern(selection.variable) and not is_pattern(selection.location):
            handle = register.handle(PointName(selection.location, selection.variable))
            if handle is None:
                text = f"no device has the point {selection.location}/{selection.variable}"
                raise RefusedError(Code.UNKNOWN_VARIABLE, text)
            return [handle]
        return [
            handle
            for handle, spec in register.items()
            if matches(selection.variable, spec.name.variable) and matches(selection.location, spec.name.location)
        ]

    def _present(self, handles: list[Handle]) -> list[Instance]:
        register = self._image.register
        found = ((register.spec(handle), self._image.get(handle)) for handle in handles)
        present = [self._shown(spec, sample) for spec, sample in found if sample is not None]
        return sorted(present, key=lambda instance: instance.time_ns)

    async def read(self, selection: Selection) -> list[Instance]:
        handles = self._handles(selection)
        times = selection.time_range()
        if times == ALWAYS:
            return self._present(handles)
        if selection.function is Function.TREND and of_time_alone(selection.condition) and self._all_open(handles):
            return await self._history.ask(self._trend, handles, *bounds(selection))
        return await self._history.ask(self._past, handles, *past.bounds(times))

    def _all_open(self, handles: list[Handle]) -> bool:
        """No policy has ever kept any of their samples back, so they may be put together before policies are asked."""
        return not any(self._restricts(*reversed(self._image.register.spec(handle).name)) for handle in handles)

    def _trend(self, handles: list[Handle], start_ns: int, end_ns: int, parts: int) -> list[Instance]:
        if len(handles) * parts > past.MOST_TOLD:
            raise past.too_many()
        named = [(handle, self._image.register.spec(handle).name) for handle in handles]
        return [
            bucket_instance(name.variable, name.location, bucket)
            for handle, name in named
            for bucket in self._history.trend(handle, start_ns, end_ns, parts)
        ]

    def _past(self, handles: list[Handle], start_ns: int, end_ns: int) -> list[Instance]:
        found: list[Instance] = []
        for handle in handles:
            spec = self._image.register.spec(handle)
            room = past.MOST_TOLD - len(found)
            samples = self._history.series(handle, spec.cdc, start_ns, end_ns, room + 1)
            if len(samples) > room:
                raise past.too_many()
            found += [self._shown(spec, sample) for sample in samples]
        return sorted(found, key=lambda instance: instance.time_ns)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        handles = self._handles(selection)
        if initial and (present := self._present(handles)):
            subscriber.events(present)
        subscription = _Subscription(frozenset(handles), subscriber)
        self._subscriptions.append(subscription)
        return lambda: self._subscriptions.remove(subscription)

    def _changed(self, samples: list[Sample]) -> None:
        self._recent.add((each.arrival_time_ns, each) for each in samples if each.handle in self._event_points)
        made: dict[int, Instance] = {}  # shared by all subscribers; by place among the samples
        for subscription in tuple(self._subscriptions):
            events: list[Instance] = []
            measurands: list[Instance] = []
            for place, sample in enumerate(samples):
                if sample.handle not in subscription.handles:
                    continue
                if place not in made:
                    made[place] = self._instance(sample)
                (events if sample.handle in self._event_points else measurands).append(made[place])
            if events:
                subscription.subscriber.events(events)
            if measurands:
                subscription.subscriber.latest(measurands)

    def position(self) -> int:
        return self._recent.position

    async def since(self, selection: Selection, after: int, until: int) -> Missed:
        handles = [handle for handle in self._handles(selection) if handle in self._event_points]
        if self._recent.reaches(after):
            mine = frozenset(handles)
            samples = [sample for sample in self._recent.since(after, until) if sample.handle in mine]
            return Missed(tuple(self._instance(sample) for sample in samples), until)
        start_ns = after if self._recent.is_of_this_run(after) else after - OVERLAP_NS
        try:
            samples = await self._history.ask(self._arrived, handles, start_ns, until)
        except StorageError:
            return Missed((), until, MISSED_UNKNOWN)
        told = samples[-MOST_REPEATED:]
        count = MISSED_UNKNOWN if len(samples) >= past.MOST_TOLD else len(samples) - len(told)
        return Missed(tuple(self._instance(sample) for sample in told), until, count)

    def _instance(self, sample: Sample) -> Instance:
        return self._shown(self._image.register.spec(sample.handle), sample)

    def _shown(self, spec: PointSpec, sample: Sample) -> Instance:
        """With the policy that held when it arrived."""
        policy = self._policy_of(spec.name.variable, spec.name.location, sample.arrival_time_ns)
        return instance_of(spec, sample, policy)

    def _arrived(self, handles: list[Handle], start_ns: int, end_ns: int) -> list[Sample]:
        """Samples of event points by arrival, after `start_ns` and not after `end_ns`; at most MOST_TOLD."""
        found: list[Sample] = []
        for handle in handles:
            cdc = self._image.register.spec(handle).cdc
            room = past.MOST_TOLD - len(found)
            series = self._history.series(handle, cdc, start_ns - BUFFERED_NS, END_NS, room)
            found += [sample for sample in series if start_ns < sample.arrival_time_ns <= end_ns]
        return sorted(found, key=lambda sample: sample.arrival_time_ns)

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        text = f"{variable} is measured; write to {variable}.SBOw, .Oper or .Cancel to command it"
        raise RefusedError(Code.NOT_ALLOWED, text)
