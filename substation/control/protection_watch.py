"""Watches the protection of the feeders of a running order: every trip, and every pickup after a close (SAFETY S6)."""

from __future__ import annotations

from collections.abc import Iterable

from models.point import Handle, PointName, Sample
from models.quality import is_actionable
from substation.image import Image
from substation.register import PointRegister

TRIPS = ("PTRC1.Tr",)
PICKUPS = ("PTOC1.Str", "PTOC2.Str", "PTEF1.Str")
OPERATED = ("PTOC1.Op", "PTOC2.Op", "PTEF1.Op")


class ProtectionWatch:
    """Rising edges only: a trip that is still reported from before the order began is not a new one."""

    def __init__(self, image: Image, feeders: Iterable[str], all_feeders: frozenset[str]) -> None:
        self._names = _watched(image.register, frozenset(feeders), all_feeders)
        self._last = {handle: _raised(image.get(handle)) for handle in self._names}
        self._closed = False
        self.seen = ""

    def closing(self) -> None:
        """From now on a pickup counts too."""
        self._closed = True

    def take(self, samples: list[Sample]) -> None:
        """Listener of the image; `seen` keeps the first finding in words."""
        for sample in samples:
            if sample.handle not in self._names or not is_actionable(sample.quality):
                continue
            rose = _raised(sample) and not self._last[sample.handle]
            self._last[sample.handle] = _raised(sample)
            name = self._names[sample.handle]
            if rose and not self.seen and (name.variable in TRIPS or self._closed):
                when = " after a close" if self._closed else ""
                self.seen = f"protection of {name.location} operated{when} ({name.variable})"


def _watched(register: PointRegister, feeders: frozenset[str], all_feeders: frozenset[str]) -> dict[Handle, PointName]:
    """Points of the order's feeders, and of the transformer bays beside them on the same busbar."""
    levels = {feeder.rpartition("/")[0] for feeder in feeders if feeder in all_feeders}
    found = {}
    for handle, spec in register.items():
        location, variable = spec.name
        if variable not in TRIPS + PICKUPS + OPERATED:
            continue
        beside = location.rpartition("/")[0] in levels and location not in all_feeders
        if location in feeders or beside:
            found[handle] = spec.name
    return found


def _raised(sample: Sample | None) -> bool:
    return sample is not None and bool(sample.value)
