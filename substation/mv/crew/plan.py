"""The order of a crew: the fault is cut off closer to it by hand, what is still dark is fed, with ties by hand as well.

What is fed stays as it is. The area becomes smaller only where the located zone is certainly enclosed; what bounded the
larger one is closed again after an operator has taken its tag away. Everything that is closed is rehearsed with the
gate's rules, by hand or not.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial

from models.errors import AlgorithmError
from models.point import Dbpos
from models.switching import Order
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Topology, Tree
from substation.image import Mode, ProcessImage
from substation.mv.crew.draft import Draft, drafted
from substation.mv.demand import taps_in_doubt
from substation.mv.donors import DonorSearch, forbidden_zones, reclosing_in_doubt, transformer_of
from substation.mv.feeder_tree import FeederTree, closed_before, feeder_tree
from substation.mv.isolation import Isolation, isolate
from substation.mv.operable import NO_REMOTE, why_not_open
from substation.mv.order import OrderRequest, build_order
from substation.mv.prefault import PreFaultLoad
from substation.mv.reading import bay_of
from substation.mv.rebuilt import rebuilt
from substation.mv.rehearsed import Groups, Judge, Rehearsed
from substation.mv.restoration import Restoration, RestorationRequest, restore
from substation.mv.settings import FdirSettings
from substation.mv.splitting import splits
from substation.tags import TagKind

LEAST_W = 1000.0
"""For less nobody is sent out."""
MOST_CANDIDATES = 5_000


@dataclass(frozen=True, slots=True)
class CrewQuestion:
    """name, revision: of the order to be. tree: what the tripped breaker fed, before the fault. located: zones of the
    fault. loads: before it. automatic: id of the order of automation, '' without one; reopened: what that opened.
    busy, in_fault: as for DonorSearch. faulted: zones of other faults, and earthed ones, with the reason. shown:
    switches whose indicator has shown this fault. concluded: where it lies, in words.
    """

    name: str
    revision: int
    tree: FeederTree
    located: frozenset[int]
    loads: tuple[PreFaultLoad, ...]
    open_before: tuple[str, ...]
    automatic: str
    reopened: frozenset[str]
    busy: Mapping[str, str]
    in_fault: Collection[str]
    faulted: Mapping[int, str]
    shown: frozenset[str]
    concluded: str


def tree_before(
    topology: Topology, feeder: str, open_before: tuple[str, ...], doubts_before: Collection[str]
) -> FeederTree:
    """What a feeder's breaker fed."""
    found = next(each for each in topology.network.feeders if each.id == feeder)
    closed = closed_before(topology.network, found.breaker, open_before, doubts_before)
    return feeder_tree(topology, topology.tree(closed), found)


def crew_order(
    topology: Topology, image: ProcessImage, asked: CrewQuestion, settings: FdirSettings, judge: Judge
) -> Order | str:
    """In state PROPOSED, or why there is none."""
    try:
        return _Plan(topology, image, asked, settings, judge).order()
    except AlgorithmError as error:
        return str(error)


