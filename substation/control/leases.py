"""Exclusive leases of running sequences on feeders and transformers (SAFETY S19): everyone else is refused by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else holds the resource."""

    resource: str
    holder: str

    def __str__(self) -> str:
        return f"{self.resource} is leased to order {self.holder}"


class Leases:
    """Resource (feeder, transformer, or an element that an order switches) -> id of the order that holds it.

    A lease lives in memory only: after a restart no sequence runs, its order is blocked and people act (SAFETY S22).
    """

    def __init__(self) -> None:
        self._holders: dict[str, str] = {}

    def acquire(self, holder: str, resources: Iterable[str]) -> Conflict | None:
        """Take all or nothing; the conflict when another order holds one of them."""
        wanted = tuple(resources)
        conflict = self.conflict(holder, wanted)
        if conflict is None:
            self._holders.update(dict.fromkeys(wanted, holder))
        return conflict

    def release(self, holder: str) -> None:
        """Give back everything that `holder` has."""
        self._holders = {resource: other for resource, other in self._holders.items() if other != holder}

    def conflict(self, holder: str, resources: Iterable[str]) -> Conflict | None:
        """The first resource that somebody other than `holder` has."""
        for resource in resources:
            owner = self._holders.get(resource, holder)
            if owner != holder:
                return Conflict(resource, owner)
        return None

    @property
    def held(self) -> Mapping[str, str]:
        """Every leased resource with its holder."""
        return dict(self._holders)
