"""Earth faults: none is transferred, and coil and residual current fit after a transfer (SAFETY S10)."""

from __future__ import annotations

from collections.abc import Callable

from models.network.elements import GalvanicNetwork, Neutral
from models.point import PointName, Sample
from models.quality import TIME_BITS
from models.switching import Order, OrderKind
from substation.control.rules.coils import as_told
from substation.control.situation import Situation
from substation.grid.neutral import Joined


def _made_from_indications(situation: Situation, order: Order) -> bool:
    """Orders that people approve of an earth fault; those of FDIR only where every earth fault is tripped at once."""
    if order.kind is OrderKind.ISOLATE_EARTH_FAULT:
        return True
    kinds = {each.neutral for each in joined_after(situation).neutrals}
    made = order.kind in (OrderKind.ISOLATE_AND_RESTORE, OrderKind.RESTORE_BY_CREW)
    return made and bool(kinds) and kinds <= TRIPPED


def unexplained_trip(situation: Situation) -> str:
    """S10: nobody closes onto a feeder with a trip that nobody has explained, but the order that its location made."""
    unexplained, order = situation.context.unexplained, situation.context.order
    if not unexplained:
        return ""
    own = frozenset(order.tripped) if order else frozenset()
    reached = situation.feeders | _without_placements(situation)
    for breaker, feeder in situation.grid.feeder_of_breaker.items():
        if feeder.id in unexplained and breaker not in own and feeder.id in reached:
            return f"{unexplained[feeder.id]}; examine it, then say so at the unit (Trip.Examined at {feeder.id})"
    return ""


def _without_placements(situation: Situation) -> frozenset[str]:
    """Feeders of the switch in the normal diagram as if nothing was placed: a cut of afterwards moves no fault."""
    grid = situation.numerics.bare.grid
    switch = grid.switches.get(situation.element)
    return frozenset() if switch is None else grid.feeders_reaching(grid.normally_closed, switch)


def standing_earth_fault(situation: Situation) -> str:
    """S10: what shows an earth fault is fed by nobody, and automation joins nothing with it, whatever its quality."""
    if situation.switch is None:
        return ""
    reached = situation.joined if situation.request.automatic else situation.energised
    shown = earth_fault_at(situation, reached, _explained(situation))
    return f"{shown} shows an earth fault; it is not carried to another feeder or transformer" if shown else ""


Explains = Callable[[frozenset[str], Sample], bool]
"""Whether an indication at a switch with these sides says no more than what is known already."""


def _unexplained(sides: frozenset[str], sample: Sample) -> bool:
    return False


def earth_fault_at(situation: Situation, nodes: frozenset[str], explained: Explains = _unexplained) -> PointName | None:
    """The first indication that is set at a switch with a side among these nodes."""
    register, samples = situation.image.register, situation.image.samples
    told = situation.grid.instruments(register)
    for bay, sides in situation.grid.indicated_bays.items():
        for handle in () if sides.isdisjoint(nodes) else told.earth_faults(bay):
            sample = samples.get(handle)
            if sample is not None and bool(sample.value) and not explained(sides, sample):
                return register.spec(handle).name
    return None


def _explained(situation: Situation) -> Explains:
    """An order that isolates an earth fault was made from the indications that stood then: they point at its zone, and
    stay set where it is dark, and in the bay of the breaker that was opened for it. Of what the close feeds, and with
    the zone left out, they say nothing more; one that is set after the order was made, or belongs to what is fed
    already, still bars."""
    order, energised = situation.context.order, situation.energised
    if order is None or not energised or not _made_from_indications(situation, order):
        return _unexplained
    zone = frozenset[str]().union(*(situation.grid.nodes_of(element) for element in order.zone))
    if not zone or zone & energised:
        return _unexplained
    grid = situation.grid
    own = frozenset[str]().union(*(grid.sides(grid.switches[each]) for each in order.tripped if each in grid.switches))

    def explained(sides: frozenset[str], sample: Sample) -> bool:
        source_ns = None if sample.quality & TIME_BITS else sample.source_time_ns
        told_ns = source_ns or sample.arrival_time_ns
        return sides <= energised | zone | own and told_ns <= order.created_ns

    return explained


