"""A station's own state, beside the process: selector, battery, communication quality."""

from __future__ import annotations

from random import Random

from models.network.elements import Network
from models.point import PointName
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.equipment import primary_stations

_FLOAT_V, _LOW_V = 27.3, 21.0  # 24 V battery: float charge, and nearly empty
_RIPPLE_V = 0.05
_PERIOD_S = 5.0


class Houses:
    """All stations. Every few seconds one of them shows its battery again, and now and then counts a frame error."""

    def __init__(self, network: Network, agenda: Agenda, board: Board, random: Random) -> None:
        self._agenda, self._board, self._random = agenda, board, random
        primary = primary_stations(network)
        names = {node.station for node in network.nodes if node.station} - primary
        self.stations = tuple(sorted(names))
        self._bays = tuple(sorted({item.id.rpartition("/")[0] for item in network.switches if _in(item.id, primary)}))
        self._errors = dict.fromkeys(self.stations, 0)
        self._low: set[str] = set()

    def show(self, now_ns: int) -> None:
        """First values of everything, and the periodic work begins."""
        for location in (*self.stations, *self._bays):
            self._board.show(PointName(location, "LLN0.Loc"), False, now_ns)
        for station in self.stations:
            self._board.show(PointName(station, "ZBAT1.BatLo"), False, now_ns)
            self._board.show(PointName(station, "LCCH1.ChLiv"), True, now_ns)
            self._board.show(PointName(station, "LCCH1.FerCh"), 0, now_ns)
            self._show_battery(station, now_ns)
        self._agenda.set("houses", after_ns(now_ns, _PERIOD_S), self._turn)

    def set_battery_low(self, station: str, low: bool, now_ns: int) -> None:
        (self._low.add if low else self._low.discard)(station)
        self._board.show(PointName(station, "ZBAT1.BatLo"), low, now_ns)
        self._show_battery(station, now_ns)

    def _turn(self, now_ns: int) -> None:
        self._agenda.set("houses", after_ns(now_ns, _PERIOD_S), self._turn)
        if not self.stations:
            return
        station = self._random.choice(self.stations)
        self._show_battery(station, now_ns)
        if self._random.random() < 0.1:
            self._errors[station] += 1
            self._board.show(PointName(station, "LCCH1.FerCh"), self._errors[station], now_ns)

    def _show_battery(self, station: str, now_ns: int) -> None:
        voltage_v = (_LOW_V if station in self._low else _FLOAT_V) + self._random.uniform(-_RIPPLE_V, _RIPPLE_V)
        self._board.show(PointName(station, "ZBAT1.Vol"), round(voltage_v, 3), now_ns)


def _in(element: str, stations: frozenset[str]) -> bool:
    return element.partition("/")[0] in stations
