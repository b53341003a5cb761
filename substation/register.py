"""The point register: which points the unit has, under which handles, and which switch they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from models.point import Cdc, Handle, PointName, PointSpec

_POSITION = re.compile(r"CSWI\d+\.Pos$")


class PointRegister:
    """All points of a unit. Handles come from persistence (substation.history) and are never reused."""

    def __init__(self, points: Iterable[tuple[Handle, PointSpec]]) -> None:
        self._specs: dict[Handle, PointSpec] = dict(points)
        self._handles: dict[PointName, Handle] = {spec.name: handle for handle, spec in self._specs.items()}
        self._positions = {
            spec.name.location: handle
            for handle, spec in self._specs.items()
            if spec.cdc in (Cdc.DPC, Cdc.DPS) and _POSITION.match(spec.name.variable)
        }
        self._links: dict[str, list[Handle]] = {}
        for handle, spec in self._specs.items():
            self._links.setdefault(spec.link, []).append(handle)

    def __len__(self) -> int:
        return len(self._specs)

    def items(self) -> Iterable[tuple[Handle, PointSpec]]:
        return self._specs.items()

    def spec(self, handle: Handle) -> PointSpec:
        """KeyError for a handle that this unit does not have."""
        return self._specs[handle]

    def handle(self, name: PointName) -> Handle | None:
        return self._handles.get(name)

    def position_of(self, switch: str) -> PointName | None:
        """The position point (`CSWIn.Pos`) of a switch by its element id; None when no device reports it."""
        handle = self._positions.get(switch)
        return None if handle is None else self._specs[handle].name

    @property
    def positions(self) -> Mapping[str, Handle]:
        """Position point of every reported switch, by element id."""
        return self._positions

    def of_link(self, link: str) -> list[Handle]:
        return self._links.get(link, [])
