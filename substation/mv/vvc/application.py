"""Voltage and reactive power control in a running unit (GR4): one optimum over a horizon, its first moment alone acts.

It gives set-points to regulators in automatic and never moves taps itself: a regulator that loses the unit holds the
last voltage by itself. What it sees, proposes and rejects is shown under `VVC`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.alarm import Severity
from models.errors import AlgorithmError
from models.point import PointName
from substation.application import Decision, Plain, SetPointWish
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.opf.conditions import abnormal
from substation.mv.opf.present import Present, present, tightened
from substation.mv.vvc.horizon import Horizon, horizon
from substation.mv.vvc.hunting import SAME_V, Watch
from substation.mv.vvc.regulators import SET_POINT, Regulator, discrepancies, named, read_regulators, why_not
from substation.mv.vvc.schedule import Planned, Target, scheduled, supplied_w
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.shown import with_regulators
from substation.mv.vvc.state import VvcState, Watched, dump_state, load_state, with_load
from substation.mv.vvc.words import report, setting_words

_MOST_SHOWN = 8
_LIMITED = 1e-4
"""Excess over limits in p.u. whose removal is worth a set-point whatever it saves."""
_ROUND_V = 10.0


class Vvc:
    """The application. Pure: same image and state give the same decision. The mode is that of each transformer."""

    name = "vvc"
    priority = 51
    deadline_s = 20.0

    def __init__(self, topology: Topology, settings: VvcSettings) -> None:
        self._topology, self._settings = topology, settings
        self.period_s = min(settings.look_s, settings.period_s)

    def initial(self) -> VvcState:
        return VvcState()

    def dump(self, state: VvcState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> VvcState:
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: VvcState) -> Decision[VvcState]:
        network = self._topology.network
        regulators = () if network.topology_only else read_regulators(image, network)
        if not regulators:
            text = f"no transformer's device takes a set-point ({SET_POINT})"
            return Decision(state, results={"VVC": report(0, "blocked", (text,))})
        if all(image.modes.get(each.id, Mode.DISABLED) is Mode.DISABLED for each in regulators):
            return Decision(state, results={"VVC": report(0, "off", ())})
        watch = Watch(image, self._settings, image.released)
        watched = tuple(watch.look(each, state.of(each.id)) for each in regulators)
        state = replace(state, watched=watched)
        if image.time_ns < state.due_ns and not any(watch.events):
            return Decision(state, results={"VVC": self._shown(state, regulators, image)})
        state = replace(state, due_ns=image.time_ns + round(self._settings.period_s * 1e9))
        decision = _Round(self._topology, self._settings, image, regulators, watch, state).decision()
        return replace(decision, results={"VVC": self._shown(decision.state, regulators, image)})

    def _shown(self, state: VvcState, regulators: Sequence[Regulator], image: ProcessImage) -> Plain:
        """The last report, with the regulators as they are now."""
        limits = self._topology.network.limits
        return with_regulators(state.report, regulators, state, self._settings, limits, image.modes)


class _Round:
    """One schedule: what is seen, what may be controlled, what comes of it."""

    def __init__(
        self,
        topology: Topology,
        settings: VvcSettings,
        image: ProcessImage,
        regulators: Sequence[Regulator],
        watch: Watch,
        state: VvcState,
    ) -> None:
        self._topology, self._settings, self._image = topology, settings, image
        self._regulators, self._watch, self._state = named(regulators), watch, state

    def decision(self) -> Decision[VvcState]:
        positions = read_positions(self._image, self._topology.network)
        if reasons := (*discrepancies(tuple(self._regulators.values())).values(),
                       *abnormal(self._topology, self._image, positions)):  # fmt: skip
            return self._blocked(reasons)
        now = present(self._topology, self._image, positions)
        if now.assumed_share > self._settings.assumed_share:
            share = f"{now.assumed_share:.0%} of the load is not known (at most {self._settings.assumed_share:.0%})"
            return self._blocked((f"S14: {share}: {now.assumed[0]}",))
        return self._seen(now)

    def _seen(self, now: Present) -> Decision[VvcState]:
        image, settings = self._image, self._settings
        load_w = sum(bus.load_w for bus in now.grid.buses if bus.load_w > 0)
        ahead = horizon(self._state.load, image.time_ns, load_w, settings.horizon_s)
        self._state = replace(self._state, load=with_load(self._state.load, image.time_ns, load_w))
        drawn_w = supplied_w(now.grid)
        left = {name: tuple(self._left_alone(each, drawn_w)) for name, each in self._regulators.items()}
        free = [each for name, each in self._regulators.items() if not left[name]]
        if not free:
            return self._blocked([f"{name}: {why[0]}" for name, why in left.items()], left)
        grid = tightened(now.grid, self._topology.network.limits, settings.voltage_reserve_pu, 0.0)
        try:
            found = scheduled(grid, free, ahead.shares, settings.step_wh / (SLOT_NS / 3.6e12))
        except AlgorithmError as error:
            return self._blocked((str(error),), left)
        return self._answered(found, ahead, left, now)

    def _left_alone(self, regulator: Regulator, drawn_w: Mapping[str, float]) -> list[str]:
        name, watched = regulator.id, self._state.of(regulator.id)
        drawn = drawn_w.get(name)
        reasons = [watched.locked] if watched.locked else []
        if drawn is None:
            return [*reasons, "it feeds nothing"]
        reasons += why_not(self._image, regulator, self._settings, drawn)
        if not watched.followed:
            reasons.append(f"its regulator is on its way to {watched.sent_v:.0f} V")
        return reasons

    def _answered(
        self, found: Planned, ahead: Horizon, left: Mapping[str, tuple[str, ...]], now: Present
    ) -> Decision[VvcState]:
        limited = found.beyond_before - found.beyond > _LIMITED
        worth = limited or found.saved_w >= self._settings.least_saving_w
        wishes, lines = [], []
        whys = {name: "; ".join(why[:3]) for name, why in left.items() if why}
        for target in found.targets:
            refused, volts = self._not_worth(target, found, worth)
            whys[target.id] = refused
            lines += setting_words(target, self._regulators[target.id], volts, refused)
            wishes += self._wish(target, volts, found, limited) if not refused else self._dropped(target.id)
        head = (
            f"{ahead.words}; {len(ahead.shares)} quarter hours",
            f"mean saving {found.saved_w / 1e3:.2f} kW; excess over limits {found.beyond_before:.4f} p.u. in all, "
            f"then {found.beyond:.4f}",
            *(f"assumed: {each}" for each in now.assumed[:_MOST_SHOWN]),
        )
        alone = [f"{name} is left alone: {'; '.join(why[:3])}" for name, why in left.items() if why]
        shown = report(self._image.time_ns, self._state_word(), (*head, *lines, *alone), found, wishes, whys)
        return self._decided(shown, wishes)

    def _not_worth(self, target: Target, found: Planned, worth: bool) -> tuple[str, float]:
        """(why no set-point is given, '' when one is; the set-point in volts)."""
        regulator, watched = self._regulators[target.id], self._state.of(target.id)
        limits, settings = self._topology.network.limits, self._settings
        bounds = limits.voltage_min_pu * regulator.nominal_v, limits.voltage_max_pu * regulator.nominal_v
        volts = round(float(np.clip(target.voltage_v, *bounds)) / _ROUND_V) * _ROUND_V
        if target.tap == regulator.tap:
            return "its tap is the best one", volts
        if not worth:
            return f"{found.saved_w:.0f} W are less than {settings.least_saving_w:.0f} W", volts
        apart_v = abs(volts - (regulator.set_point_v or 0.0))
        if apart_v < max(settings.dead_band_pu * regulator.nominal_v, SAME_V):
            return f"{apart_v:.0f} V from its set-point is within the dead band", volts
        if len(watched.commands_ns) >= settings.set_points_per_hour:
            return f"{len(watched.commands_ns)} set-points have been given within an hour", volts
        return "", volts

    def _wish(self, target: Target, volts: float, found: Planned, limited: bool) -> list[SetPointWish]:
        """Given in automatic; else proposed, and told once."""
        name, now_ns = target.id, self._image.time_ns
        why = "limits are exceeded" if limited else f"saves {found.saved_w / 1e3:.1f} kW"
        wish = SetPointWish(PointName(name, SET_POINT), volts, "V", f"voltage control: tap {target.tap}, {why}")
        watched = self._state.of(name)
        if self._mode(name) is Mode.AUTOMATIC:
            watched = replace(
                watched, sent_ns=now_ns, sent_v=volts, expected_tap=target.tap, followed=False, proposed_v=0.0,
                commands_ns=(*watched.commands_ns, now_ns),
            )  # fmt: skip
        elif abs(watched.proposed_v - volts) > SAME_V:
            text = f"voltage control proposes a set-point of {volts:.0f} V ({why})"
            self._watch.tell(name, Severity.LOW, text)
            watched = replace(watched, proposed_v=volts)
        self._keep(watched)
        return [wish]

    def _dropped(self, name: str) -> list[SetPointWish]:
        self._keep(replace(self._state.of(name), proposed_v=0.0))
        return []

    def _keep(self, watched: Watched) -> None:
        kept = tuple(watched if each.id == watched.id else each for each in self._state.watched)
        self._state = replace(self._state, watched=kept)

    def _state_word(self) -> str:
        automatic = any(self._mode(name) is Mode.AUTOMATIC for name in self._regulators)
        return "automatic" if automatic else "advisory"

    def _mode(self, name: str) -> Mode:
        return self._image.modes.get(name, Mode.DISABLED)

    def _blocked(self, reasons: Sequence[str], left: Mapping[str, tuple[str, ...]] | None = None) -> Decision[VvcState]:
        locked = [f"{each.id} is locked: {each.locked}" for each in self._state.watched if each.locked]
        every = [f"{name}: {each}" for name, why in (left or {}).items() for each in why]
        lines = dict.fromkeys((*locked, *(every or reasons)))
        whys = {name: "; ".join((left or {}).get(name, reasons)[:3]) for name in self._regulators}
        return self._decided(report(self._image.time_ns, "blocked", tuple(lines)[:_MOST_SHOWN], whys=whys), ())

    def _decided(self, shown: Plain, wishes: Sequence[SetPointWish]) -> Decision[VvcState]:
        sent = tuple(each for each in wishes if self._mode(each.point.location) is Mode.AUTOMATIC)
        state = replace(self._state, report=shown)
        return Decision(state, set_points=sent, events=tuple(self._watch.events), results={"VVC": shown})
