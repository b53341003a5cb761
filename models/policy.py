"""The owner's policy of a value: who may read or write it for which service, and how often at most (D3.2 4.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Access(Enum):
    READ = "r"
    WRITE = "w"
    READ_WRITE = "rw"

    def covers(self, wanted: Access) -> bool:
        """True when every letter of the wanted access is granted."""
        return set(wanted.value) <= set(self.value)


ANYONE = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission. stakeholder and service: a name, or '*' for any. minimum_delay_ns: between two accesses."""

    stakeholder: str
    service: str
    access: Access
    minimum_delay_ns: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """All grants of a value; what is not granted is refused. It travels with the instance and never changes on it."""

    grants: tuple[Grant, ...] = ()

    def grant_for(self, stakeholder: str, service: str, wanted: Access) -> Grant | None:
        """The matching grant with the shortest delay; None: refused."""
        matching = [
            grant
            for grant in self.grants
            if grant.stakeholder in (stakeholder, ANYONE)
            and grant.service in (service, ANYONE)
            and grant.access.covers(wanted)
        ]
        return min(matching, key=lambda grant: grant.minimum_delay_ns, default=None)
