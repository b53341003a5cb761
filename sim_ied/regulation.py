"""Tap changers of stations' transformers and power limits of generators: what remote commands regulate.

A tap changer takes its time for a step and then lifts or lowers the low voltage, and with it what the load draws. A
limit holds at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from models.command import AddCause, CommandResult, Outcome
from models.network.elements import Network
from models.point import Dbpos, PointName, Value
from sim_ied.agenda import Agenda, after_ns
from sim_ied.board import Board
from sim_ied.equipment import limited_generators, tap_changing_loads
from sim_ied.physics import Injections

TAP = "YLTC1.TapChg"
LIMIT, TARGET = "DWMX1.WLimSpt", "DVAR1.VArTgtSpt"
POWER_FACTOR = 0.9
"""At its rating a converter can work down to it, either way."""
RUNNING = 0.1
"""Of the rating: below it no reactive power is delivered."""
END_POSITION = 4
"""Positions are -4 to 4; the transformer stands at 0 when the world begins."""

_STEP = 0.025
"""Share of the voltage per step."""

_LOAD_EXPONENT = 1.3
"""How the power of a mixed load follows its voltage."""

_TRAVEL_S = 3.0

Ended = Callable[[PointName, int], None]
"""A command that took its time has ended: point, time."""


class Regulation:
    """Owned by the world. `changed`: the injections are others now; `ended`: a step has ended; speed: of its travel."""

    def __init__(
        self,
        network: Network,
        agenda: Agenda,
        board: Board,
        changed: Callable[[int], None],
        ended: Ended,
        speed: float = 1.0,
    ) -> None:
        self._agenda, self._board, self._changed, self._ended = agenda, board, changed, ended
        loads = {load.id: number for number, load in enumerate(network.loads)}
        generators = {item.id: number for number, item in enumerate(network.generators)}
        self._taps = {PointName(load.id, TAP): loads[load.id] for load in tap_changing_loads(network)}
        self._limits = {
            PointName(bay, LIMIT): [generators[each.id] for each in members]
            for bay, members in limited_generators(network).items()
        }
        self._targets = {PointName(point.location, TARGET): members for point, members in self._limits.items()}
        self._rated_w = np.array([item.rated_power_w for item in network.generators], np.float64)
        self._travel_s = _TRAVEL_S / speed
        self._positions = dict.fromkeys(self._taps, 0)
        self._moving: set[PointName] = set()
        self._load_factor = np.ones(len(network.loads))
        self._limit_w = self._rated_w.copy()
        self._target_var = np.zeros(len(self._rated_w))

    def show(self, now_ns: int) -> None:
        """First values of everything."""
        for point in self._taps:
            self._show_tap(point, now_ns)
        for point, members in self._limits.items():
            self._board.show(point, float(self._rated_w[members].sum()), now_ns)
        for point in self._targets:
            self._board.show(point, 0.0, now_ns)

    def applied(self, injections: Injections) -> Injections:
        """What loads and generators do under the present taps and limits."""
        generation_w = np.minimum(injections.generation_w, self._limit_w)
        left_var = np.sqrt(np.maximum((self._rated_w / POWER_FACTOR) ** 2 - generation_w**2, 0.0))
        running = generation_w >= RUNNING * self._rated_w
        return Injections(
            injections.load_w * self._load_factor,
            injections.load_var * self._load_factor,
            generation_w,
            np.clip(self._target_var, -left_var, left_var) * running,
        )

    def has(self, point: PointName) -> bool:
        return point in self._taps or point in self._limits or point in self._targets

    def check(self, point: PointName, value: Value, now_ns: int = 0) -> CommandResult:
        """What a select would answer now."""
        if point in self._taps:
            return self._check_step(point, value)
        if point in self._targets:
            return self._check_target(point, value)
        largest_w = float(self._rated_w[self._limits[point]].sum())
        if not isinstance(value, float) or not math.isfinite(value) or not 0.0 <= value <= largest_w * (1 + 1e-6):
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{point} takes 0 to {largest_w:g} W")
        return CommandResult(Outcome.ACCEPTED)

    def _check_target(self, point: PointName, value: Value) -> CommandResult:
        most_var = float(self._rated_w[self._targets[point]].sum()) / POWER_FACTOR
        if not isinstance(value, float) or not math.isfinite(value) or abs(value) > most_var:
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{point} takes {-most_var:g} to {most_var:g} var")
        return CommandResult(Outcome.ACCEPTED)

    def _check_step(self, point: PointName, value: Value) -> CommandResult:
        if value not in (Dbpos.OFF, Dbpos.ON):
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{point} takes lower or higher")
        if point in self._moving:
            return _refused(AddCause.COMMAND_ALREADY_IN_EXECUTION, f"{point} is moving")
        if abs(self._positions[point] + _direction(value)) > END_POSITION:
            return _refused(AddCause.POSITION_REACHED, f"{point} is at its end")
        return CommandResult(Outcome.ACCEPTED)

    def carry_out(self, point: PointName, value: Value, now_ns: int) -> None:
        """After `check` has accepted it."""
        if point in self._taps:
            self._moving.add(point)
            target = self._positions[point] + _direction(value)
            self._agenda.set((TAP, point), after_ns(now_ns, self._travel_s), partial(self._arrive, point, target))
            return
        asked = float(value) if isinstance(value, float) else 0.0
        members, values = (
            (self._targets[point], self._target_var) if point in self._targets else (self._limits[point], self._limit_w)
        )
        values[members] = self._rated_w[members] * (asked / self._rated_w[members].sum())
        self._board.show(point, asked, now_ns)
        self._changed(now_ns)
        self._ended(point, now_ns)

    def _arrive(self, point: PointName, position: int, now_ns: int) -> None:
        self._moving.discard(point)
        self._positions[point] = position
        self._load_factor[self._taps[point]] = (1.0 + _STEP * position) ** _LOAD_EXPONENT
        self._show_tap(point, now_ns)
        self._changed(now_ns)
        self._ended(point, now_ns)

    def _show_tap(self, point: PointName, now_ns: int) -> None:
        position = self._positions[point]
        self._board.show(point, position, now_ns)
        self._board.show(PointName(point.location, "YLTC1.EndPosR"), position == END_POSITION, now_ns)
        self._board.show(PointName(point.location, "YLTC1.EndPosL"), position == -END_POSITION, now_ns)


def _direction(value: Value) -> int:
    return 1 if value is Dbpos.ON else -1


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)
