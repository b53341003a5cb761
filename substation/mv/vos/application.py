"""VOS in a running unit (GR3): what OPF proposes is validated, ordered step by step, proposed, and compared afterwards.

The order is proposed to people, who approve it; only where the operator's settings say so it is carried out without
them (substation.mv.vos.by_itself). It is withdrawn as soon as the target does
not stand any more, operation is not normal, or its saving has gone. Shown under `VOS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError
from models.switching import Order, OrderState
from substation.application import Decision, Plain
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.opf.advice import Advice
from substation.mv.opf.application import Opf, OpfState
from substation.mv.opf.conditions import abnormal
from substation.mv.opf.present import present
from substation.mv.opf.settings import AUTOMATIC, OpfSettings
from substation.mv.vos.by_itself import Operated, too_little, why_people_decide, within_a_day
from substation.mv.vos.judges import Judges
from substation.mv.vos.planner import NoOrder, Wanted, planned_order
from substation.mv.vos.prediction import Prediction, deviations, predicted
from substation.mv.vos.state import FOLLOWS, Phase, VosState, dump_state, load_state
from substation.mv.vos.worth import not_worth_it

VERSION = 1
_AGAIN_S = 300.0
"""A target that was refused is tried again after so long."""
_LOOK_S = 5.0
"""So often while an order of its own is open."""


@dataclass(frozen=True, slots=True)
class OptimisedState:
    opf: OpfState = OpfState()
    vos: VosState = VosState()


class Optimised:
    """OPF, and VOS after it on the same image. Pure: same image and state give the same decision."""

    name = "optimised"
    priority = Opf.priority
    deadline_s = 30.0

    def __init__(self, topology: Topology, settings: OpfSettings, judges: Judges) -> None:
        self._opf = Opf(topology, settings)
        self._vos = Vos(topology, settings, judges)
        self._validates = settings.orders
        self.period_s = self._opf.period_s

    def initial(self) -> OptimisedState:
        return OptimisedState()

    def dump(self, state: OptimisedState) -> Plain:
        return {"version": VERSION, "opf": self._opf.dump(state.opf), "vos": dump_state(state.vos)}

    def load(self, plain: Plain) -> OptimisedState:
        """ValueError when the data are not of this version."""
        if not isinstance(plain, dict) or plain.get("version") != VERSION:
            raise ValueError(f"the stored state of OPF and VOS is not of version {VERSION}")
        return OptimisedState(self._opf.load(plain.get("opf")), load_state(plain.get("vos")))

    def evaluate(self, image: ProcessImage, state: OptimisedState) -> Decision[OptimisedState]:
        first = self._opf.evaluate(image, state.opf)
        if not self._validates:
            return Decision(OptimisedState(first.state, state.vos), events=first.events, results=first.results)
        then = self._vos.evaluate(image, first.state.given, state.vos)
        return Decision(
            OptimisedState(first.state, then.state),
            orders=then.orders,
            approve=then.approve,
            abort=then.abort,
            events=(*first.events, *then.events),
            results={**first.results, **then.results},
            wake_ns=then.wake_ns,
        )


def _runs(order: Order) -> bool:
    return order.state is not OrderState.PROPOSED


class Vos:
    """The validation alone."""

    def __init__(self, topology: Topology, settings: OpfSettings, judges: Judges) -> None:
        self._topology, self._settings, self._judges = topology, settings, judges

    def evaluate(self, image: ProcessImage, given: Advice | None, state: VosState) -> Decision[VosState]:
        handlers = {
            Phase.IDLE: self._idle,
            Phase.REFUSED: self._idle,
            Phase.PROPOSED: self._proposed,
            Phase.UNDER_WAY: self._under_way,
            Phase.SETTLES: self._settles,
        }
        decision = handlers[state.phase](image, given, state)
        after = replace(decision.state, operated=_operated(image, state, decision.state))
        if after.phase is not state.phase and after.phase not in FOLLOWS[state.phase]:
            raise AlgorithmError(f"VOS: {after.phase.value} does not follow {state.phase.value}")
        open_order = after.phase in (Phase.PROPOSED, Phase.UNDER_WAY, Phase.SETTLES)
        wake_ns = image.time_ns + round(_LOOK_S * 1e9) if open_order else None
        return replace(decision, state=after, results={"VOS": shown(after)}, wake_ns=wake_ns)

    def _idle(self, image: ProcessImage, given: Advice | None, state: VosState) -> Decision[VosState]:
        if given is None:
            return Decision(replace(state, phase=Phase.IDLE) if state.phase is Phase.REFUSED else state)
        young = bool(state.order) or image.time_ns - state.since_ns < _AGAIN_S * 1e9
        if state.phase is Phase.REFUSED and state.advice == given.id and young:
            return Decision(state)
        positions = read_positions(image, self._topology.network)
        reason = self._invalid(image, given, positions)
        found = NoOrder(reason) if reason else self._planned(image, given, positions)
        if isinstance(found, NoOrder):
            return self._refused(image, given, state, found)
        return self._order(image, given, found, positions, state)

    def _invalid(self, image: ProcessImage, given: Advice, positions: Positions) -> str:
        """The first reason why the target does not hold in the present state."""
        if reasons := abnormal(self._topology, image, positions):
            return reasons[0]
        try:
            now = present(self._topology, image, positions, self._settings.by_hand)
            return not_worth_it(given, now, self._settings, self._topology.network)
        except AlgorithmError as error:
            return str(error)

    def _planned(self, image: ProcessImage, given: Advice, positions: Positions) -> Order | NoOrder:
        wanted = Wanted(
            name=f"VOS-{image.time_ns // 1_000_000_000}",
            title=f"Reconfigure: {given.reason.value}, saves {given.saved_w / 1e3:.1f} kW ({given.id})",
            why=given.explanation,
            closings=tuple(each.switch for each in given.operations if each.close),
            openings=tuple(each.switch for each in given.operations if not each.close),
            by_hand=self._settings.by_hand,
        )
        found = planned_order(self._topology, image, positions, self._judges, wanted)
        if isinstance(found, NoOrder):
            return found
        disabled = [each for each in found.feeders if image.modes.get(each) is Mode.DISABLED]
        return NoOrder(f"automation is disabled on {disabled[0]}") if disabled else found

    def _refused(self, image: ProcessImage, given: Advice, state: VosState, why: NoOrder) -> Decision[VosState]:
        reason = "; ".join((why.reason, *why.rejected[:3]))
        told = state.advice == given.id and state.reason == reason
        event = _event(image, Severity.LOW, f"{given.id} is not ordered: {reason}")
        after = VosState(Phase.REFUSED, given.id, since_ns=image.time_ns, reason=reason)
        return Decision(after, events=() if told else (event,))

    def _order(
        self, image: ProcessImage, given: Advice, order: Order, positions: Positions, state: VosState
    ) -> Decision[VosState]:
        moves = tuple((each.switch, each.close) for each in given.operations)
        prediction = predicted(self._topology, image, _target(self._topology, positions, dict(moves)).closed)
        after = VosState(Phase.PROPOSED, given.id, order.id, moves, image.time_ns, "", prediction)
        return replace(self._by_itself(image, given, order, after, state.operated), orders=(order,))

    def _by_itself(
        self, image: ProcessImage, given: Advice, order: Order, state: VosState, operated: Operated
    ) -> Decision[VosState]:
        """It is to be carried out without a person, once, where the operator's settings let it; else people decide."""
        if self._settings.mode != AUTOMATIC or state.asked:
            return Decision(state)
        network = self._topology.network
        reason = why_people_decide(order, given, image, network, self._settings, operated)
        if not reason:
            now = present(self._topology, image, read_positions(image, network), self._settings.by_hand)
            reason = too_little(given, now, self._settings, network)
        if reason:
            return Decision(replace(state, reason=f"people decide: {reason}"))
        return Decision(replace(state, reason="", asked=True), approve={order.id: order.revision})

    def _proposed(self, image: ProcessImage, given: Advice | None, state: VosState) -> Decision[VosState]:
        order = image.orders.get(state.order)
        if order is None:
            return self._ended(image, state)
        if _runs(order):
            return Decision(replace(state, phase=Phase.UNDER_WAY, since_ns=image.time_ns))
        reason = self._gone(image, given, state)
        if not reason and given is not None:
            return self._by_itself(image, given, order, state, state.operated)
        after = VosState(Phase.IDLE, since_ns=image.time_ns, reason=f"{state.order} was withdrawn: {reason}")
        return Decision(after, abort={state.order: reason})

    def _gone(self, image: ProcessImage, given: Advice | None, state: VosState) -> str:
        """Why the proposed order must not be carried out any more."""
        if given is None:
            return f"{state.advice} does not stand any more"
        if {each.switch: each.close for each in given.operations} != dict(state.moves):
            return f"{given.id} proposes other operations"
        return self._invalid(image, given, read_positions(image, self._topology.network))

    def _under_way(self, image: ProcessImage, given: Advice | None, state: VosState) -> Decision[VosState]:
        order = image.orders.get(state.order)
        if order is not None and order.state is not OrderState.BLOCKED:
            return Decision(state)
        return self._ended(image, state)

    def _ended(self, image: ProcessImage, state: VosState) -> Decision[VosState]:
        """The positions say how."""
        positions = read_positions(image, self._topology.network)
        index = self._topology.arrays.switch_index
        missing = [name for name, closed in state.moves if bool(positions.closed[index[name]]) != closed]
        if not missing:
            return Decision(replace(state, phase=Phase.SETTLES, since_ns=image.time_ns))
        moved = len(state.moves) - len(missing)
        how = f"after {moved} of {len(state.moves)} operations" if moved else "before anything was switched"
        reason = f"order {state.order} ended {how}"
        if state.phase is Phase.PROPOSED:  # rejected by people: not at once again
            after = VosState(Phase.REFUSED, state.advice, state.order, since_ns=image.time_ns, reason=reason)
        else:
            after = VosState(Phase.IDLE, since_ns=image.time_ns, reason=reason)
        return Decision(after, events=(_event(image, Severity.MEDIUM if moved else Severity.LOW, reason),))

    def _settles(self, image: ProcessImage, given: Advice | None, state: VosState) -> Decision[VosState]:
        if image.time_ns - state.since_ns < self._settings.settle_s * 1e9 or state.prediction is None:
            return Decision(state)
        severity, words = self._compared(image, state, state.prediction)
        text = f"order {state.order}: {words}"
        after = VosState(Phase.IDLE, since_ns=image.time_ns, reason=text)
        return Decision(after, events=(_event(image, severity, text),))

    def _compared(self, image: ProcessImage, state: VosState, before: Prediction) -> tuple[Severity, str]:
        positions = read_positions(image, self._topology.network)
        if reasons := abnormal(self._topology, image, positions):
            return Severity.LOW, f"its state is not compared with the prediction: {reasons[0]}"
        try:
            now = predicted(self._topology, image, positions.closed)
        except AlgorithmError as error:
            return Severity.MEDIUM, f"its state cannot be calculated: {error}"
        found = deviations(self._topology, image, before, now)
        lost = f"{now.loss_w / 1e3:.1f} kW are lost ({before.loss_w / 1e3:.1f} kW predicted)"
        lowest = f"lowest voltage {now.lowest_pu:.4f} p.u. ({before.lowest_pu:.4f})"
        if found:
            return Severity.MEDIUM, f"the state differs from the prediction: {'; '.join(found[:4])}"
        return Severity.INFORMATION, f"the state is as predicted: {lost}, {lowest}"


def _operated(image: ProcessImage, before: VosState, after: VosState) -> Operated:
    """An order that begins moves every switch of its target."""
    begins = before.phase is Phase.PROPOSED and after.phase in (Phase.UNDER_WAY, Phase.SETTLES)
    new = tuple((switch, image.time_ns) for switch, _ in before.moves) if begins else ()
    return within_a_day((*before.operated, *new), image.time_ns)


def shown(state: VosState) -> Plain:
    """What the data interface shows."""
    predicted_w = None if state.prediction is None else round(state.prediction.loss_w, 1)
    return {
        "state": state.phase.value,
        "advice": state.advice,
        "order": state.order,
        "reason": state.reason,
        "since_ns": state.since_ns,
        "predicted_loss_w": predicted_w,
    }


def _target(topology: Topology, positions: Positions, moves: Mapping[str, bool]) -> Positions:
    for switch, closed in moves.items():
        positions = positions.with_switch(topology.arrays.switch_index[switch], closed)
    return positions


def _event(image: ProcessImage, severity: Severity, text: str) -> Event:
    return Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, "vos", text)
