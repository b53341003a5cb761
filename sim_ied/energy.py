"""Energy meters of the stations' transformers: totals in watt-hours, integrated from what the loads really take."""

from __future__ import annotations

import numpy as np

from models.network.elements import Network
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.physics import Floats

TAKEN, FED_IN = "MMTR1.DmdWh", "MMTR1.SupWh"
_PERIOD_S = 5.0
_NS_PER_HOUR = 3600e9


class EnergyMeters:
    """`follow` is told every change of power; the meters show their totals every few seconds."""

    def __init__(self, network: Network, agenda: Agenda, board: Board) -> None:
        self._agenda, self._board = agenda, board
        self._points = [(PointName(load.id, TAKEN), PointName(load.id, FED_IN)) for load in network.loads]
        self._totals_wh = np.zeros((2, len(self._points)))
        self._power_w = np.zeros(len(self._points))
        self._since_ns: int | None = None

    def show(self, now_ns: int) -> None:
        """First values, and the periodic work begins."""
        self._turn(now_ns)

    def follow(self, power_w: Floats, now_ns: int) -> None:
        """power_w: per load, positive as consumption, from now on."""
        self._count(now_ns)
        self._power_w = power_w

    def _count(self, now_ns: int) -> None:
        """A clock that is set back counts nothing."""
        hours = max(0, now_ns - (now_ns if self._since_ns is None else self._since_ns)) / _NS_PER_HOUR
        self._totals_wh[0] += np.maximum(self._power_w, 0.0) * hours
        self._totals_wh[1] += np.maximum(-self._power_w, 0.0) * hours
        self._since_ns = now_ns

    def _turn(self, now_ns: int) -> None:
        self._agenda.set("energy meters", after_ns(now_ns, _PERIOD_S), self._turn)
        self._count(now_ns)
        for direction, totals in enumerate(self._totals_wh.astype(np.int64).tolist()):
            for points, total in zip(self._points, totals, strict=True):
                self._board.show(points[direction], total, now_ns)
