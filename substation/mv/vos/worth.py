"""Whether what OPF proposed is still worth it, with the loads, generation and positions of now."""

from __future__ import annotations

from models.network.elements import Network
from models.network.switches import switched
from substation.mv.crew.steps import without_remote
from substation.mv.opf.advice import Advice, Reason
from substation.mv.opf.present import Present, tightened
from substation.mv.opf.settings import OpfSettings
from substation.mv.opf.target import present_condition


def not_worth_it(given: Advice, now: Present, settings: OpfSettings, network: Network) -> str:
    """'' while the objective holds, else the reason. AlgorithmError when a state cannot be calculated."""
    limits = network.limits
    moves = {each.branch: each.close for each in given.operations}
    before = present_condition(now.grid)
    corrective = bool(before.excess)
    grid = (
        now.grid
        if corrective
        else tightened(now.grid, limits, settings.voltage_reserve_pu, settings.loading_reserve_pu)
    )
    after = present_condition(switched(grid, [moves.get(each.id, each.closed) for each in grid.branches]))
    if corrective:
        kept = after.excess_pu < before.excess_pu
        return "" if kept else f"it would not keep the limits better: {after.excess[0]}"
    if after.excess:
        return f"S16: {after.excess[0]}"
    by_crew = sum(each.switch in without_remote(network) for each in given.operations)
    operations_w = len(given.operations) * settings.saving_per_operation_w + by_crew * settings.saving_by_hand_w
    return _saving(before.loss_w - after.loss_w, max(settings.least_saving_w, operations_w), given.reason)


def _saving(saved_w: float, least_w: float, reason: Reason) -> str:
    if saved_w >= least_w:
        return ""
    gone = "; what was to be corrected is over" if reason is Reason.CORRECTIVE else ""
    return f"it would save {saved_w / 1e3:.1f} kW, {least_w / 1e3:.1f} kW are wanted{gone}"
