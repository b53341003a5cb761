"""Voltage and reactive power control in a running unit (GR4): one optimum over a horizon, its first moment alone acts.

It gives set-points to regulators in automatic, which hold the last voltage by themselves when they lose the unit; it
moves taps itself where a regulator is off automatic and the settings allow it; it switches capacitor banks step by
step, and asks converters for reactive power. What it sees, proposes and rejects is shown under `VVC`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.alarm import Severity
from models.point import PointName
from substation.application import Decision, Plain, SetPointWish
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.vvc.bank_watch import look_at_bank
from substation.mv.vvc.banks import STEPS
from substation.mv.vvc.equipment import Equipment, read_equipment
from substation.mv.vvc.hunting import Watch
from substation.mv.vvc.parallel import discrepancies, groups
from substation.mv.vvc.regulators import SET_POINT
from substation.mv.vvc.round import Round
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.shown import with_equipment
from substation.mv.vvc.state import HOUR_NS, VvcState, dump_state, load_state
from substation.mv.vvc.words import report


class Vvc:
    """The application. Pure: same image and state give the same decision. The mode is that of each element."""

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
        equipment = read_equipment(image, self._topology.network, self._settings)
        if not equipment.ids:
            text = f"no device takes a set-point of a transformer ({SET_POINT}), or steps of a bank ({STEPS})"
            return Decision(state, results={"VVC": report(0, "blocked", (text,))})
        if equipment.is_off(image.modes):
            return Decision(replace(state, held=()), results={"VVC": report(0, "off", ())})
        watch = Watch(image, self._settings, image.released)
        state = _looked(watch, equipment, state)
        positions = read_positions(image, self._topology.network)
        found = groups(self._topology, positions)
        state = _compared(watch, discrepancies(equipment.regulators, found), state)
        if image.time_ns < state.due_ns and not any(watch.events):
            return self._with_shown(_renewed(watch, equipment, state), equipment, image)
        state = replace(state, due_ns=image.time_ns + round(self._settings.period_s * 1e9))
        decision = Round(self._topology, self._settings, equipment, watch, positions, found, state).decision()
        return self._with_shown(decision, equipment, image)

    def _with_shown(
        self, decision: Decision[VvcState], equipment: Equipment, image: ProcessImage
    ) -> Decision[VvcState]:
        """The last report, with everything as it is now."""
        limits = self._topology.network.limits
        shown = with_equipment(decision.state.report, equipment, decision.state, self._settings, limits, image.modes)
        return replace(decision, results={"VVC": shown})


def _looked(watch: Watch, equipment: Equipment, state: VvcState) -> VvcState:
    """What is remembered of everything now."""
    since_ns = watch.image.time_ns - HOUR_NS
    asked = [state.of_converter(name) for name in equipment.converters]
    return replace(
        state,
        watched=tuple(watch.look(each, state.of(each.id)) for each in equipment.regulators.values()),
        banks=tuple(look_at_bank(watch, each, state.of_bank(each.id)) for each in equipment.banks.values()),
        converters=tuple(
            replace(each, commands_ns=tuple(at_ns for at_ns in each.commands_ns if at_ns > since_ns)) for each in asked
        ),
    )


def _compared(watch: Watch, found: Mapping[str, str], state: VvcState) -> VvcState:
    """Told when it is so at two looks: one transformer steps after the other."""
    name, why = next(iter(found.items()), ("", ""))
    told = state.apart_told
    if name and state.apart and not told:
        watch.tell(name, Severity.HIGH, f"voltage control waits: {why}")
        told = True
    elif not name and told:
        watch.tell(state.apart, Severity.INFORMATION, "voltage control goes on: the transformers in parallel agree")
        told = False
    return replace(state, apart=name, apart_told=told)


def _renewed(watch: Watch, equipment: Equipment, state: VvcState) -> Decision[VvcState]:
    """Nothing is new; regulators whose taps it moves hear their set-point again."""
    due_ns = watch.image.time_ns - round(watch.settings.renew_s * 1e9)
    wishes, kept = [], []
    for watched in state.watched:
        regulator = equipment.regulators[watched.id]
        automatic = watch.image.modes.get(watched.id) is Mode.AUTOMATIC
        held = watched.id in state.held and regulator.in_hand and automatic and not watched.locked and not state.apart
        if held and watched.sent_ns <= due_ns:
            why = "voltage control moves its taps: what holds when the unit is silent"
            wishes.append(SetPointWish(PointName(watched.id, SET_POINT), watched.sent_v, "V", why))
            watched = replace(watched, sent_ns=watch.image.time_ns)
        kept.append(watched)
    state = replace(state, watched=tuple(kept))
    return Decision(state, set_points=tuple(wishes))
