"""Whether one exchange may be made from a given state, and how: in parallel, else with the shortest outage.

Asked of every state on the way (SAFETY): the rules on the parallel (S8), on the state after the exchange with the loads
of now and no generation behind it (S10, S15, S16), limits with generation (S16), the current that the opening breaks
(S13), and that no generation is left alone (S12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.network.elements import Load, SwitchKind
from models.point import Dbpos
from models.switching import AssumedLoad, GroupChange, Order, OrderKind, OrderState, Purpose
from substation.grid.arrays import Booleans, Complexes
from substation.grid.joining import join
from substation.grid.limits import violations
from substation.grid.short_circuit import ShortCircuits
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.image import Missing, ProcessImage
from substation.mv.crew.steps import by_hand, without_remote
from substation.mv.demand import consumption, taps
from substation.mv.order import StepList
from substation.mv.prefault import PreFaultLoad
from substation.mv.reading import number
from substation.mv.vos.exchange import Exchange, Passage, exchanged, parted
from substation.mv.vos.judges import Judges
from substation.mv.vos.moved import moved

_MOST_GROUPS = 3
Groups = tuple[tuple[str, GroupChange], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What all tries of one plan share. power_va: net consumption of every node, complex128[n]: now, and of what is
    dark once it is fed. loads: what comes back after an outage. kind: of the order to be; a return to normal takes the
    setting groups as they are. manual: switches that crews operate."""

    topology: Topology
    image: ProcessImage
    judges: Judges
    power_va: Complexes
    circuits: ShortCircuits
    loads: tuple[AssumedLoad, ...]
    kind: OrderKind
    manual: frozenset[str]

    def passage(
        self, before: Sequence[Exchange], groups: Groups, closed: Booleans, exchange: Exchange, parallel: bool
    ) -> Passage | str:
        """How it may be made after these exchanges, or the reason why not. closed: the state that they lead to."""
        try:
            return self._passage(before, groups, closed, exchange, parallel)
        except AlgorithmError as error:
            return str(error)

    def _passage(
        self, before: Sequence[Exchange], groups: Groups, closed: Booleans, exchange: Exchange, parallel: bool
    ) -> Passage | str:
        if reason := self._limits(exchanged(self.topology, closed, exchange)):
            return reason
        extra = self._state_after(before, groups, exchange)
        if isinstance(extra, str):
            return extra
        image = moved(self.image, before, (*groups, *extra))
        if not exchange.open:
            refused = None if before else self.judges.now(image, self._order(image, exchange, opens_first=False))
            return Passage(exchange, False, groups=extra) if refused is None else refused.reason
        wrong = (
            self._in_parallel(image, closed, exchange, bool(before))
            if parallel
            else self._in_the_dark(image, closed, exchange)
        )
        if wrong:
            return wrong
        customers, dark_w = (0, 0.0) if parallel else self.outage(parted(self.topology, closed, exchange.open))
        return Passage(exchange, parallel, dark_w, customers, extra)

    def outage(self, dark: Booleans) -> tuple[int, float]:
        """(customers, load in W as it draws now) at these nodes."""
        index = self.topology.arrays.node_index
        loads = [load for load in self.topology.network.loads if dark[index[load.node]]]
        return sum(load.customers for load in loads), sum(load_now(self.image, load).active_power_w for load in loads)

    def _limits(self, closed: Booleans) -> str:
        found = violations(self._flow(closed))
        return "; ".join(f"S16: {each}" for each in found[:2])

    def _flow(self, closed: Booleans) -> Flow:
        return solve(self.topology, closed, self.power_va, taps(self.topology, self.image))

    def _state_after(self, before: Sequence[Exchange], groups: Groups, exchange: Exchange) -> Groups | str:
        """The rules on what the closing feeds when the opening comes first, with the setting groups that it needs."""
        extra: list[tuple[str, GroupChange]] = []
        while True:
            image = moved(self.image, before, (*groups, *extra))
            refused = self.judges.later(image, self._order(image, exchange, opens_first=True))
            if refused is None:
                return tuple(extra)
            feeders = [feeder for feeder, _ in extra]
            fixed = self.kind is OrderKind.RETURN_TO_NORMAL or len(extra) >= _MOST_GROUPS
            if refused.group is None or refused.group[0] in feeders or fixed:
                return refused.reason
            extra.append(refused.group)

    def _in_parallel(self, image: ProcessImage, closed: Booleans, exchange: Exchange, later: bool) -> str:
        judge = self.judges.later if later else self.judges.now
        refused = judge(image, self._order(image, exchange, opens_first=False))
        return refused.reason if refused is not None else self._loop_current(closed, exchange)

    def _loop_current(self, closed: Booleans, exchange: Exchange) -> str:
        """S13: what the opening breaks of the loop, not below the exact current. The rules look at it once it flows."""
        topology = self.topology
        switch = topology.network.switches[topology.arrays.switch_index[exchange.open]]
        types = {each.id: each for each in topology.network.switch_types}
        joining = join(self._flow(closed), self.circuits, topology.switch_branch(exchange.close), 0.0)
        current_a = joining.currents_a.get(topology.switch_branch(exchange.open), 0.0)
        rating_a = types[switch.type].loop_breaking_current_a if switch.type in types else 0.0
        if switch.kind is SwitchKind.BREAKER or current_a < rating_a:
            return ""
        return f"S13: {exchange.open} breaks {rating_a:.0f} A of a loop, up to {current_a:.0f} A would flow"

    def _in_the_dark(self, image: ProcessImage, closed: Booleans, exchange: Exchange) -> str:
        """Every rule on the opening, whenever its turn comes: what generation does is as it is measured (S12)."""
        refused = self.judges.now(image, self._order(image, exchange, opens_first=True))
        return self._load_current(closed, exchange) if refused is None else refused.reason

    def _load_current(self, closed: Booleans, exchange: Exchange) -> str:
        """S13: what the opening interrupts, as calculated for its turn."""
        switch = self.topology.network.switches[self.topology.arrays.switch_index[exchange.open]]
        current_a = float(self._flow(closed).from_current_a[self.topology.switch_branch(exchange.open)])
        if switch.kind is SwitchKind.BREAKER or current_a < switch.breaking_current_a:
            return ""
        return f"S13: {exchange.open} may open {switch.breaking_current_a:.0f} A, {current_a:.0f} A would flow"

    def _order(self, image: ProcessImage, exchange: Exchange, opens_first: bool) -> Order:
        steps = StepList(image)
        closes, opens = PURPOSES[self.kind]
        pair = [(exchange.close, Dbpos.ON, closes), (exchange.open, Dbpos.OFF, opens)]
        for switch, value, purpose in reversed(pair) if opens_first else pair:
            if switch:
                steps.switch(switch, value, purpose, switch)
        return Order(
            "VOS-trial", 1, self.kind, "", image.time_ns, OrderState.PROPOSED, by_hand(steps.steps, self.manual),
            loads=self.loads,
        )  # fmt: skip