def transfer_unfit(situation: Situation) -> str:
    """S10: after a transfer the coil still compensates, and the residual current is within what is permitted."""
    if not situation.energised:
        return ""
    joined = joined_after(situation)
    if not joined.neutrals:
        return _missing(situation, f"the neutral treatment of what feeds {situation.element} is not known")
    if len(joined.neutrals) > 1:
        return not_to_be_joined(joined.neutrals) or residual_unfit(joined)
    back = _comes_back(situation, joined)
    reason, known = residual_unfit(joined, comes_back=back), data_missing(joined.neutrals)
    return reason or (_missing(situation, known) if known else "")


def _comes_back(situation: Situation, joined: Joined) -> bool:
    """Whether what the close feeds belongs to this galvanic network in the normal diagram: no transfer.

    A network that comes back in parts begins below the smallest setting of its coil.
    """
    index = situation.numerics.topology.arrays.node_index
    fed = joined.nodes & {index[node] for node in situation.energised}
    return situation.numerics.neutrals.homes(fed) <= {each.id for each in joined.neutrals}


def joined_after(situation: Situation) -> Joined:
    """The galvanic network of the switch once closed; doubt counts as closed. Coils as their devices tell."""
    numerics = situation.numerics
    node = numerics.topology.arrays.node_index[situation.known_switch.from_node]
    joined = numerics.neutrals.joined(numerics.mask(situation.possibly_closed | {situation.element}), node)
    return as_told(situation, joined)


def _missing(situation: Situation, reason: str) -> str:
    return f"{reason}; automation transfers nothing there" if situation.request.automatic else ""


def data_missing(neutrals: tuple[GalvanicNetwork, ...]) -> str:
    """What the network file does not say and a transfer needs; '' when nothing."""
    for each in neutrals:
        if each.neutral is Neutral.RESONANT and (each.coil_min_a is None or each.coil_max_a is None):
            return f"the range of the coil of {each.id} is not known (keys 'coil_min_a', 'coil_max_a'{_at(each)})"
        if each.neutral in _COMPENSATED_OR_ISOLATED and each.residual_current_max_a is None:
            return f"the residual current that {each.id} permits is not known (key 'residual_current_max_a')"
    return ""


def _at(galvanic: GalvanicNetwork) -> str:
    """Where its device tells more than the file."""
    return f"; untuned, {galvanic.coil} has to tell its current" if galvanic.coil else ""


TRIPPED = frozenset({Neutral.RESISTANCE, Neutral.SOLID})
"""Where an earth fault draws so much that protection trips it."""

_COMPENSATED_OR_ISOLATED = (Neutral.RESONANT, Neutral.ISOLATED)

MAY_BE_JOINED = frozenset({Neutral.RESONANT, Neutral.ISOLATED, Neutral.SOLID})
"""Networks of the same treatment among these may be joined for a while; resistors in parallel would add currents."""


def not_to_be_joined(neutrals: tuple[GalvanicNetwork, ...]) -> str:
    """Why networks of these neutrals must not hang together; '' when they may."""
    kinds = {each.neutral for each in neutrals}
    if len(kinds) > 1:
        return "; ".join(f"the neutral of {each.id} is {each.neutral.value}" for each in neutrals) + ": never joined"
    if not kinds <= MAY_BE_JOINED:
        return f"the neutral resistors of {' and '.join(each.id for each in neutrals)} would be in parallel"
    return data_missing(neutrals)


def residual_unfit(joined: Joined, comes_back: bool = False) -> str:
    """Why coils or permitted residual currents do not fit the capacitive current; '' when they do, or are not known.

    comes_back: less than the coil's smallest setting is no reason.
    """
    compensated = [each for each in joined.neutrals if each.neutral is Neutral.RESONANT]
    if any(each.coil_min_a is None or each.coil_max_a is None for each in compensated):
        return ""
    least_a = sum(each.coil_min_a or 0.0 for each in compensated)
    most_a = sum(each.coil_max_a or 0.0 for each in compensated)
    names = " and ".join(each.id for each in joined.neutrals)
    if compensated and not (0.0 if comes_back else least_a) <= joined.capacitive_a <= most_a:
        return (
            f"{names} would have {joined.capacitive_a:.0f} A of capacitive earth-fault current, the coil compensates"
            f" {least_a:.0f} to {most_a:.0f} A"
        )
    for each in joined.neutrals:
        residual_a = joined.capacitive_a * (each.residual_share_pu if each in compensated else 1.0)
        permitted_a = each.residual_current_max_a
        if each.neutral in _COMPENSATED_OR_ISOLATED and permitted_a is not None and residual_a > permitted_a:
            return f"an earth fault in {names} would leave {residual_a:.0f} A, {each.id} permits {permitted_a:.0f} A"
    return ""
