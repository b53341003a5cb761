"""From the evidence of a final trip to an order, or to the reason why automation does nothing (SAFETY S9, S10).

The questions are asked one after the other; the first that has no certain answer ends it with doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from models.errors import AlgorithmError
from models.network.elements import Feeder, SwitchKind
from models.switching import Order
from substation.grid.arrays import Booleans
from substation.grid.location.located import percent
from substation.grid.positions import Positions, read_positions
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.crew_help import with_crew_help
from substation.mv.demand import taps_in_doubt
from substation.mv.donors import DonorSearch, forbidden_zones, reclosing_in_doubt, transformer_of
from substation.mv.earth.tripping import trips_earth_faults
from substation.mv.feeder_tree import FeederTree, closed_before, feeder_tree
from substation.mv.indication import Indication, earth_fault
from substation.mv.isolation import Isolation, isolate
from substation.mv.lag import too_late
from substation.mv.location import Candidate, Location
from substation.mv.observed import located, location_lines, places_text
from substation.mv.operable import why_not_open
from substation.mv.order import OrderRequest, build_order
from substation.mv.prefault import PreFaultLoad, assumed_share
from substation.mv.protection import local_control
from substation.mv.rebuilt import rebuilt
from substation.mv.rehearsed import Groups, Judge, Rehearsed, no_judge
from substation.mv.restoration import Restoration, RestorationRequest, restore
from substation.mv.settings import FdirSettings
from substation.mv.splitting import splits


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one tripped feeder when its evidence window closes.

    since_ns: earliest time tag that belongs to the event. open_before: switches certainly open before it;
    doubts_before: positions that were in doubt then. loads: those of the feeder before the fault. busy: leases of other
    orders. in_fault: feeders with a case of their own. faulted: zones of other faults not repaired, with the reason.
    window_s: how long it waited for what its stations tell.
    """

    name: str
    feeder: Feeder
    since_ns: int
    open_before: tuple[str, ...]
    doubts_before: Mapping[str, str]
    set_before: frozenset[str]
    loads: tuple[PreFaultLoad, ...]
    busy: Mapping[str, str]
    in_fault: frozenset[str]
    faulted: Mapping[int, str]
    window_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """order: None without one, and then `reason` says why. zone: ids of the located elements, empty in doubt.

    shown: readings of the feeder's indicators on which it rests. by_hand: there is no order only because no remote
    control helps.
    """

    order: Order | None = None
    reason: str = ""
    concluded: str = ""
    zone: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    shown: Mapping[str, Indication | str] = field(default_factory=dict)
    by_hand: bool = False


class _DoubtError(AlgorithmError):
    """A question has no certain answer."""


class _NoRemoteError(AlgorithmError):
    """Everything is known, and nothing can be switched from here."""


def plan(
    topology: Topology, image: ProcessImage, evidence: Evidence, settings: FdirSettings, judge: Judge = no_judge
) -> Outcome:
    """Never raises: whatever cannot be computed is doubt. A closing that the judge refuses is planned around."""
    outcome = Outcome()
    try:
        positions = read_positions(image, topology.network)
        before = topology.tree(_closed_before(topology, evidence))
        tree = feeder_tree(topology, before, evidence.feeder)
        _first_questions(topology, image, evidence, tree, positions)
        location, shown = located(topology, image, before, tree, evidence, settings)
        outcome = replace(outcome, candidates=location.candidates, shown=shown)
        if location.doubt:
            raise _DoubtError(location.doubt)
        zone = tuple(each for number in sorted(location.zones) for each in topology.zone_elements[number])
        what = "two faults at once lie" if len(location.apart) > 1 else "the fault lies"
        concluded = f"{what} in {places_text(topology, location)}{_with_doubts(location)}"
        outcome = replace(outcome, zone=zone, concluded=concluded)
        order = _order(topology, image, evidence, tree, positions, location, settings, judge)
    except AlgorithmError as error:
        return replace(outcome, reason=str(error), by_hand=isinstance(error, _NoRemoteError))
    return replace(outcome, order=order, concluded=f"{concluded}; {order.title}")


def _closed_before(topology: Topology, evidence: Evidence) -> Booleans:
    feeder = evidence.feeder
    return closed_before(topology.network, feeder.breaker, evidence.open_before, evidence.doubts_before)


def _first_questions(
    topology: Topology, image: ProcessImage, evidence: Evidence, tree: FeederTree, positions: Positions
) -> None:
    if not tree.nodes:
        because = "; ".join(list(evidence.doubts_before.values())[:3])
        raise _DoubtError(f"{evidence.feeder.id} fed nothing for certain before the fault; {because or 'no doubt'}")
    if reason := rebuilt(topology, image, tree):
        raise _DoubtError(f"S17: {reason}")
    own = tree.switches if trips_earth_faults(topology, evidence.feeder) else ()
    if reason := earth_fault(image, topology.network, frozenset(each.id for each in own)):
        raise _DoubtError(f"S10: {reason}; earth faults are left to people")
    if reason := local_control(image, evidence.feeder.breaker):
        raise _DoubtError(f"S9: {reason}")
    for switch in tree.switches:
        for doubts, when in ((evidence.doubts_before, "before the fault "), (positions.doubts, "")):
            if switch.id in doubts:
                raise _DoubtError(f"S14: {when}{doubts[switch.id]}")
    if reason := reclosing_in_doubt(image, evidence.feeder.id):
        raise _DoubtError(f"S6: {reason}")
    fitted = {indicator.switch for indicator in topology.network.indicators}
    indicators = [switch.id for switch in tree.switches if switch.id in fitted]
    if reason := too_late(image, indicators, evidence.window_s):
        raise _DoubtError(f"S9: {reason}")


