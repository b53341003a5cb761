"""Declared variables: not from the field, but written by stakeholders or computed [DI1, DI2]; with owner and policy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.driver import Clock
from models.errors import StorageError
from models.point import PointName
from models.policy import Policy
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS
from models.wire.glob import is_pattern
from models.wire.instance import Instance, policy_from_wire
from models.wire.messages import MISSED_UNKNOWN, Code
from substation.data_groups.customer import DEFAULT_POLICY, VARIABLE_POLICY
from substation.data_groups.places import Places
from substation.data_groups.row import Direction, Owner, Row
from substation.exchange.access import Identity
from substation.exchange.variables import (
    MOST_REPEATED,
    Cancel,
    Missed,
    Ownership,
    RefusedError,
    Selection,
    Subscriber,
    WriteResult,
)
from substation.level import Level
from substation.variables import past
from substation.variables.declared_series import DeclaredSeries
from substation.variables.hearing import Hearing, concerns, name_of
from substation.variables.policy_ledger import Change, PolicyLedger, Scope, grants_of
from substation.variables.recent import Recent

COMMIT_S = 10.0
"""A write is answered when it is on disk, or after this time, as unknown: with a full disk it waits."""
OWN = Policy()
"""For the owner alone."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """An instance of another unit that is none of what is declared here."""

    instance: Instance
    why: str


class DeclaredVariables:
    """Opened by `open`. Present values from memory, past ones from history; what is not declared is refused."""

    def __init__(self, places: Places, series: DeclaredSeries, ledger: PolicyLedger, clock: Clock, recent: int) -> None:
        self.places = self._places = places
        self._series, self._ledger, self._clock = series, ledger, clock
        self._present: dict[PointName, dict[str, Instance]] = {}
        self._hearing = Hearing()
        self._recent: Recent[Instance] = Recent(clock(), recent)

    @classmethod
    async def open(
        cls,
        places: Places,
        series: DeclaredSeries,
        ledger: PolicyLedger,
        clock: Clock,
        recent: int = MOST_REPEATED,
    ) -> DeclaredVariables:
        """With the present values of before. recent: how many are told afterwards. StorageError: cannot be read."""
        declared = cls(places, series, ledger, clock, recent)
        before = [instance for instance in await series.newest() if instance.variable != VARIABLE_POLICY]
        for instance in (*before, *map(_shown, ledger.present(Scope.VARIABLE))):
            declared._replaces(instance)
        return declared

    # -- what exists

    def declare(self, location: str, owner: str, level: Level) -> None:
        """A unit, meter or device has joined: its variables exist from now on. owner: stakeholder, '' = operator."""
        self._places.declare(location, owner, level)

    def withdraw(self, location: str) -> None:
        """It has left for good: its variables exist no more; history keeps what was stored."""
        self._places.withdraw(location)
        for name in [name for name in self._present if self._places.row(name.variable, name.location) is None]:
            del self._present[name]

    def serves(self, variable: str, location: str) -> bool:
        return self._places.any(variable, location)

    def ownership(self, variable: str, location: str) -> Ownership:
        row, owner = self._declared(variable, location)
        teller = location.partition("/")[0] if row.direction is Direction.UP else ""
        return Ownership(owner, self._policy(row, location, owner), row.write, teller)

    def _declared(self, variable: str, location: str) -> tuple[Row, str]:
        row = self._places.row(variable, location)
        if row is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} is not declared at {location}")
        return row, self._places.owner(row, location)

    def _policy(self, row: Row, location: str, owner: str) -> Policy | None:
        """Of the next instance: what the owner set for it, or for the location; else what the unit's settings say."""
        if row.variable in (DEFAULT_POLICY, VARIABLE_POLICY):
            return OWN
        place = location.partition("/")[0]
        own = self._ledger.of_variable(row.variable, location, owner)
        if own is None:
            own = self._ledger.of_location(place, owner)
        if own is None:
            own = self._places.default_policy(row, owner)
        return self._places.binding(own, row, location, owner)

    # -- reading

    def _fitting(self, selection: Selection, names: Iterable[PointName]) -> list[PointName]:
        """Series that are asked for and declared; of a single one, whether it has an instance or not."""
        if not is_pattern(selection.variable) and not is_pattern(selection.location):
            self._declared(selection.variable, selection.location)
            return [PointName(selection.location, selection.variable)]
        return [
            name
            for name in names
            if concerns(selection, name) and self._places.row(name.variable, name.location) is not None
        ]

    async def read(self, selection: Selection) -> list[Instance]:
        times = selection.time_range()
        if times == ALWAYS:
            return self._current(selection)
        return await self._series.past(self._fitting(selection, self._series.names()), *past.bounds(times))

    def present(self, variable: str, location: str) -> WireValue:
        """Value of the newest instance, None without any, or without good quality; for the unit's own applications."""
        found = self._present.get(PointName(location, variable), {}).get("")
        return None if found is None or found.quality & 3 else found.value

    def _current(self, selection: Selection) -> list[Instance]:
        names = self._fitting(selection, self._present)
        found = [instance for name in names for instance in self._present.get(name, {}).values()]
        return sorted(found, key=lambda instance: instance.time_ns)

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        present = self._current(selection)
        if initial and present:
            subscriber.events(present)
        return self._hearing.subscribe(selection, subscriber)

    def position(self) -> int:
        return self._recent.position

    async def since(self, selection: Selection, after: int, until: int) -> Missed:
        """From memory; nobody counts what was told before this run or too long ago: it is in history."""
        mine = [each for each in self._recent.since(after, until) if concerns(selection, name_of(each))]
        return Missed(tuple(mine), until, 0 if self._recent.reaches(after) else MISSED_UNKNOWN)

    # -- writing

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        return await self.write_owned(variable, location, value, requester, None)

    async def write_owned(
        self, variable: str, location: str, value: WireValue, requester: Identity, policy: Policy | None
    ) -> WriteResult:
        row, owner = self._declared(variable, location)
        if problem := row.kind.problem(value, "value"):
            raise RefusedError(Code.BAD_REQUEST, f"{variable} at {location}: {problem}")
        try:
            await self._series.make([PointName(location, variable)])
            for change in self._changes(row, location, owner, value, policy, requester.name):
                await self._record(change, shown=row.variable != VARIABLE_POLICY)
        except StorageError as error:
            return WriteResult(Code.FAILED, f"nothing is written: {error}")
        return await self._kept(*self.put(variable, location, value))

    def put(
        self, variable: str, location: str, value: WireValue, quality: int = 0, time_ns: int | None = None
    ) -> tuple[Instance, asyncio.Future[None]]:
        """For what the unit itself computes: a new instance, and the future that ends when it is on disk.

        Its series has been made (`make`). RefusedError when it is not declared; the value is the caller's care.
        """
        row, owner = self._declared(variable, location)
        now_ns = self._clock()
        policy = self._policy(row, location, owner)
        at_ns = now_ns if time_ns is None else time_ns
        instance = Instance(variable, location, value, at_ns, quality, owner, policy)
        committed = self._series.append([instance], now_ns)
        self._show([instance])
        return instance, committed

    async def make(self, names: Sequence[PointName]) -> None:
        """Before the first `put` of each: its place in history. StorageError when the disk refuses."""
        await self._series.make(names)

    async def _kept(self, instance: Instance, committed: asyncio.Future[None]) -> WriteResult:
        done, _ = await asyncio.wait([committed], timeout=COMMIT_S)
        if not done:
            return WriteResult(Code.UNKNOWN, f"in force, but after {COMMIT_S:g} s not yet on disk", None, (instance,))
        return WriteResult(Code.OK, instances=(instance,))

    def _changes(
        self, row: Row, location: str, owner: str, value: WireValue, policy: Policy | None, by: str
    ) -> list[Change]:
        """What the write changes of policies, before the instance that it makes."""
        if row.variable == DEFAULT_POLICY:
            return [Change(Scope.LOCATION, "", location, owner, policy_from_wire("value", value), by)]
        if row.variable == VARIABLE_POLICY and isinstance(value, dict):
            variable = str(value["variable"])
            target, target_owner = self._declared(variable, location)
            if target_owner != owner or target.variable in (DEFAULT_POLICY, VARIABLE_POLICY):
                raise RefusedError(Code.NOT_ALLOWED, f"{variable} at {location} is not yours: its policy stays")
            return [Change(Scope.VARIABLE, variable, location, owner, policy_from_wire("grants", value["grants"]), by)]
        if policy is None or policy == self._ledger.of_variable(row.variable, location, owner):
            return []
        return [Change(Scope.VARIABLE, row.variable, location, owner, policy, by)]

    async def _record(self, change: Change, shown: bool) -> None:
        """shown: as an instance of Policy.Variable too, where the location has one."""
        change = await self._ledger.record(change)
        declared = self._places.row(VARIABLE_POLICY, change.location) is not None
        if shown and change.scope is Scope.VARIABLE and declared:
            instance = _shown(change)
            await self._series.make([name_of(instance)])
            self._series.append([instance], change.arrival_ns)
            self._show([instance])

    # -- from other units

    async def take(self, instances: Sequence[Instance]) -> list[Rejected]:
        """Instances of another unit, as they are; returns when they are on disk, with those that do not fit.

        They keep time, owner, policy and quality. One that is older than the present goes to history alone.
        """
        rejected, fitting = [], []
        for instance in instances:
            row = self._places.row(instance.variable, instance.location)
            why = "is not declared here" if row is None else row.kind.problem(instance.value, "value")
            if why:
                rejected.append(Rejected(instance, why))
            else:
                fitting.append(self._guarded(instance))
        if fitting:
            await self._series.make([name_of(instance) for instance in fitting])
            committed = self._series.append(fitting, self._clock())
            self._show(fitting)
            await committed
        return rejected

    def _guarded(self, instance: Instance) -> Instance:
        """A customer's instance without a policy would be open to everyone: it gets what the unit's settings say."""
        row = self._places.row(instance.variable, instance.location)
        if row is None or row.owner is not Owner.CUSTOMER or not instance.owner or instance.policy is not None:
            return instance
        return replace(instance, policy=self._places.default_policy(row, instance.owner))

    def _show(self, instances: Sequence[Instance]) -> None:
        """Newer ones become the present ones, and subscribers are told of these."""
        newer = [instance for instance in instances if self._replaces(instance)]
        self._recent.add((self._clock(), instance) for instance in newer)
        self._hearing.tell(newer)

    def _replaces(self, instance: Instance) -> bool:
        """Of Policy.Variable there is one present instance for each variable that it names."""
        value, key = instance.value, ""
        if instance.variable == VARIABLE_POLICY and isinstance(value, dict):
            key = str(value["variable"])
        presents = self._present.setdefault(name_of(instance), {})
        if key in presents and instance.time_ns < presents[key].time_ns:
            return False
        presents[key] = instance
        return True


def _shown(change: Change) -> Instance:
    """A policy of one variable as its owner reads it."""
    value: WireValue = {"variable": change.variable, "grants": grants_of(change.policy)}
    return Instance(VARIABLE_POLICY, change.location, value, change.arrival_ns, 0, change.owner, OWN)
