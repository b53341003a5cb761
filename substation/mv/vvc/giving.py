"""What comes of a plan: set-points and steps where it is on, proposals where it advises, words for both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from models.alarm import Severity
from models.network.elements import Limits
from models.point import PointName
from substation.application import Plain, SetPointWish, StepWish
from substation.image import Mode
from substation.mv.vvc.banks import STEPS, BankNow
from substation.mv.vvc.converters import TARGET, ConverterNow
from substation.mv.vvc.hunting import SAME_V, Watch
from substation.mv.vvc.regulators import SET_POINT, STEP, Regulator
from substation.mv.vvc.schedule import Planned, Target
from substation.mv.vvc.state import VvcState, Watched, WatchedBank
from substation.mv.vvc.words import target_words

_ROUND_V, _ROUND_VAR = 10.0, 1000.0
_SAME_SHARE = 0.05
"""Of what a converter can give: a smaller change is none."""


@dataclass(slots=True)
class Giver:
    """Goes through the targets of one plan. limited: it removes an excess over a limit. lines, shown: for people."""

    watch: Watch
    limits: Limits
    found: Planned
    limited: bool
    state: VvcState
    set_points: list[SetPointWish] = field(default_factory=list)
    steps: list[StepWish] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    shown: list[Plain] = field(default_factory=list)
    whys: dict[str, str] = field(default_factory=dict)

    def _why(self) -> str:
        return "limits are exceeded" if self.limited else f"saves {self.found.saved_w / 1e3:.1f} kW"

    def _gives(self, name: str) -> bool:
        return self.watch.image.modes.get(name, Mode.DISABLED) is Mode.AUTOMATIC

    def _too_little(self, target: Target) -> str:
        if target.moves == 0:
            return f"its {target.lever.noun} is the best one"
        if not self.limited and self.found.saved_w < self.watch.settings.least_saving_w:
            return f"{self.found.saved_w:.0f} W are less than {self.watch.settings.least_saving_w:.0f} W"
        return ""

    def _too_often(self, commands_ns: tuple[int, ...]) -> str:
        if len(commands_ns) < self.watch.settings.set_points_per_hour:
            return ""
        return f"{len(commands_ns)} set-points have been given within an hour"

    # -- regulators

    def regulate(self, target: Target, members: tuple[Regulator, ...]) -> None:
        """One set-point for all that stand in parallel; steps where the regulator is off automatic."""
        volts = self._volts(members[0])
        if members[0].in_hand:
            self._step_taps(target, members[0], volts)
            return
        refused = self._too_little(target) or self._within_dead_band(members, volts)
        refused = refused or self._too_often(self.state.of(target.id).commands_ns)
        asked = refused or f"{target.lever.words(target.level)} by a set-point of {volts / 1e3:.2f} kV"
        self.lines += target_words(target, _seen(members), asked, bool(refused))
        self.whys.update(dict.fromkeys((each.id for each in members), refused))
        for each in members:
            if refused:
                self._keep(replace(self.state.of(each.id), proposed_v=0.0))
            else:
                self._set_point(each, target, volts)

    def _volts(self, regulator: Regulator) -> float:
        bounds = self.limits.voltage_min_pu * regulator.nominal_v, self.limits.voltage_max_pu * regulator.nominal_v
        return round(float(np.clip(self.found.voltages_v[regulator.id], *bounds)) / _ROUND_V) * _ROUND_V

    def _within_dead_band(self, members: tuple[Regulator, ...], volts: float) -> str:
        apart_v = max(abs(volts - (each.set_point_v or 0.0)) for each in members)
        if apart_v >= max(self.watch.settings.dead_band_pu * members[0].nominal_v, SAME_V):
            return ""
        return f"{apart_v:.0f} V from its set-point is within the dead band"

    def _set_point(self, regulator: Regulator, target: Target, volts: float) -> None:
        name, now_ns = regulator.id, self.watch.image.time_ns
        tap = round(target.position)
        wish = SetPointWish(PointName(name, SET_POINT), volts, "V", f"voltage control: tap {tap}, {self._why()}")
        self.shown.append(_plain(wish.point, volts, "V"))
        watched = self.state.of(name)
        if self._gives(name):
            self.set_points.append(wish)
            watched = replace(
                watched, sent_ns=now_ns, sent_v=volts, expected_tap=tap, followed=False, proposed_v=0.0,
                commands_ns=(*watched.commands_ns, now_ns),
            )  # fmt: skip
        elif abs(watched.proposed_v - volts) > SAME_V:
            self._propose(name, f"a set-point of {volts:.0f} V")
            watched = replace(watched, proposed_v=volts)
        self._keep(watched)

    def _step_taps(self, target: Target, regulator: Regulator, volts: float) -> None:
        """Its set-point goes first and again and again: with it the regulator takes over when it hears nothing more."""
        refused = self._too_little(target) or self._too_often(self.state.of(target.id).commands_ns)
        asked = (
            refused or f"{target.lever.words(target.level)} by steps of its own, {volts / 1e3:.2f} kV without the unit"
        )
        self.lines += target_words(target, _seen((regulator,)), asked, bool(refused))
        self.whys[target.id] = refused
        name, now_ns = regulator.id, self.watch.image.time_ns
        point, up = PointName(name, STEP), target.moves > 0
        watched = self.state.of(name)
        if not self._gives(name):
            if not refused and abs(watched.proposed_v - volts) > SAME_V:
                self._propose(name, f"{target.lever.words(target.level)} ({regulator.tap} now)")
            self._keep(replace(watched, proposed_v=0.0 if refused else volts))
            return
        fallback = "voltage control moves its taps: what holds when the unit is silent"
        self.set_points.append(SetPointWish(PointName(name, SET_POINT), volts, "V", fallback))
        self.state = replace(self.state, held=(*self.state.held, name))
        watched = replace(watched, sent_ns=now_ns, sent_v=volts, proposed_v=0.0)
        if not refused:
            wish = StepWish(point, up, f"voltage control: tap {target.position:g}, {self._why()}")
            self.steps += [wish] * abs(target.moves)
            self.shown.append(_plain(point, target.position, ""))
            watched = replace(watched, commands_ns=(*watched.commands_ns, now_ns))
        self._keep(watched)

    # -- banks

    def switch(self, target: Target, bank: BankNow) -> None:
        """Step by step, each confirmed before the next."""
        refused, watched = self._too_little(target), self.state.of_bank(target.id)
        left = self.watch.settings.bank_switchings_per_day - len(watched.switchings)
        moves = int(np.clip(target.moves, -left, left))
        steps = (bank.steps or 0) + moves
        asked = refused or f"{steps} of {bank.bank.steps} steps"
        seen = f"{target.id}: {bank.steps} of {bank.bank.steps} steps in service"
        self.lines += target_words(target, seen, asked, bool(refused))
        self.whys[target.id] = refused
        if refused:
            self._keep_bank(replace(watched, proposed=None))
            return
        point = PointName(target.id, STEPS)
        self.shown.append(_plain(point, steps, "steps"))
        if self._gives(target.id):
            why = f"voltage control: {steps} of {bank.bank.steps} steps, {self._why()}"
            self.steps += [StepWish(point, moves > 0, why)] * abs(moves)
            self._keep_bank(replace(watched, proposed=None))
        elif watched.proposed != steps:
            self._propose(target.id, asked)
            self._keep_bank(replace(watched, proposed=steps))

    # -- converters

    def ask(self, target: Target, converter: ConverterNow) -> None:
        kept = self.state.of_converter(target.id)
        given_var, wanted_var = converter.given_var or 0.0, round(target.position * 1e3 / _ROUND_VAR) * _ROUND_VAR
        refused = self._too_little(target) or self._too_often(kept.commands_ns)
        if not refused and abs(wanted_var - given_var) < _SAME_SHARE * converter.most_var:
            refused = "what it gives is near enough"
        seen = f"{target.id}: {given_var / 1e3:.0f} kvar"
        self.lines += target_words(target, seen, refused or f"{wanted_var / 1e3:.0f} kvar", bool(refused))
        self.whys[target.id] = refused
        point = PointName(target.id, TARGET)
        if refused:
            kept = replace(kept, proposed_var=None)
        else:
            self.shown.append(_plain(point, wanted_var, "var"))
            if self._gives(target.id):
                wish = SetPointWish(point, wanted_var, "var", f"voltage control: {self._why()}")
                self.set_points.append(wish)
                kept = replace(kept, commands_ns=(*kept.commands_ns, self.watch.image.time_ns), proposed_var=None)
            elif kept.proposed_var != wanted_var:
                self._propose(target.id, f"{wanted_var / 1e3:.0f} kvar")
                kept = replace(kept, proposed_var=wanted_var)
        self.state = replace(
            self.state, converters=tuple(kept if each.id == kept.id else each for each in self.state.converters)
        )

    def _propose(self, name: str, what: str) -> None:
        self.watch.tell(name, Severity.LOW, f"voltage control proposes {what} ({self._why()})")

    def _keep(self, watched: Watched) -> None:
        kept = tuple(watched if each.id == watched.id else each for each in self.state.watched)
        self.state = replace(self.state, watched=kept)

    def _keep_bank(self, bank: WatchedBank) -> None:
        self.state = replace(self.state, banks=tuple(bank if each.id == bank.id else each for each in self.state.banks))


def _seen(members: tuple[Regulator, ...]) -> str:
    first = members[0]
    names = " and ".join(each.id for each in members)
    where = f"{names}: tap {first.tap}, {(first.voltage_v or 0.0) / 1e3:.2f} kV"
    return f"{where}, set-point {(first.set_point_v or 0.0) / 1e3:.2f} kV"


def _plain(point: PointName, value: float, unit: str) -> Plain:
    return {"point": str(point), "value": value, "unit": unit}
