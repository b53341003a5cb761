"""Policies that owners have set, in the order in which they came, on disk [SE2].

A change holds from its arrival on: of declared variables for the instances that are written afterwards, of field points
for the samples that arrive afterwards. What is older keeps what held then.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import cbor2
from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, String, Table, select
from sqlalchemy.dialects.sqlite import insert

from models.driver import Clock
from models.policy import Policy
from models.wire.cbor import WireValue, outgoing
from models.wire.glob import matches
from models.wire.instance import policy_from_wire, policy_to_wire
from substation.control.database import METADATA, Database

CHANGES = Table(
    "policy_change",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("arrival_ns", BigInteger, nullable=False),
    Column("scope", String, nullable=False),
    Column("variable", String, nullable=False),
    Column("location", String, nullable=False),
    Column("owner", String, nullable=False),
    Column("policy", LargeBinary),
    Column("set_by", String, nullable=False),
    sqlite_autoincrement=True,
)

PolicyOf = Callable[[str, str, int], Policy | None]
"""The policy of a field point (variable, location) for what arrived at that time, UTC ns."""


def no_policy(_variable: str, _location: str, _arrival_ns: int) -> Policy | None:
    """Field points of a unit whose operator has set no policy: open to everyone who may read."""
    return None


Restricts = Callable[[str, str], bool]
"""Whether a field point (variable, location) has ever had a policy."""


def never_restricted(_variable: str, _location: str) -> bool:
    """As no_policy."""
    return False


class Scope(Enum):
    VARIABLE = "variable"  # one declared variable at one location
    LOCATION = "location"  # every variable of an owner at a location that has none of its own
    POINTS = "points"  # field points that match two patterns


@dataclass(frozen=True, slots=True)
class Change:
    """policy None: what was set before holds no more. owner: whose data it is about, '' = the operator."""

    scope: Scope
    variable: str
    location: str
    owner: str
    policy: Policy | None
    set_by: str
    arrival_ns: int = 0


class PolicyLedger:
    """One per unit, opened by `open`."""

    def __init__(self, database: Database, clock: Clock, changes: list[Change]) -> None:
        self._database, self._clock = database, clock
        self._present: dict[tuple[Scope, str, str, str], Change] = {}
        self._points: list[Change] = []
        self._of_point: dict[tuple[str, str], tuple[list[int], list[Policy | None]]] = {}
        self._last_ns = 0
        for change in changes:
            self._take(change)

    @classmethod
    async def open(cls, database: Database, clock: Clock) -> PolicyLedger:
        """With what was set before. StorageError when it cannot be read."""
        await database.make_tables()
        return cls(database, clock, await database.run(_load))

    async def record(self, change: Change) -> Change:
        """Returns, with its time of arrival, once it is on disk and holds. StorageError: nothing has changed."""
        self._last_ns = max(self._clock(), self._last_ns + 1)
        arrived = Change(
            change.scope,
            change.variable,
            change.location,
            change.owner,
            change.policy,
            change.set_by,
            self._last_ns,
        )
        await self._database.run(lambda connection: _store(connection, arrived))
        self._take(arrived)
        return arrived

    def of_variable(self, variable: str, location: str, owner: str) -> Policy | None:
        """What the owner has set for it, None where it has set nothing."""
        change = self._present.get((Scope.VARIABLE, variable, location, owner))
        return None if change is None else change.policy

    def of_location(self, location: str, owner: str) -> Policy | None:
        """The owner's default at a location, None where there is none."""
        change = self._present.get((Scope.LOCATION, "", location, owner))
        return None if change is None else change.policy

    def present(self, scope: Scope) -> list[Change]:
        """The newest change of each name, by arrival."""
        return [change for (known, *_), change in self._present.items() if known is scope]

    def of_point(self, variable: str, location: str, arrival_ns: int) -> Policy | None:
        """PolicyOf: the last change whose patterns fit, of those before the arrival."""
        if not self._points:
            return None
        name = (variable, location)
        versions = self._of_point.get(name)
        if versions is None:
            fitting = [each for each in self._points if _fits(each, variable, location)]
            versions = [each.arrival_ns for each in fitting], [each.policy for each in fitting]
            self._of_point[name] = versions
        arrivals, policies = versions
        place = bisect_left(arrivals, arrival_ns)
        return policies[place - 1] if place else None

    def restricts(self, variable: str, location: str) -> bool:
        """Whether a policy has ever been set for the field point, whatever holds now."""
        return any(_fits(each, variable, location) for each in self._points)

    def _take(self, change: Change) -> None:
        self._last_ns = max(self._last_ns, change.arrival_ns)
        key = (change.scope, change.variable, change.location, change.owner)
        self._present.pop(key, None)
        self._present[key] = change
        if change.scope is Scope.POINTS:
            self._points.append(change)
            self._of_point.clear()


def grants_of(policy: Policy | None) -> WireValue:
    """As people read it in a variable: rows of stakeholder, service, access and delay in ns, or nothing."""
    return outgoing(policy_to_wire(policy), "grants")


def packed(policy: Policy | None) -> bytes | None:
    """A policy as octets of the database."""
    return None if policy is None else cbor2.dumps(policy_to_wire(policy))


def unpacked(octets: bytes | None) -> Policy | None:
    """RemoteProtocolError when the octets are no policy."""
    return None if octets is None else policy_from_wire("policy", cbor2.loads(octets))


def _fits(change: Change, variable: str, location: str) -> bool:
    return matches(change.variable, variable) and matches(change.location, location)


def _load(connection: Connection) -> list[Change]:
    rows = connection.execute(select(CHANGES).order_by(CHANGES.c.sequence))
    return [
        Change(
            Scope(row.scope), row.variable, row.location, row.owner, unpacked(row.policy), row.set_by, row.arrival_ns
        )
        for row in rows
    ]


def _store(connection: Connection, change: Change) -> None:
    columns = {
        "arrival_ns": change.arrival_ns,
        "scope": change.scope.value,
        "variable": change.variable,
        "location": change.location,
        "owner": change.owner,
        "policy": packed(change.policy),
        "set_by": change.set_by,
    }
    connection.execute(insert(CHANGES).values(columns)).close()
