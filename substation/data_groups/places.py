"""Which declared variables exist where, whose they are, and who else may use them by contract or by default."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.policy import ANYONE, Grant, Policy
from models.wire.glob import is_pattern, matches
from substation.data_groups.row import Owner, Row
from substation.data_groups.settings import DataSettings
from substation.data_groups.tables import table
from substation.level import Level

METERS = (Level.SM,)
"""At these the contract holds whatever the customer's policy says (D3.2 6.3)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A unit, meter or device whose variables are held here. owner: customer, '' = the operator."""

    owner: str
    level: Level
    rows: Mapping[str, Row]


class Places:
    """All of one unit. A location is the name of a place, or `PLACE/part` for rows that stand at parts."""

    def __init__(self, settings: DataSettings, unit: str, level: Level) -> None:
        self._settings = settings
        self._tables: dict[Level, Mapping[str, Row]] = {}
        self._places: dict[str, Place] = {}
        owner_here = next((each.owner for each in settings.customers if each.location == unit), "")
        self.declare(unit, owner_here, level)
        for customer in settings.customers:
            if customer.location != unit:
                self.declare(customer.location, customer.owner, customer.level)
            if customer.meter:
                self.declare(customer.meter, customer.owner, Level.SM)

    def declare(self, location: str, owner: str, level: Level) -> None:
        """The place exists from now on, or has another owner: of new instances only."""
        self._places[location] = Place(owner, level, self._rows(level))

    def withdraw(self, location: str) -> None:
        """Nothing can be read or written there any more; what is stored stays stored."""
        self._places.pop(location, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def place(self, location: str) -> Place | None:
        return self._places.get(location.partition("/")[0])

    def row(self, variable: str, location: str) -> Row | None:
        """The declaration; None: there is no such variable."""
        name, slash, _ = location.partition("/")
        place = self._places.get(name)
        row = None if place is None else place.rows.get(variable)
        return row if row is not None and (row.parts or not slash) else None

    def any(self, variable: str, location: str) -> bool:
        """Whether a declared variable can fit; both may be patterns."""
        if not is_pattern(variable) and not is_pattern(location):
            return self.row(variable, location) is not None
        return any(
            _may_lie_in(location, name) and any(matches(variable, known) for known in place.rows)
            for name, place in self._places.items()
        )

    def owner(self, row: Row, location: str) -> str:
        """Stakeholder; '' = the operator."""
        if row.owner is Owner.CUSTOMER:
            place = self.place(location)
            return "" if place is None else place.owner
        if row.owner is Owner.OPERATOR:
            return ""
        for provider in self._settings.providers:
            fits = any(matches(pattern, row.variable) for pattern in provider.variables)
            if fits and any(matches(pattern, location) for pattern in provider.locations):
                return provider.stakeholder
        return ""

    def default_policy(self, row: Row, owner: str) -> Policy | None:
        """What the unit's settings say where the owner has said nothing. None: open to everyone who may read."""
        kind = row.owner if owner else Owner.OPERATOR
        configured = self._settings.defaults.get(kind)
        if kind is not Owner.CUSTOMER:
            return configured
        return Policy((*(configured.grants if configured else ()), *self.contract_grants(row.variable, owner)))

    def contract_grants(self, variable: str, owner: str) -> tuple[Grant, ...]:
        """What the customer has agreed to for this variable."""
        return tuple(
            contract.grant
            for contract in self._settings.contracts
            if contract.customer in (owner, ANYONE) and any(matches(each, variable) for each in contract.variables)
        )

    def binding(self, policy: Policy | None, row: Row, location: str, owner: str) -> Policy | None:
        """The policy with the contracts that hold against it: at meters, for the customer's variables."""
        place = self.place(location)
        if policy is None or place is None or place.level not in METERS or row.owner is not Owner.CUSTOMER:
            return policy
        agreed = self.contract_grants(row.variable, owner)
        parties = {(grant.stakeholder, grant.service) for grant in agreed}
        return Policy(
            (*agreed, *(grant for grant in policy.grants if (grant.stakeholder, grant.service) not in parties))
        )

    def _rows(self, level: Level) -> Mapping[str, Row]:
        if level not in self._tables:
            further = {row.variable: row for at, row in self._settings.variables if at is level}
            self._tables[level] = {**table(level), **further}
        return self._tables[level]


def _may_lie_in(location: str, place: str) -> bool:
    """Whether a location, or pattern of locations, can mean the place or a part of it."""
    if not is_pattern(location):
        return location.partition("/")[0] == place
    return matches(location, place) or _fits_below(location, f"{place}/")


def _fits_below(pattern: str, prefix: str) -> bool:
    """Whether the pattern can match anything that starts with the prefix."""
    fixed = pattern.partition("*")[0]
    return fixed.startswith(prefix) or prefix.startswith(fixed)
