"""Automatic voltage regulators (ATCC) of the primary transformers: taps that follow a voltage set-point on load."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from models.command import AddCause, CommandResult, Outcome
from models.errors import ConfigError
from models.network.elements import Network, Transformer
from models.point import Dbpos, PointName, Value
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.physics import Flows, Physics
from sim_ied.regulator_settings import VoltageRegulator

SET_POINT, TAP, STEP = "AVCO1.VolSpt", "YLTC1.TapPos", "YLTC1.TapChg"
AUTOMATIC, BLOCKED, PARALLEL = "ATCC1.Auto", "ATCC1.LTCBlk", "ATCC1.ParOp"
UNDER_VOLTAGE_PU = 0.8
"""Below it a regulator waits: the voltage is lacking for another reason than its taps."""
LEAST_PU, GREATEST_PU = 0.8, 1.2
"""Set-points that a regulator takes, of the nominal voltage."""
_BY_HAND = VoltageRegulator(0.0, automatic=False)
"""Of a tap changer without a regulator: its steps alone."""


@dataclass(slots=True)
class _Regulated:
    """One transformer. leader: whose steps it makes, '' its own. apart: it hears nothing of its leader. moving: a step
    by command is on its way."""

    transformer: Transformer
    node: int
    nominal_v: float
    settings: VoltageRegulator
    set_point_v: float
    automatic: bool
    leader: str = ""
    apart: bool = False
    moving: bool = False
    tap: int = field(init=False)

    def __post_init__(self) -> None:
        self.tap = self.transformer.tap

    def wanted(self, voltage_v: float) -> int:
        """Steps that it wants now: one more turns more on the HV side and lowers the voltage."""
        settings = self.settings
        led = self.leader and not self.apart
        if not self.automatic or led or settings.blocked or voltage_v < UNDER_VOLTAGE_PU * self.nominal_v:
            return 0
        away_pu = (voltage_v - self.set_point_v) / self.nominal_v
        step = 0 if abs(away_pu) <= settings.band_pu else int(math.copysign(1, away_pu))
        return step if self.reaches(step) else 0

    def reaches(self, step: int) -> bool:
        return self.transformer.tap_min <= self.tap + step <= self.transformer.tap_max


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
        for each in network.transformers:
            node, own = nodes[each.lv_node], settings.get(each.id, _BY_HAND)
            nominal_v = network.nodes[node].nominal_voltage_v
            set_v = own.set_point_v or nominal_v
            self._items[each.id] = _Regulated(each, node, nominal_v, own, set_v, own.automatic, own.follows)
        self._parallel = {name for name, each in self._items.items() if each.leader}
        self._parallel |= {each.leader for each in self._items.values() if each.leader}
        for stranger in sorted((self._parallel | settings.keys()) - self._items.keys()):
            problem = f"[voltage_regulators] names '{stranger}', which is no transformer of the network"
            raise ConfigError("world.toml", None, problem, "correct or remove it")

    def show(self, now_ns: int) -> None:
        """First values of everything."""
        for name, item in self._items.items():
            self._show_tap(name, now_ns)
            self._board.show(PointName(name, AUTOMATIC), item.automatic, now_ns)
            self._board.show(PointName(name, BLOCKED), item.settings.blocked, now_ns)
            if sum(_station(other) == _station(name) for other in self._items) > 1:
                self._board.show(PointName(name, PARALLEL), name in self._parallel, now_ns)
            self._board.show(PointName(name, SET_POINT), item.set_point_v, now_ns)
            self._heard(name, now_ns)

    def _show_tap(self, name: str, now_ns: int) -> None:
        for variable in (TAP, STEP):
            self._board.show(PointName(name, variable), self._items[name].tap, now_ns)

    def has(self, point: PointName) -> bool:
        return point.variable in (SET_POINT, STEP) and point.location in self._items

    def check(self, point: PointName, value: Value, now_ns: int = 0) -> CommandResult:
        """What a select would answer now."""
        item = self._items[point.location]
        if point.variable == STEP:
            return _check_step(point, item, value)
        least_v, greatest_v = LEAST_PU * item.nominal_v, GREATEST_PU * item.nominal_v
        if not isinstance(value, float) or not math.isfinite(value) or not least_v <= value <= greatest_v:
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{point} takes {least_v:g} to {greatest_v:g} V")
        return CommandResult(Outcome.ACCEPTED)

    def carry_out(self, point: PointName, value: Value, now_ns: int) -> None:
        """After `check` has accepted it."""
        item = self._items[point.location]
        self._heard(point.location, now_ns)
        if point.variable == STEP:
            item.moving = True
            due_ns = after_ns(now_ns, item.settings.step_s / self._speed)
            self._agenda.set((STEP, point.location), due_ns, partial(self._commanded, point, _direction(value)))
            return
        item.set_point_v = float(value)
        self._board.show(point, item.set_point_v, now_ns)
        self._changed(now_ns)
        self._ended(point, now_ns)

    def _commanded(self, point: PointName, step: int, now_ns: int) -> None:
        item = self._items[point.location]
        item.moving = False
        if not item.settings.blocked:
            self._move(point.location, step, now_ns)
        self._ended(point, now_ns)

    def set_blocked(self, transformer: str, blocked: bool, now_ns: int) -> None:
        """The tap changer fails, or is repaired. KeyError for a transformer that does not exist."""
        item = self._items[transformer]
        item.settings = replace(item.settings, blocked=blocked)
        self._board.show(PointName(transformer, BLOCKED), blocked, now_ns)
        self._changed(now_ns)

    def set_automatic(self, transformer: str, automatic: bool, now_ns: int) -> None:
        """At its own panel, or by its fallback. KeyError as above."""
        self._items[transformer].automatic = automatic
        self._board.show(PointName(transformer, AUTOMATIC), automatic, now_ns)
        self._heard(transformer, now_ns)
        self._changed(now_ns)

    def set_apart(self, transformer: str, apart: bool, now_ns: int) -> None:
        """The link to its leader is lost: it works as if it stood alone, but says nothing of it. KeyError as above."""
        self._items[transformer].apart = apart
        self._changed(now_ns)

    def _heard(self, name: str, now_ns: int) -> None:
        """Somebody has told it something: its fallback waits from now on."""
        item, key = self._items[name], ("fallback", name)
        self._agenda.cancel(key)
        if item.settings.fallback_s > 0 and not item.automatic:
            due_ns = after_ns(now_ns, item.settings.fallback_s / self._speed)
            self._agenda.set(key, due_ns, partial(self.set_automatic, name, True))

    def measure(self, flows: Flows, now_ns: int) -> None:
        """What every regulator sees of a new state: it waits for its delay, and forgets it once all is well."""
        self._voltage_v = flows.voltage_v
        for name, item in self._items.items():
            key = (TAP, name)
            if not self._wanted(item):
                self._agenda.cancel(key)
            elif key not in self._agenda:
                due_s = (item.settings.delay_s + item.settings.step_s) / self._speed
                self._agenda.set(key, after_ns(now_ns, due_s), partial(self._step, name))

    def _wanted(self, item: _Regulated) -> int:
        return item.wanted(float(self._voltage_v[item.node]))

    def _step(self, name: str, now_ns: int) -> None:
        if step := self._wanted(self._items[name]):
            self._move(name, step, now_ns)

    def _move(self, name: str, step: int, now_ns: int) -> None:
        """A leader takes along whoever follows it, where their tap changers move."""
        for other, item in self._items.items():
            follows = item.leader == name and item.automatic and not item.apart
            if (other == name or follows) and not item.settings.blocked and item.reaches(step):
                item.tap += step
                self._show_tap(other, now_ns)
        self._physics.set_taps(np.array([each.tap for each in self._items.values()], np.int8))
        self._changed(now_ns)


def _check_step(point: PointName, item: _Regulated, value: Value) -> CommandResult:
    if value not in (Dbpos.OFF, Dbpos.ON):
        return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{point} takes lower or higher")
    if item.automatic:
        return _refused(AddCause.BLOCKED_BY_MODE, f"{point.location} is in automatic")
    if item.settings.blocked:
        return _refused(AddCause.BLOCKED_BY_PROCESS, f"the tap changer of {point.location} is blocked")
    if item.moving:
        return _refused(AddCause.COMMAND_ALREADY_IN_EXECUTION, f"{point.location} is moving")
    if not item.reaches(_direction(value)):
        return _refused(AddCause.POSITION_REACHED, f"{point.location} is at its end")
    return CommandResult(Outcome.ACCEPTED)


def _station(transformer: str) -> str:
    return transformer.partition("/")[0]


def _direction(value: Value) -> int:
    return 1 if value is Dbpos.ON else -1


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)
