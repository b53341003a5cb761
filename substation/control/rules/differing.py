"""Where a device is otherwise than the SCL says, automation leaves everything that it touches alone (SAFETY S21)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from substation.control.grid import Grid, bay_of
from substation.image import ProcessImage


class Place(Protocol):
    """Where a command stands, whatever it commands."""

    @property
    def element(self) -> str: ...

    @property
    def image(self) -> ProcessImage: ...

    @property
    def grid(self) -> Grid: ...

    @property
    def feeders(self) -> Collection[str]: ...


def differs_from_scl(place: Place) -> str:
    """S21: a command goes as the device's control model says, so what the device says must be what the SCL says."""
    differing = place.image.differing
    if not differing:
        return ""
    bay = bay_of(place.element, place.grid.switches)
    for resource in (place.element, bay, *sorted(place.feeders)):
        if resource in differing:
            return f"automation on {resource} is blocked: {differing[resource]}"
    return ""


def affected(grid: Grid, blocked: Mapping[str, str]) -> dict[str, str]:
    """Bays, equipment and feeders that differences touch, each with one in words. blocked: by location.

    A switch takes the feeders with it that end at it in the released normal diagram, a transformer those that it feeds.
    """
    found: dict[str, str] = {}
    normal = grid.normally_closed
    for location, text in blocked.items():
        found.setdefault(location, text)
        found.setdefault(bay_of(location, grid.switches), text)
        switch = grid.switches.get(location)
        for feeder in () if switch is None or not switch.to_node else sorted(grid.feeders_reaching(normal, switch)):
            found.setdefault(feeder, text)
        for each in grid.network.feeders:
            if location in (each.id, each.transformer):
                found.setdefault(each.id, text)
    return found