PURPOSES = {
    OrderKind.RECONFIGURE: (Purpose.TRANSFER, Purpose.SPLIT),
    OrderKind.RETURN_TO_NORMAL: (Purpose.RETURN, Purpose.RETURN),
}
"""Of closing and opening."""


def trial(
    topology: Topology,
    image: ProcessImage,
    judges: Judges,
    closed: Booleans,
    kind: OrderKind = OrderKind.RECONFIGURE,
) -> Trial:
    """Positions are beyond doubt. What is dark is expected to draw its rated peak."""
    dark = topology.tree(closed).root_of < 0
    index = topology.arrays.node_index
    peaks = [PreFaultLoad(_peak(load), "dark") for load in topology.network.loads if dark[index[load.node]]]
    power_va, _ = consumption(topology, image, dark, peaks)
    loads = tuple(
        each for each in assumed(topology, image) if each.element not in {peak.load.element for peak in peaks}
    )
    return Trial(
        topology, image, judges, power_va, ShortCircuits(topology), loads, kind, without_remote(topology.network)
    )


def _peak(load: Load) -> AssumedLoad:
    return AssumedLoad(load.id, load.active_power_w, load.reactive_power_var)


def assumed(topology: Topology, image: ProcessImage) -> tuple[AssumedLoad, ...]:
    """Every load as it draws now, for what comes back after a short outage (SAFETY S11); unknown: its rated peak."""
    return tuple(load_now(image, load) for load in topology.network.loads)


def load_now(image: ProcessImage, load: Load) -> AssumedLoad:
    active_w, reactive_var = number(image, load.id, "MMXU1.TotW"), number(image, load.id, "MMXU1.TotVAr")
    return AssumedLoad(
        load.id,
        load.active_power_w if isinstance(active_w, Missing) else active_w,
        load.reactive_power_var if isinstance(reactive_var, Missing) else reactive_var,
    )
