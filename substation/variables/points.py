"""The points of the process image as variables: present values from the image, past ones from history."""

from __future__ import annotations

from dataclasses import dataclass

from models.point import Dbpos, Handle, PointName, PointSpec, Sample
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS
from models.wire.glob import is_pattern, matches
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.history.store import History
from substation.image import Image
from substation.variables import past


@dataclass(frozen=True, slots=True, eq=False)
class _Subscription:
    handles: frozenset[Handle]
    subscriber: Subscriber


def instance_of(spec: PointSpec, sample: Sample) -> Instance:
    """The sample as the data interface shows it; the time is the field's where it gave one."""
    value = int(sample.value) if isinstance(sample.value, Dbpos) else sample.value
    time_ns = sample.arrival_time_ns if sample.source_time_ns is None else sample.source_time_ns
    return Instance(spec.name.variable, spec.name.location, value, time_ns, sample.quality)


class PointVariables:
    """Subscriptions resolve their patterns once, so that a change costs a look into a set per subscription."""

    def __init__(self, image: Image, history: History) -> None:
        self._image, self._history = image, history
        self._subscriptions: list[_Subscription] = []
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
        present = [instance_of(spec, sample) for spec, sample in found if sample is not None]
        return sorted(present, key=lambda instance: instance.time_ns)

    async def read(self, selection: Selection) -> list[Instance]:
        handles = self._handles(selection)
        times = selection.time_range()
        if times == ALWAYS:
            return self._present(handles)
        return await self._history.ask(self._past, handles, *past.bounds(times))

    def _past(self, handles: list[Handle], start_ns: int, end_ns: int) -> list[Instance]:
        found: list[Instance] = []
        for handle in handles:
            spec = self._image.register.spec(handle)
            room = past.MOST_TOLD - len(found)
            samples = self._history.series(handle, spec.cdc, start_ns, end_ns, room + 1)
            if len(samples) > room:
                raise past.too_many()
            found += [instance_of(spec, sample) for sample in samples]
        return sorted(found, key=lambda instance: instance.time_ns)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        handles = self._handles(selection)
        if initial and (present := self._present(handles)):
            subscriber.events(present)
        subscription = _Subscription(frozenset(handles), subscriber)
        self._subscriptions.append(subscription)
        return lambda: self._subscriptions.remove(subscription)

    def _changed(self, samples: list[Sample]) -> None:
        register = self._image.register
        for subscription in tuple(self._subscriptions):
            mine = [sample for sample in samples if sample.handle in subscription.handles]
            events = [sample for sample in mine if register.spec(sample.handle).cdc.is_event]
            measurands = [sample for sample in mine if not register.spec(sample.handle).cdc.is_event]
            if events:
                subscription.subscriber.events([instance_of(register.spec(each.handle), each) for each in events])
            if measurands:
                subscription.subscriber.latest([instance_of(register.spec(each.handle), each) for each in measurands])

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        text = f"{variable} is measured; write to {variable}.SBOw, .Oper or .Cancel to command it"
        raise RefusedError(Code.NOT_ALLOWED, text)
