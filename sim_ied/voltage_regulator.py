"""Automatic voltage regulators (ATCC) of the primary transformers: taps that follow a voltage set-point on load."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from models.command import AddCause, CommandResult, Outcome
from models.network.elements import Network, Transformer
from models.point import PointName, Value
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.physics import Flows, Physics
from sim_ied.regulator_settings import VoltageRegulator

SET_POINT, TAP = "AVCO1.VolSpt", "YLTC1.TapPos"
AUTOMATIC, BLOCKED = "ATCC1.Auto", "ATCC1.LTCBlk"
UNDER_VOLTAGE_PU = 0.8
"""Below it a regulator waits: the voltage is lacking for another reason than its taps."""
LEAST_PU, GREATEST_PU = 0.8, 1.2
"""Set-points that a regulator takes, of the nominal voltage."""


@dataclass(slots=True)
class _Regulated:
    """One transformer. settings: None where its taps stay where they are."""

    number: int
    transformer: Transformer
    node: int
    nominal_v: float
    settings: VoltageRegulator | None
    set_point_v: float
    tap: int = field(init=False)

    def __post_init__(self) -> None:
        self.tap = self.transformer.tap

    def wanted(self, voltage_v: float) -> int:
        """Steps that it wants now: one more turns more on the HV side and lowers the voltage."""
        settings = self.settings
        if settings is None or settings.blocked or voltage_v < UNDER_VOLTAGE_PU * self.nominal_v:
            return 0
        away_pu = (voltage_v - self.set_point_v) / self.nominal_v
        step = 0 if abs(away_pu) <= settings.band_pu else int(math.copysign(1, away_pu))
        return step if self.transformer.tap_min <= self.tap + step <= self.transformer.tap_max else 0


class VoltageRegulators:
    """Owned by the world. `changed`: a tap is another one now; `ended`: a command has ended; speed: of delays."""

    def __init__(
        self,
        network: Network,
        settings: Mapping[str, VoltageRegulator],
        agenda: Agenda,
        board: Board,
        physics: Physics,
        changed: Callable[[int], None],
        ended: Callable[[PointName, int], None],
        speed: float = 1.0,
    ) -> None:
        self._agenda, self._board, self._physics = agenda, board, physics
        self._changed, self._ended, self._speed = changed, ended, speed
        nodes = {node.id: number for number, node in enumerate(network.nodes)}
        self._voltage_v = np.zeros(len(network.nodes))
        self._items: dict[str, _Regulated] = {}
        for number, each in enumerate(network.transformers):
            node, own = nodes[each.lv_node], settings.get(each.id)
            nominal_v = network.nodes[node].nominal_voltage_v
            set_v = nominal_v if own is None else own.set_point_v
            self._items[each.id] = _Regulated(number, each, node, nominal_v, own, set_v)

    def show(self, now_ns: int) -> None:
        """First values of everything."""
        for name, item in self._items.items():
            self._board.show(PointName(name, TAP), item.tap, now_ns)
            self._board.show(PointName(name, AUTOMATIC), item.settings is not None, now_ns)
            self._board.show(PointName(name, BLOCKED), item.settings is not None and item.settings.blocked, now_ns)
            self._board.show(PointName(name, SET_POINT), item.set_point_v, now_ns)

    def has(self, point: PointName) -> bool:
        return point.variable == SET_POINT and point.location in self._items

    def check(self, point: PointName, value: Value, now_ns: int = 0) -> CommandResult:
        """What a select would answer now."""
        item = self._items[point.location]
        least_v, greatest_v = LEAST_PU * item.nominal_v, GREATEST_PU * item.nominal_v
        if not isinstance(value, float) or not math.isfinite(value) or not least_v <= value <= greatest_v:
            text = f"{point} takes {least_v:g} to {greatest_v:g} V"
            return CommandResult(Outcome.REFUSED, AddCause.INCONSISTENT_PARAMETERS, text)
        return CommandResult(Outcome.ACCEPTED)

    def carry_out(self, point: PointName, value: Value, now_ns: int) -> None:
        """After `check` has accepted it."""
        item = self._items[point.location]
        item.set_point_v = float(value)
        self._board.show(point, item.set_point_v, now_ns)
        self._changed(now_ns)
        self._ended(point, now_ns)

    def set_blocked(self, transformer: str, blocked: bool, now_ns: int) -> None:
        """The tap changer fails, or is repaired. KeyError for a transformer without a regulator."""
        item = self._items[transformer]
        if item.settings is None:
            raise KeyError(transformer)
        own = item.settings
        item.settings = VoltageRegulator(own.set_point_v, own.band_pu, own.delay_s, own.step_s, blocked)
        self._board.show(PointName(transformer, BLOCKED), blocked, now_ns)
        self._changed(now_ns)

    def measure(self, flows: Flows, now_ns: int) -> None:
        """What every regulator sees of a new state: it waits for its delay, and forgets it once all is well."""
        self._voltage_v = flows.voltage_v
        for name, item in self._items.items():
            key = (TAP, name)
            if not self._wanted(item):
                self._agenda.cancel(key)
            elif item.settings is not None and key not in self._agenda:
                due_s = (item.settings.delay_s + item.settings.step_s) / self._speed
                self._agenda.set(key, after_ns(now_ns, due_s), partial(self._step, name))

    def _wanted(self, item: _Regulated) -> int:
        return item.wanted(float(self._voltage_v[item.node]))

    def _step(self, name: str, now_ns: int) -> None:
        item = self._items[name]
        item.tap += self._wanted(item)
        self._physics.set_taps(np.array([each.tap for each in self._items.values()], np.int8))
        self._board.show(PointName(name, TAP), item.tap, now_ns)
        self._changed(now_ns)
