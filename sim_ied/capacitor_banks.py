"""Capacitor banks (ARCO): steps behind contactors, each with its charge, in and out by command or by themselves.

A step that was switched off is not switched on before it is discharged. A bank that has lost its voltage opens all its
contactors, so that no charged step is ever energised again by reclosing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from models.command import AddCause, CommandResult, Outcome
from models.errors import ConfigError
from models.network.elements import CapacitorBank, Network
from models.point import Dbpos, PointName, Value
from sim_ied.agenda import Agenda, after_ns
from sim_ied.bank_settings import CapacitorBankSettings
from sim_ied.board import Board
from sim_ied.physics import Flows, Physics

STEPS, AUTOMATIC, DISCHARGING = "ARCO1.TapChg", "ARCO1.Auto", "ARCO1.DschBlk"
RELEASE_PU, RELEASE_S = 0.5, 0.2
"""Under-voltage release: below it, for so long, every contactor opens."""


@dataclass(slots=True)
class _Bank:
    """steps: in service. ready_ns: per step, when it is discharged. moving: a contactor is on its way."""

    bank: CapacitorBank
    node: int
    nominal_v: float
    settings: CapacitorBankSettings
    failing: bool = False
    moving: bool = False
    steps: list[bool] = field(init=False)
    ready_ns: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = [number < self.bank.steps_in for number in range(self.bank.steps)]
        self.ready_ns = [0] * self.bank.steps

    @property
    def position(self) -> int:
        return sum(self.steps)

    def next_step(self, direction: int, now_ns: int) -> int | None:
        """The step that would move: the one that has been discharged, or in service, for the longest."""
        fit = [
            number
            for number, on in enumerate(self.steps)
            if on != (direction > 0) and (not direction > 0 or self.ready_ns[number] <= now_ns)
        ]
        return min(fit, key=lambda number: self.ready_ns[number], default=None)

    def discharging(self, now_ns: int) -> bool:
        return self.position < self.bank.steps and self.next_step(1, now_ns) is None


class CapacitorBanks:
    """Owned by the world. `changed`: steps are others now; `ended`: a command has ended; speed: of every delay."""

    def __init__(
        self,
        network: Network,
        settings: Mapping[str, CapacitorBankSettings],
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
        for stranger in sorted(settings.keys() - {each.id for each in network.capacitors}):
            problem = f"[capacitor_banks] names '{stranger}', which is no bank of the network"
            raise ConfigError("world.toml", None, problem, "correct or remove it")
        self._banks = {
            each.id: _Bank(
                each,
                nodes[each.node],
                network.nodes[nodes[each.node]].nominal_voltage_v,
                settings.get(each.id, CapacitorBankSettings()),
            )
            for each in network.capacitors
        }
        self._voltage_v = np.zeros(len(network.nodes))
        self._tell_physics()

    def show(self, now_ns: int) -> None:
        """First values of everything."""
        for name, bank in self._banks.items():
            self._board.show(PointName(name, AUTOMATIC), bank.settings.automatic, now_ns)
            self._show(name, now_ns)

    def has(self, point: PointName) -> bool:
        return point.variable == STEPS and point.location in self._banks

    def check(self, point: PointName, value: Value, now_ns: int) -> CommandResult:
        """What a select would answer now."""
        bank = self._banks[point.location]
        if value not in (Dbpos.OFF, Dbpos.ON):
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{point} takes lower or higher")
        if bank.settings.automatic:
            return _refused(AddCause.BLOCKED_BY_MODE, f"{point.location} is in automatic")
        if bank.moving:
            return _refused(AddCause.COMMAND_ALREADY_IN_EXECUTION, f"{point.location} is moving")
        direction = _direction(value)
        if not 0 <= bank.position + direction <= bank.bank.steps:
            return _refused(AddCause.POSITION_REACHED, f"{point.location} has no further step")
        if bank.next_step(direction, now_ns) is None:
            return _refused(AddCause.BLOCKED_BY_PROCESS, f"{point.location} is not discharged")
        return CommandResult(Outcome.ACCEPTED)

    def carry_out(self, point: PointName, value: Value, now_ns: int) -> None:
        """After `check` has accepted it."""
        bank = self._banks[point.location]
        bank.moving = True
        due_ns = after_ns(now_ns, bank.settings.step_s / self._speed)
        self._agenda.set(
            (STEPS, point.location), due_ns, partial(self._arrive, point.location, _direction(value), point)
        )

    def set_failing(self, bank: str, failing: bool, now_ns: int) -> None:
        """Its contactors do not move any more, or again. KeyError for a bank that does not exist."""
        self._banks[bank].failing = failing

    def measure(self, flows: Flows, now_ns: int) -> None:
        """What every bank sees of a new state."""
        self._voltage_v = flows.voltage_v
        for name, bank in self._banks.items():
            low = self._voltage_pu(bank) < RELEASE_PU and bank.position > 0
            self._watch(("release", name), low, RELEASE_S, now_ns, partial(self._release, name))
            wanted = bank.settings.automatic and self._wanted(bank) != 0
            due_s = bank.settings.delay_s / self._speed
            self._watch((AUTOMATIC, name), wanted, due_s, now_ns, partial(self._regulate, name))

    def _watch(self, key: tuple[str, str], wanted: bool, due_s: float, now_ns: int, act: Callable[[int], None]) -> None:
        if not wanted:
            self._agenda.cancel(key)
        elif key not in self._agenda:
            self._agenda.set(key, after_ns(now_ns, due_s), act)

    def _voltage_pu(self, bank: _Bank) -> float:
        return float(self._voltage_v[bank.node]) / bank.nominal_v

    def _wanted(self, bank: _Bank) -> int:
        voltage_pu = self._voltage_pu(bank)
        if voltage_pu < RELEASE_PU:
            return 0
        return int(voltage_pu < bank.settings.low_pu) - int(voltage_pu > bank.settings.high_pu)

    def _regulate(self, name: str, now_ns: int) -> None:
        if direction := self._wanted(self._banks[name]):
            self._arrive(name, direction, None, now_ns)

    def _release(self, name: str, now_ns: int) -> None:
        bank = self._banks[name]
        for number, on in enumerate(bank.steps):
            if on:
                self._switch(name, number, now_ns)
        self._moved(name, now_ns)

    def _arrive(self, name: str, direction: int, point: PointName | None, now_ns: int) -> None:
        bank = self._banks[name]
        bank.moving = False
        step = bank.next_step(direction, now_ns)
        if step is not None and not bank.failing:
            self._switch(name, step, now_ns)
            self._moved(name, now_ns)
        if point is not None:
            self._ended(point, now_ns)

    def _switch(self, name: str, step: int, now_ns: int) -> None:
        bank = self._banks[name]
        bank.steps[step] = not bank.steps[step]
        if not bank.steps[step]:
            bank.ready_ns[step] = after_ns(now_ns, bank.bank.discharge_s / self._speed)
            self._agenda.set((DISCHARGING, name, step), bank.ready_ns[step], partial(self._show, name))

    def _moved(self, name: str, now_ns: int) -> None:
        self._tell_physics()
        self._show(name, now_ns)
        self._changed(now_ns)

    def _show(self, name: str, now_ns: int) -> None:
        bank = self._banks[name]
        self._board.show(PointName(name, STEPS), bank.position, now_ns)
        self._board.show(PointName(name, DISCHARGING), bank.discharging(now_ns), now_ns)

    def _tell_physics(self) -> None:
        self._physics.set_capacitors(np.array([on for bank in self._banks.values() for on in bank.steps], np.bool_))


def _direction(value: Value) -> int:
    return 1 if value is Dbpos.ON else -1


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)
