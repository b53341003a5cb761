"""A target in words: what it takes, what it brings, how sure it is, what was rejected and by which limit."""

from __future__ import annotations

from substation.mv.opf.objective import Aim
from substation.mv.opf.target import Condition, Target

_MOST_NAMED = 3
_AIMS = {
    Aim.LOSSES: "the radial state of least losses within the limits",
    Aim.COST: "the radial state whose losses and operations cost least within the limits",
    Aim.LIMITS: "the radial state that keeps the limits best with the fewest operations",
}


def explanation(target: Target) -> tuple[str, ...]:
    """Line by line."""
    return (*_present(target), *_way(target), *_certainty(target), *_limits(target), *_rejected(target))


def _present(target: Target) -> tuple[str, ...]:
    if target.before is None:
        return ("the present state cannot be calculated: its power flow does not converge",)
    meshed = () if target.radial_before else ("the present state is not radial: a loop or two sources are closed",)
    lost = f"now {target.before.loss_w / 1e3:.3f} kW are lost, the lowest voltage is {target.before.lowest_pu:.4f} p.u."
    dark = f"now {target.before.unserved_w / 1e3:.1f} kW of load are without supply"
    return (
        *meshed,
        *((dark,) if target.before.unserved_w > 0 else ()),
        lost,
        *(f"now {each}" for each in _worst(target.before)),
    )


def _worst(condition: Condition) -> list[str]:
    named = [str(each) for each in condition.excess[:_MOST_NAMED]]
    more = len(condition.excess) - len(named)
    return [*named, *([f"{more} more limits are exceeded"] if more > 0 else [])]


def _way(target: Target) -> tuple[str, ...]:
    if not target.operations:
        return (f"the present state stays: {_why_staying(target)}",)
    lines = [f"{'close' if each.close else 'open'} {each.switch}" for each in target.operations]
    after = target.after
    lines.append(f"then {after.loss_w / 1e3:.3f} kW are lost, the lowest voltage is {after.lowest_pu:.4f} p.u.")
    if target.before is not None:
        lines.append(f"that saves {target.saved_w / 1e3:.3f} kW with {len(target.operations)} operations")
    operation_w = target.objective.operation_w
    if operation_w > 0:
        lines.append(f"each operation had to save {operation_w / 1e3:.3f} kW")
    return tuple(lines)


def _why_staying(target: Target) -> str:
    if target.objective.aim is Aim.LIMITS and not target.after.excess:
        return "every limit is kept"
    if target.objective.operation_w > 0:
        return f"nothing saves the {target.objective.operation_w / 1e3:.3f} kW that each operation has to be worth"
    return "nothing better was found"


def _certainty(target: Target) -> tuple[str, ...]:
    if target.evaluations == 0:
        return ()
    if target.proven:
        return (f"{_AIMS[target.objective.aim]}: proven, all of {target.states:.0f} radial states were looked at",)
    return (f"{_AIMS[target.objective.aim]} among {target.evaluations} calculated of {target.states:.3g}: not proven",)


def _limits(target: Target) -> tuple[str, ...]:
    after = target.after
    if not after.excess:
        return ("every limit is kept",) if target.operations else ()
    return ("no radial state was found that keeps every limit", *(f"then {each}" for each in _worst(after)))


def _rejected(target: Target) -> tuple[str, ...]:
    rejected = target.unlimited
    if rejected is None:
        return ()
    limits = "; ".join(_worst(rejected.condition))
    opened = ", ".join(rejected.opened)
    return (f"rejected: open {opened} would lose {rejected.condition.loss_w / 1e3:.3f} kW, but {limits}",)