def _with_doubts(location: Location) -> str:
    """What the conclusion overlooks; '' when nothing speaks against it."""
    if location.zones == location.likeliest and not location.suspects and len(location.apart) < 2:
        return ""
    doubted = f"; not believed: {', '.join(location.suspects[:3])}" if location.suspects else ""
    return f" with {percent(location.probability)}, in what is isolated with {percent(location.enclosed)}{doubted}"


def _order(
    topology: Topology,
    image: ProcessImage,
    evidence: Evidence,
    tree: FeederTree,
    positions: Positions,
    location: Location,
    settings: FdirSettings,
    judge: Judge,
) -> Order:
    feeder = evidence.feeder
    if image.modes.get(feeder.id, Mode.DISABLED) is Mode.DISABLED:
        raise _DoubtError(f"automation is disabled on {feeder.id}")
    reasons = {switch.id: why_not_open(image, switch) for switch in tree.switches if switch.to_node}
    isolation = _isolation(topology, reasons, tree, positions, location)
    notes = _load_notes(topology, evidence, tree, settings)
    live = topology.tree(positions.feeding)
    search = DonorSearch(topology, image, positions, live, evidence.busy, evidence.in_fault)
    if reason := taps_in_doubt(topology, image).get(transformer_of(topology, live, feeder)):
        raise _DoubtError(f"S16: {reason}")
    forbidden = {**forbidden_zones(topology, image), **evidence.faulted, **_earthed(topology, tree, positions)}
    request = RestorationRequest(tree, isolation, evidence.loads, frozenset(evidence.open_before), forbidden, reasons)

    def build(restoration: Restoration, groups: Groups) -> Order:
        if not isolation.to_open and restoration.plan is None:
            why = "; ".join(isolation.extended or restoration.rejected.values()) or "no ties"
            raise _NoRemoteError(f"nothing can be switched by remote control: {why}")
        explanation = _explanation(topology, evidence, location, isolation, restoration, notes)
        return build_order(
            OrderRequest(
                evidence.name, topology, image, positions.closed, tree, isolation, restoration, evidence.loads,
                evidence.open_before, explanation, groups,
            )
        )  # fmt: skip

    find = partial(restore, search, settings=settings)
    order = Rehearsed(find, build, partial(judge, image), partial(splits, search)).best(request)
    return with_crew_help(search, request, location.zones, settings, order)


def _isolation(
    topology: Topology, reasons: Mapping[str, str], tree: FeederTree, positions: Positions, location: Location
) -> Isolation:
    isolation = isolate(topology, location.zones, positions, reasons)
    if not isolation.zones <= tree.zones:
        raise _DoubtError("the area to isolate reaches beyond the tripped feeder")
    return isolation


def _earthed(topology: Topology, tree: FeederTree, positions: Positions) -> Mapping[int, str]:
    """Zones of the feeder with an earthing switch that is not open."""
    return {
        int(topology.zone_of_node[node]): f"{switch.id} is not open"
        for switch in tree.switches
        if switch.kind is SwitchKind.EARTHING_SWITCH and not positions.open[topology.arrays.switch_index[switch.id]]
        for node in topology.nodes_of_element[switch.id]
    }


def _load_notes(topology: Topology, evidence: Evidence, tree: FeederTree, settings: FdirSettings) -> tuple[str, ...]:
    """What had to be assumed of the interrupted loads; doubt when it is too much."""
    index = topology.arrays.node_index
    loads = [load for load in topology.network.loads if index[load.node] in tree.nodes]
    ids = {load.id for load in loads}
    assumed = [each for each in evidence.loads if each.load.element in ids and each.assumed]
    share = assumed_share(assumed, loads)
    if share > settings.assumed_share:
        raise _DoubtError(
            f"{share:.0%} of the interrupted load is not known from before the fault"
            f" (at most {settings.assumed_share:.0%}): {assumed[0].assumed}"
        )
    return tuple(f"{each.assumed}; its rated peak is taken" for each in assumed)


def _explanation(
    topology: Topology,
    evidence: Evidence,
    location: Location,
    isolation: Isolation,
    restoration: Restoration,
    notes: tuple[str, ...],
) -> tuple[str, ...]:
    """Why the order is as it is, line by line."""
    lines = [f"{evidence.feeder.breaker} was tripped for good by the protection of {evidence.feeder.id}"]
    lines += location_lines(topology, location)
    lines += isolation.extended
    lines += [f"{switch.id} is open already and bounds the area" for switch in isolation.open_already]
    lines += [f"not used: {reason}" for reason in restoration.rejected.values() if reason]
    lines += notes
    plan_found = restoration.plan
    if plan_found is not None:
        proof = "the search ended with its budget"
        if plan_found.proven:
            proof = "the best with this split" if restoration.split else "no better plan exists"
        lines.append(f"nearest limit at the end: {plan_found.margin_pu:.1%} away; {proof}")
    lines += [f"split at {switch}, because of all of it {reason}" for switch, reason in restoration.split.items()]
    lines += restoration.notes
    if restoration.binding:
        lines.append(f"to restore more would exceed {restoration.binding}")
    return tuple(lines)
