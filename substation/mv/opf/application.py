"""OPF in a running unit (GR2): looks at the present state, and proposes a better one when it is worth its operations.

Preventive by period: losses, within limits that keep a reserve. Corrective at once: a limit is exceeded, or losses are
beyond expectation. Nothing is switched; what is proposed is a state (substation.mv.opf.advice), shown under `OPF`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError
from substation.application import Decision, Plain
from substation.grid.positions import read_positions
from substation.grid.reconfiguration import Effort
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.crew.steps import without_remote
from substation.mv.opf.advice import Advice, Reason, advice, dump_advice, load_advice
from substation.mv.opf.conditions import abnormal
from substation.mv.opf.objective import Aim, Objective
from substation.mv.opf.present import Present, present, tightened
from substation.mv.opf.settings import OpfSettings
from substation.mv.opf.target import Condition, Target, best_target, present_condition
from substation.mv.opf.words import explanation

VERSION = 1
_MOST_SHOWN = 8
_EFFORT = Effort(patience=12, least_patience=60, visits=3e7, exact=1e7)
_AGAIN_S = 300.0
"""What limits need, or others ask, is looked for anew after so long while it lasts."""


@dataclass(frozen=True, slots=True)
class OpfState:
    """searched_ns: when last. given: what is proposed. blocked: why nothing is, the first reason; '' when it may be."""

    searched_ns: int = 0
    given: Advice | None = None
    blocked: str = ""


class Opf:
    """The application. Pure: same image and state give the same decision."""

    name = "opf"
    priority = 50
    deadline_s = 20.0

    def __init__(self, topology: Topology, settings: OpfSettings) -> None:
        self._topology, self._settings = topology, settings
        self.period_s = min(settings.look_s, settings.period_s)

    def initial(self) -> OpfState:
        return OpfState()

    def dump(self, state: OpfState) -> Plain:
        given = None if state.given is None else dump_advice(state.given)
        return {"version": VERSION, "searched_ns": state.searched_ns, "given": given, "blocked": state.blocked}

    def load(self, plain: Plain) -> OpfState:
        """ValueError when the data are not of this version."""
        if not isinstance(plain, dict) or plain.get("version") != VERSION:
            raise ValueError(f"the stored state of OPF is not of version {VERSION}")
        searched_ns, given, blocked = plain.get("searched_ns"), plain.get("given"), plain.get("blocked")
        if not isinstance(searched_ns, int) or not isinstance(blocked, str):
            raise ValueError("the stored state of OPF is not readable")
        return OpfState(searched_ns, None if given is None else load_advice(given), blocked)

    def evaluate(self, image: ProcessImage, state: OpfState) -> Decision[OpfState]:
        if self._topology.network.topology_only:
            return self._blocked(image, state, ("only the topology of the network is known",))
        positions = read_positions(image, self._topology.network)
        if reasons := abnormal(self._topology, image, positions):
            return self._blocked(image, state, reasons)
        now = present(self._topology, image, positions, self._settings.by_hand)
        if now.assumed_share > self._settings.assumed_share:
            share = f"{now.assumed_share:.0%} of the load is not known (at most {self._settings.assumed_share:.0%})"
            return self._blocked(image, state, (f"{share}: {now.assumed[0]}",))
        try:
            return self._looked(image, state, now)
        except AlgorithmError as error:
            return self._blocked(image, state, (str(error),))

    def _looked(self, image: ProcessImage, state: OpfState, now: Present) -> Decision[OpfState]:
        """Search when it is time, or when something has to be corrected."""
        condition = present_condition(now.grid)
        wrong = self._wrong(image, condition)
        age_s = (image.time_ns - state.searched_ns) / 1e9
        kept = state.given if state.given is not None and self._stands(state.given, now) else None
        urgent = len(wrong) > len(image.asked) and (kept is None or kept.reason is Reason.PREVENTIVE)
        due = age_s >= self._settings.period_s or urgent
        if not due and not (wrong and age_s >= _AGAIN_S):
            return self._shown(image, state, replace(state, given=kept, blocked=""), condition, now, wrong)
        found = self._search(image, now, condition, wrong)
        if found is not None and kept is not None and found.operations == kept.operations:
            found = replace(found, id=kept.id)
        return self._shown(image, state, OpfState(image.time_ns, found), condition, now, wrong)

    def _wrong(self, image: ProcessImage, condition: Condition) -> tuple[str, ...]:
        """What has to be corrected; what others ask comes last."""
        expected_w = self._settings.expected_loss_w
        over = expected_w is not None and condition.loss_w > expected_w
        losses = f"{condition.loss_w / 1e3:.1f} kW are lost, {(expected_w or 0.0) / 1e3:.1f} kW were expected"
        return (*(str(each) for each in condition.excess), *((losses,) if over else ()), *image.asked)

    def _stands(self, given: Advice, now: Present) -> bool:
        """None of its operations has been done or become impossible."""
        states = {branch.id: branch for branch in now.grid.branches}
        return all(
            each.branch in states
            and states[each.branch].closed != each.close
            and states[each.branch].remote
            and each.switch in (states[each.branch].opened_by, states[each.branch].closed_by)
            for each in given.operations
        )

    def _search(self, image: ProcessImage, now: Present, condition: Condition, wrong: Sequence[str]) -> Advice | None:
        corrective, settings, limits = bool(condition.excess), self._settings, self._topology.network.limits
        grid = now.grid
        if not corrective:
            grid = tightened(grid, limits, settings.voltage_reserve_pu, settings.loading_reserve_pu)
        per_operation_w = settings.saving_per_operation_w
        economical = Objective(Aim.COST, price=1.0, hours=1.0, operation=per_operation_w / 1e3)
        target = best_target(grid, Objective(Aim.LIMITS) if corrective else economical, _EFFORT, dear_w=self._dear(now))
        reason = Reason.CORRECTIVE if wrong else Reason.PREVENTIVE
        if not self._worth_it(target, condition, corrective):
            return None
        words = (*(f"to be corrected: {each}" for each in wrong[:_MOST_SHOWN]), *explanation(target), *_notes(now))
        return advice(target, reason, image.time_ns, words)

    def _dear(self, now: Present) -> dict[str, float]:
        """What an operation by a crew has to save besides."""
        manual = without_remote(self._topology.network)
        dear_w = self._settings.saving_by_hand_w
        return {each.id: dear_w for each in now.grid.branches if each.opened_by in manual}

    def _worth_it(self, target: Target, condition: Condition, corrective: bool) -> bool:
        if not target.operations:
            return False
        if corrective:
            return target.after.excess_pu < condition.excess_pu
        return not target.after.excess and target.saved_w >= self._settings.least_saving_w

    def _blocked(self, image: ProcessImage, state: OpfState, reasons: tuple[str, ...]) -> Decision[OpfState]:
        """What was proposed before does not stand any more."""
        events = []
        if state.given is not None:
            events.append(_event(image, Severity.LOW, f"{state.given.id} is withdrawn: {reasons[0]}"))
        result: Plain = {"state": "blocked", "reasons": list(reasons[:_MOST_SHOWN]), "advice": None}
        kept = OpfState(state.searched_ns, None, reasons[0])
        return Decision(kept, events=tuple(events), results={"OPF": result})

    def _shown(
        self,
        image: ProcessImage,
        before: OpfState,
        state: OpfState,
        condition: Condition,
        now: Present,
        wrong: Sequence[str],
    ) -> Decision[OpfState]:
        corrected: list[Plain] = list(wrong[:_MOST_SHOWN])
        fixed: list[Plain] = list(now.fixed.values())
        result: Plain = {
            "state": "nothing to propose" if state.given is None else "proposes",
            "advice": None if state.given is None else dump_advice(state.given),
            "loss_w": round(condition.loss_w, 1),
            "lowest_pu": round(condition.lowest_pu, 5),
            "highest_loading_pu": round(condition.loading_pu, 4),
            "to_be_corrected": corrected,
            "not_moved": fixed[:_MOST_SHOWN],
            "searched_ns": state.searched_ns,
        }
        return Decision(state, events=_told(image, before, state), results={"OPF": result})


def _notes(now: Present) -> tuple[str, ...]:
    more = len(now.assumed) - _MOST_SHOWN
    return (*now.assumed[:_MOST_SHOWN], *((f"{more} more loads are not known",) if more > 0 else ()))


def _told(image: ProcessImage, before: OpfState, state: OpfState) -> tuple[Event, ...]:
    """A line for every other proposal, and for one that has gone."""
    old, new = before.given, state.given
    if new is None:
        gone = f"{old.id} does not stand any more" if old is not None else ""
        return (_event(image, Severity.INFORMATION, gone),) if gone else ()
    if old is not None and old.id == new.id:
        return ()
    moved = ", ".join(f"{'close' if each.close else 'open'} {each.switch}" for each in new.operations)
    saved = f"saves {new.saved_w / 1e3:.1f} kW of {new.loss_w_before / 1e3:.1f} kW"
    severity = Severity.MEDIUM if new.reason is Reason.CORRECTIVE else Severity.LOW
    return (_event(image, severity, f"{new.id}, {new.reason.value}: {moved}; {saved}"),)


def _event(image: ProcessImage, severity: Severity, text: str) -> Event:
    return Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, "opf", text)
