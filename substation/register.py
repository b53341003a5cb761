"""The point register: which points the unit has, under which handles, and which switch they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from models.point import Cdc, Handle, PointName, PointSpec

_POSITIONS = tuple(map(re.compile, (r"CSWI\d+\.Pos$", r"\w*CSWI\d+\.Pos$", r"\w*(XCBR|XSWI)\d+\.Pos$")))
"""What tells a switch's position, the best first: its controller, also with a prefix, else the switch itself."""
_GOVERNING = re.compile(r"\w*(LLN0|CSWI\d+|XCBR\d+|XSWI\d+|YLTC\d+|ATCC\d+|IHMI\d+|ITCI\d+)\.(Loc|LocKey|LocSta|Beh)$")
"""Points that say who may command, and whether commands are executed at all (IEC 61850-7-4)."""

_BREAKER = re.compile(r"\w*XCBR\d+\.(EEHealth|CBOpCap)$")


class PointRegister:
    """All points of a unit. Handles come from persistence (substation.history) and are never reused."""

    def __init__(self, points: Iterable[tuple[Handle, PointSpec]]) -> None:
        self._specs: dict[Handle, PointSpec] = dict(points)
        self._handles: dict[PointName, Handle] = {spec.name: handle for handle, spec in self._specs.items()}
        self._positions: dict[str, Handle] = {}
        for pattern in reversed(_POSITIONS):  # the best overwrites the others
            self._positions |= {
                spec.name.location: handle
                for handle, spec in self._specs.items()
                if spec.cdc in (Cdc.DPC, Cdc.DPS) and pattern.match(spec.name.variable)
            }
        self._breakers: dict[tuple[str, str], PointName] = {}
        for spec in self._specs.values():
            if found := _BREAKER.match(spec.name.variable):
                self._breakers.setdefault((spec.name.location, found[1]), spec.name)
        self._governing: dict[str, tuple[PointName, ...]] = {}
        for spec in self._specs.values():
            if _GOVERNING.match(spec.name.variable):
                location = spec.name.location
                self._governing[location] = (*self._governing.get(location, ()), spec.name)
        self._aging = frozenset(handle for handle, spec in self._specs.items() if spec.max_age_s is not None)
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

    def breaker_point(self, switch: str, data: str) -> PointName:
        """EEHealth or CBOpCap of a breaker, whatever prefix and number its XCBR has; XCBR1 where no device has it."""
        return self._breakers.get((switch, data), PointName(switch, f"XCBR1.{data}"))

    def governing(self, location: str) -> tuple[PointName, ...]:
        """Loc, LocKey, LocSta and Beh of the logical nodes at a location."""
        return self._governing.get(location, ())

    @property
    def positions(self) -> Mapping[str, Handle]:
        """Position point of every reported switch, by element id."""
        return self._positions

    @property
    def aging(self) -> frozenset[Handle]:
        """Points whose value is too old some time after it has arrived."""
        return self._aging

    def of_link(self, link: str) -> list[Handle]:
        return self._links.get(link, [])
