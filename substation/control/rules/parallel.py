"""Loops and parallels that people make (SAFETY S8): each check in words; without its data the answer is no.

The method of the calculation stands in substation.grid.joining.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.errors import AlgorithmError
from models.network.elements import Switch, Transformer
from substation.control.rule_settings import Parallels, Released
from substation.control.rules.closing import judged_by_s8, second_path
from substation.control.rules.earth_faults import joined_after, not_to_be_joined, residual_unfit
from substation.control.rules.protection import beyond_ratings, ratings_of
from substation.control.rules.transfer import coupled
from substation.control.situation import Situation
from substation.grid.joining import Joining, join
from substation.grid.sweep import Flow
from substation.image import Missing

RELEASE = "RSYN1.Rel"
AUTOMATIC, PARALLEL_MODE = "ATCC1.Auto", "ATCC1.ParOp"


@dataclass(frozen=True, slots=True)
class _Parallel:
    """One parallel that is asked for, calculated."""

    situation: Situation
    joining: Joining
    limits: Parallels

    @property
    def branches(self) -> tuple[int, ...]:
        return (*self.joining.ways[0], *self.joining.ways[1])


def parallel_unfit(situation: Situation) -> str:
    """S8: why this parallel must not be made; '' when every check holds, or when it is none."""
    if situation.request.automatic and not judged_by_s8(situation.context.order):
        return ""  # S7 forbids it altogether
    found = second_path(situation)
    if not found or coupled(situation):  # one conductor already: nothing new is joined
        return ""
    parallel = _calculated(situation)
    if isinstance(parallel, str):
        return f"{found}; {parallel}"
    reasons = [reason for check in CHECKS if (reason := check(parallel))]
    return f"{found}; {'; '.join(reasons)}" if reasons else ""


def _calculated(situation: Situation) -> _Parallel | str:
    """The state before the close, whose voltages drive the current; doubt is no ground to calculate on."""
    switch, numerics = situation.known_switch, situation.numerics
    near = [
        each
        for each in situation.doubtful
        if situation.joined & set(situation.grid.sides(situation.grid.switches[each]))
    ]
    if near:
        return f"the position of {near[0]} is not certain"
    try:
        state = numerics.state(situation.surely_closed, situation.grid.sides(switch), situation.demand)
    except AlgorithmError as error:
        return f"voltages and currents cannot be computed: {error}"
    tree, arrays = state.flow.tree, numerics.topology.arrays
    roots = [int(tree.root_of[arrays.node_index[node]]) for node in situation.grid.sides(switch)]
    if min(roots) < 0:
        return "no source feeds it, so nothing can be calculated; open the loop elsewhere before it is closed here"
    one, other = (arrays.network.sources[root].id for root in roots)
    limits = situation.settings.parallels
    released = limits.between(one, other)
    if released is None:
        return f"{one} and {other} are not released to be joined ([[parallels.released]])"
    return _Parallel(situation, _joined(situation, state.flow, released), limits)


def _joined(situation: Situation, flow: Flow, released: Released) -> Joining:
    branch = situation.numerics.topology.switch_branch(situation.element)
    return join(flow, situation.numerics.circuits, branch, released.angle_difference_deg)


def _vector_groups(parallel: _Parallel) -> str:
    one, other = parallel.joining.shifts
    return "" if one == other else f"the vector groups do not fit: the ways turn by {30 * one} and {30 * other} degrees"


def _voltages(parallel: _Parallel) -> str:
    joining, limits = parallel.joining, parallel.limits
    if joining.voltage_pu > limits.voltage_difference_pu:
        return f"the voltages differ by {joining.voltage_pu:.1%} (limit {limits.voltage_difference_pu:.1%})"
    if joining.angle_deg > limits.angle_difference_deg:
        return f"the angles differ by {joining.angle_deg:.1f} degrees (limit {limits.angle_difference_deg:g})"
    return ""


def _currents(parallel: _Parallel) -> str:
    """The circulating current, and what every line, transformer and switch of the loop then carries."""
    joining, limits = parallel.joining, parallel.limits
    network, switch = parallel.situation.grid.network, parallel.situation.known_switch
    ratings = {branch: _rated_a(parallel, branch) for branch in (*parallel.branches, _own(parallel))}
    smallest_a = min(ratings.values())
    most_a = limits.circulating_current_pu * smallest_a
    if joining.circulating_a > most_a:
        return f"{joining.circulating_a:.0f} A would circulate over {switch.id} (limit {most_a:.0f} A)"
    for branch, current_a in joining.currents_a.items():
        limit_a = ratings[branch] * _loading_limit(parallel, branch)
        if current_a > limit_a:
            name = parallel.situation.numerics.topology.arrays.branch_id(branch)
            return f"{name} would carry up to {current_a:.0f} A (limit {limit_a:.0f} A) in {network.name}"
    return ""


def _own(parallel: _Parallel) -> int:
    return parallel.situation.numerics.topology.switch_branch(parallel.situation.element)


def _rated_a(parallel: _Parallel, branch: int) -> float:
    """Rating in A; of a transformer at its lower voltage, where the current of the loop is counted."""
    arrays = parallel.situation.numerics.topology.arrays
    network = arrays.network
    if branch < arrays.first_transformer:
        return network.lines[branch].rated_current_a
    if branch < arrays.first_switch:
        transformer = network.transformers[branch - arrays.first_transformer]
        return transformer.rated_power_va / (3**0.5 * transformer.lv_rated_voltage_v)
    return network.switches[branch - arrays.first_switch].rated_current_a


def _loading_limit(parallel: _Parallel, branch: int) -> float:
    arrays = parallel.situation.numerics.topology.arrays
    limits = arrays.network.limits
    if branch < arrays.first_transformer:
        return limits.line_loading_pu
    return limits.transformer_loading_pu if branch < arrays.first_switch else 1.0


def _synchrocheck(parallel: _Parallel) -> str:
    """RSYN where it is fitted: released, and fresh."""
    situation = parallel.situation
    for place in (situation.element, situation.bay):
        if situation.exists(place, RELEASE):
            released = situation.flag(place, RELEASE)
            if isinstance(released, Missing):
                return f"whether the synchrocheck releases is not known: {released.reason}"
            return "" if released else f"the synchrocheck does not release ({place} {RELEASE})"
    return ""


def _tap_control(parallel: _Parallel) -> str:
    """Every tap changer of the loop is blocked or in parallel mode: two regulators would drive each other apart."""
    situation = parallel.situation
    arrays = situation.numerics.topology.arrays
    for branch in parallel.branches:
        if arrays.first_transformer <= branch < arrays.first_switch:
            transformer = arrays.network.transformers[branch - arrays.first_transformer]
            if reason := _regulates(situation, transformer):
                return reason
    return ""


def _regulates(situation: Situation, transformer: Transformer) -> str:
    if transformer.tap_min == transformer.tap_max or transformer.tap_step_pu == 0.0:
        return ""  # no tap changer
    if not situation.exists(transformer.id, AUTOMATIC):
        return f"whether tap control of {transformer.id} is blocked is not known: no device tells {AUTOMATIC}"
    automatic = situation.flag(transformer.id, AUTOMATIC)
    if isinstance(automatic, Missing):
        return f"whether tap control of {transformer.id} is blocked is not known: {automatic.reason}"
    if not automatic:
        return ""
    if situation.exists(transformer.id, PARALLEL_MODE) and situation.flag(transformer.id, PARALLEL_MODE) is True:
        return ""
    return f"tap control of {transformer.id} is neither blocked nor in parallel mode ({AUTOMATIC}, {PARALLEL_MODE})"


def _withstand(parallel: _Parallel) -> str:
    """Fault currents of both ways together, at every switch of the loop and at the one that closes."""
    situation = parallel.situation
    network, first = situation.grid.network, situation.numerics.topology.arrays.first_switch
    for place in parallel.joining.faults:
        switch: Switch = network.switches[place.branch - first]
        ratings = ratings_of(situation, switch)
        if ratings is None:
            return f"the short-circuit ratings of {switch.id} are not known (key 'type' of the switch)"
        if reason := beyond_ratings(switch, ratings, place.current_a, place.peak_a):
            return reason
    return ""


def _opens_again(parallel: _Parallel) -> str:
    """The switch must be able to end the parallel."""
    switch = parallel.situation.known_switch
    ratings = ratings_of(parallel.situation, switch)
    current_a = parallel.joining.circulating_a
    if ratings is None or current_a <= ratings.loop_breaking_current_a:
        return ""
    return f"{switch.id} breaks {ratings.loop_breaking_current_a:.0f} A of a loop, {current_a:.0f} A would flow"


def _neutrals(parallel: _Parallel) -> str:
    joined = joined_after(parallel.situation)
    if not joined.neutrals:
        return "the neutral treatment is not known"
    if len(joined.neutrals) == 1:
        return residual_unfit(joined)
    return not_to_be_joined(joined.neutrals) or residual_unfit(joined)


CHECKS: tuple[Callable[[_Parallel], str], ...] = (
    _vector_groups,
    _voltages,
    _currents,
    _synchrocheck,
    _tap_control,
    _withstand,
    _opens_again,
    _neutrals,
)
