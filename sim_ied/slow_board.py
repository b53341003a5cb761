"""A board on which stations with slow links appear late: in order, with the time tags of what happened."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from models.point import PointName, Value
from models.quality import Quality
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board


class SlowBoard(Board):
    """delays_s: station to (least, most). Until `begin` everything appears at once: it was so before."""

    def __init__(self, delays_s: Mapping[str, tuple[float, float]], agenda: Agenda, random: Random) -> None:
        super().__init__()
        self._delays_s, self._agenda, self._random = delays_s, agenda, random
        self._due_ns: dict[str, int] = {}
        self._number = 0
        self._begun = False

    def begin(self) -> None:
        """From now on what changes is late."""
        self._begun = True

    def show(
        self, point: PointName, value: Value, now_ns: int, quality: int = Quality.GOOD, repeat: bool = False
    ) -> None:
        station = point.location.partition("/")[0]
        if not self._begun or station not in self._delays_s:
            super().show(point, value, now_ns, quality, repeat)
            return
        due_ns = max(after_ns(now_ns, self._random.uniform(*self._delays_s[station])), self._due_ns.get(station, 0))
        self._due_ns[station] = due_ns
        self._number += 1
        show = super().show
        self._agenda.set(("slow link", self._number), due_ns, lambda at_ns: show(point, value, now_ns, quality, repeat))