class _Plan:
    def __init__(
        self, topology: Topology, image: ProcessImage, asked: CrewQuestion, settings: FdirSettings, judge: Judge
    ) -> None:
        self._topology, self._image, self._asked, self._judge = topology, image, asked, judge
        self._settings = replace(settings, most_candidates=min(settings.most_candidates, MOST_CANDIDATES))
        self._positions = read_positions(image, topology.network)
        self._live = topology.tree(self._positions.feeding)

    def order(self) -> Order | str:
        if reason := self._unfit():
            return reason
        tree = replace(self._asked.tree, nodes=self._dark(self._live))
        isolation = self._isolation(tree)
        search, request = self._search(), self._request(tree, isolation)

        def build(restoration: Restoration, groups: Groups) -> Order:
            draft = build_order(
                OrderRequest(
                    self._asked.name, self._topology, self._image, self._positions.closed, tree, isolation,
                    restoration, self._asked.loads, self._asked.open_before, (), groups,
                )
            )  # fmt: skip
            return drafted(self._draft(isolation, restoration), draft)

        find, judge = partial(restore, search, settings=self._settings), partial(self._judge, self._image)
        order = Rehearsed(find, build, judge, partial(splits, search)).best(request)
        if order.restored_w < LEAST_W:
            return "a crew could bring back nothing more" + (f": {order.unrestored_reason}" if order.zone else "")
        if not any(not isinstance(step.value, Dbpos) and step.position is not None for step in order.steps):
            return "what could be fed needs no crew"
        refused = judge(order)
        return order if refused is None else f"{refused.element}: {refused.reason}"

    def _unfit(self) -> str:
        """Why nothing is planned on what is seen now."""
        asked, image, feeder = self._asked, self._image, self._asked.tree.feeder
        if image.modes.get(feeder.id, Mode.DISABLED) is Mode.DISABLED:
            return f"automation is disabled on {feeder.id}"
        if feeder.id in asked.in_fault:
            return f"{feeder.id} has another case under way"
        if holder := asked.busy.get(feeder.id):
            return f"{feeder.id} is held by order {holder}"
        if reason := rebuilt(self._topology, image, asked.tree):
            return f"S17: {reason}"
        doubts = [self._positions.doubts[each.id] for each in asked.tree.switches if each.id in self._positions.doubts]
        if doubts:
            return f"S14: {doubts[0]}"
        if reason := reclosing_in_doubt(image, feeder.id):
            return f"S6: {reason}"
        taps = taps_in_doubt(self._topology, image).get(transformer_of(self._topology, self._live, feeder))
        return f"S16: {taps}" if taps else ""

    def _dark(self, live: Tree) -> frozenset[int]:
        return frozenset(node for node in self._asked.tree.nodes if live.root_of[node] < 0)

    def _isolation(self, tree: FeederTree) -> Isolation:
        """The smallest area that switches by hand cut off as well; all of it is dark now."""
        isolation = isolate(self._topology, self._asked.located, self._positions, self._reasons())
        zones = self._topology.zone_of_node
        inside = {node for node in range(len(zones)) if int(zones[node]) in isolation.zones}
        if not inside <= tree.nodes:
            raise AlgorithmError("the area around the fault reaches beyond what is dark of its feeder")
        return isolation

    def _reasons(self) -> dict[str, str]:
        found = {each.id: why_not_open(self._image, each) for each in self._asked.tree.switches if each.to_node}
        return {switch: "" if reason.endswith(NO_REMOTE) else reason for switch, reason in found.items()}

    def _search(self) -> DonorSearch:
        """Tags that the order of automation has set stand against nothing that bounds the fault no more."""
        kept = tuple(
            tag
            for tag in self._image.tags
            if tag.kind is not TagKind.FAULT_ISOLATION or tag.reference != self._asked.automatic
        )
        return DonorSearch(
            self._topology, replace(self._image, tags=kept), self._positions, self._live, self._asked.busy,
            self._asked.in_fault, frozenset(bay_of(switch) for switch in self._asked.shown),
        )  # fmt: skip

    def _request(self, tree: FeederTree, isolation: Isolation) -> RestorationRequest:
        """Crews take their time: what they restore has been dark for long (SAFETY S11)."""
        more = self._settings.cold_load_pu
        loads = tuple(
            replace(
                each,
                load=replace(
                    each.load,
                    active_power_w=each.load.active_power_w * more,
                    reactive_power_var=each.load.reactive_power_var * more,
                ),
            )
            for each in self._asked.loads
        )
        forbidden = {**forbidden_zones(self._topology, self._image), **self._asked.faulted}
        return RestorationRequest(
            tree, isolation, loads, frozenset(self._asked.open_before), forbidden, self._reasons(),
            by_hand=True, reopened=self._asked.reopened,
        )  # fmt: skip

    def _draft(self, isolation: Isolation, restoration: Restoration) -> Draft:
        asked = self._asked
        return Draft(
            self._topology, self._image, asked.tree.feeder, asked.revision, asked.automatic, asked.concluded,
            self._breaker_closed(self._positions), isolation, restoration, self._settings.cold_load_pu,
        )  # fmt: skip

    def _breaker_closed(self, positions: Positions) -> bool:
        return bool(positions.closed[self._topology.arrays.switch_index[self._asked.tree.feeder.breaker]])
