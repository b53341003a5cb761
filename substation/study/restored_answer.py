"""The answer of `ringmain study restore`: values, steps, and why no more is fed, for programs and for people."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.errors import DivergedError
from models.network.planning import PlanningGrid
from substation.grid.arrays import BASE_POWER_VA, Booleans
from substation.grid.radial_reduction import RadialQuestion
from substation.grid.wide_restoration import WidePlan
from substation.study.faulted import Faulted
from substation.study.kind import Asked, Json
from substation.study.present_state import PresentState, present_state
from substation.study.restored_steps import RESWITCH, RestoredStep, restored_steps

_ROUNDING_PU = 1e-6
_MOST_REJECTED = 20
NOTHING = "what lies behind it counts nothing"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was asked, what the fault took out, the plan; fed: bool[n], before anything was restored."""

    asked: Asked
    out: Faulted
    question: RadialQuestion
    plan: WidePlan
    fed: Booleans

    @property
    def grid(self) -> PlanningGrid:
        return self.asked.grid

    def state(self, closed: Booleans) -> PresentState:
        """Power flow with these branches closed, loads as in the question. DivergedError: they cannot be carried."""
        power_va = self.question.power_pu * BASE_POWER_VA
        buses = tuple(
            replace(bus, load_w=float(va.real), load_var=float(va.imag), generation_w=0.0, generation_var=0.0)
            for bus, va in zip(self.grid.buses, power_va, strict=True)
        )
        branches = tuple(
            replace(branch, closed=bool(state)) for branch, state in zip(self.grid.branches, closed, strict=True)
        )
        return present_state(replace(self.grid, buses=buses, branches=branches))

    def before(self) -> Booleans:
        """bool[m], closed branches after isolation."""
        return self.question.grid.closed & self.out.usable

    def moved(self, to_closed: bool) -> list[int]:
        """Branches that the plan closes, or opens besides isolation."""
        changed = np.flatnonzero(self.plan.closed != self.before())
        return [int(branch) for branch in changed if self.plan.closed[branch] == to_closed]

    def steps(self) -> list[RestoredStep]:
        return restored_steps(self.question, self.before(), self.plan.closed)

    @property
    def reswitches(self) -> bool:
        """Something is operated that was fed."""
        return any(step.purpose == RESWITCH for step in self.steps())


def values(restored: Restored, seconds: float) -> dict[str, Json]:
    grid, plan = restored.grid, restored.plan
    state = restored.state(plan.closed)
    served = state.voltage_pu > 0
    used = plan.closed & served[restored.question.grid.branch_from]
    reach_w = [bus.load_w for bus, is_fed in zip(grid.buses, restored.fed, strict=True) if not is_fed]
    return {
        "unserved_kw": _kilo(unserved_w(restored)),
        "open": [grid.branches[each].opened_by for each in restored.moved(False)],
        "close": [grid.branches[each].closed_by for each in restored.moved(True)],
        "vmin_pu": round(float(np.min(state.voltage_pu[served], initial=np.inf)), 6) if served.any() else None,
        "max_loading": round(float(np.max(state.loading_pu[used], initial=0.0)), 6),
        "optimal": plan.proven,
        "seconds": round(seconds, 6),
        "unserved_proven": plan.proven_unserved,
        "bound_kw": _kilo(plan.bound_w),
        "interrupted_kw": _kilo(sum(reach_w)),
        "out_of_reach_kw": _kilo(_out_of_reach_w(restored)),
        "loss_kw": _kilo(state.loss_w),
        "unserved": [bus.id for bus, is_fed in zip(grid.buses, plan.served, strict=True) if not is_fed and bus.load_w],
        "isolate": list(restored.out.to_open),
        "reswitched": restored.reswitches,
        "steps": plan_steps(restored),
        "rejected": [{"switch": name, "reason": reason} for name, reason in _rejected(restored)],
        "explanation": list(text(restored)),
    }


def unserved_w(restored: Restored) -> float:
    """Load that the plan leaves without supply."""
    return sum(bus.load_w for bus, is_fed in zip(restored.grid.buses, restored.plan.served, strict=True) if not is_fed)


def findings(restored: Restored) -> tuple[str, ...]:
    """What makes the answer weaker, or different from what a running unit would do."""
    found = list(restored.out.extended)
    if restored.reswitches:
        found.append("re-switches what is fed: a running unit leaves that to people (SAFETY S7, S22); try --dark-only")
    if not restored.plan.proven:
        what = "fewest operations and least losses" if restored.plan.proven_unserved else "least unserved load"
        found.append(f"{what} not proved within the budget (--effort)")
    beyond = _violation(restored, restored.before())
    if beyond:
        found.append(f"after isolation, before anything is restored: {beyond}")
    return tuple(found)


def text(restored: Restored) -> tuple[str, ...]:
    grid = restored.grid
    names = ", ".join(grid.branches[each].id for each in restored.out.branches)
    dark_w = sum(bus.load_w for bus, is_fed in zip(grid.buses, restored.fed, strict=True) if not is_fed)
    left_w = unserved_w(restored)
    lines = [f"fault on {names}: {dark_w / 1e3:.1f} kW without supply once isolated"]
    lines += restored.out.extended
    lines += [f"{number}. {each['text']}" for number, each in enumerate(plan_steps(restored), 1)]
    lines.append(f"{left_w / 1e3:.1f} kW stay without supply; {_proof(restored)}")
    out_w = _out_of_reach_w(restored)
    if out_w:
        lines.append(f"{out_w / 1e3:.1f} kW of it cannot be reached by any switch")
    lines += [f"not used: {name}: {reason}" for name, reason in _rejected(restored)]
    return tuple(lines)


def _proof(restored: Restored) -> str:
    plan = restored.plan
    if plan.proven:
        return "no plan leaves less, does it with fewer operations, or loses less"
    if plan.proven_unserved:
        return "no plan leaves less"
    return f"the best that was found; proved is that no plan leaves less than {plan.bound_w / 1e3:.1f} kW"


def _out_of_reach_w(restored: Restored) -> float:
    return 0.0 if restored.plan.unreachable_w <= 0 else _unreachable_w(restored)


def _unreachable_w(restored: Restored) -> float:
    """Load that hangs together with no source over anything that can be closed."""
    grid, reached = restored.grid, {source.bus for source in restored.grid.sources}
    usable = [
        (branch.from_bus, branch.to_bus)
        for branch, stays in zip(grid.branches, restored.out.usable, strict=True)
        if stays and (branch.closed or (branch.closed_by and branch.remote))
    ]
    grown = True
    while grown:
        more = {each for ends in usable if (ends[0] in reached) != (ends[1] in reached) for each in ends}
        grown = not more <= reached
        reached |= more
    return sum(bus.load_w for number, bus in enumerate(grid.buses) if number not in reached)


def plan_steps(restored: Restored) -> list[dict[str, Json]]:
    """Isolation, the tripped breakers, then restoration; `reswitches`: it operates something that was fed."""
    grid = restored.grid
    steps: list[dict[str, Json]] = [
        {"switch": name, "do": "open", "purpose": "isolate", "text": f"open {name} to isolate the fault"}
        for name in restored.out.to_open
    ]
    for name in restored.out.breakers:
        if name not in restored.out.to_open:
            words = f"close {name} again, if it has tripped: it feeds what lies before the fault"
            steps.append({"switch": name, "do": "close", "purpose": "restore upstream", "text": words})
    for each in restored.steps():
        branch = grid.branches[each.branch]
        name, do = (branch.closed_by, "close") if each.closes else (branch.opened_by, "open")
        steps.append({"switch": name, "do": do, "purpose": each.purpose, "text": f"{do} {name} {each.words}"})
    return steps


def _rejected(restored: Restored) -> list[tuple[str, str]]:
    """Open branches at what was or stays dark that are not closed, with the limit that forbids it."""
    grid, plan, found = restored.grid, restored.plan, list[tuple[str, str]]()
    for number, branch in enumerate(grid.branches):
        if plan.closed[number] or not restored.out.usable[number] or not branch.closed_by:
            continue
        ends = plan.served[branch.from_bus], plan.served[branch.to_bus]
        was = restored.fed[branch.from_bus], restored.fed[branch.to_bus]
        if not branch.remote and any(was) and not all(was):
            found.append((branch.closed_by, "has no remote control; a crew could close it"))
        elif branch.remote and any(ends) and not all(ends):
            found.append((branch.closed_by, _why_not(restored, plan.closed, number)))
        elif branch.remote and all(ends) and any(was) and not all(was):
            found.append((branch.closed_by, _instead(restored, number)))
    return found[:_MOST_REJECTED]


def _why_not(restored: Restored, closed: Booleans, branch: int) -> str:
    trial = closed.copy()
    trial[branch] = True
    if found := _violation(restored, trial):
        return found
    more_w = _load_w(restored, trial) - _load_w(restored, closed)
    return f"not found, though it feeds {more_w / 1e3:.1f} kW more; try --effort" if more_w else NOTHING


def _load_w(restored: Restored, closed: Booleans) -> float:
    fed = restored.state(closed).voltage_pu > 0
    return sum(bus.load_w for bus, is_fed in zip(restored.grid.buses, fed, strict=True) if is_fed)


def _instead(restored: Restored, branch: int) -> str:
    """Why not this tie alone."""
    reason = _why_not(restored, restored.before(), branch)
    nothing = reason is NOTHING or reason.startswith("not found")
    return "others need fewer operations or lose less" if nothing else f"alone: {reason}"


def _violation(restored: Restored, closed: Booleans) -> str:
    """The limit that is exceeded most when these branches are closed, in words."""
    try:
        state = restored.state(closed)
    except DivergedError:
        return "the load cannot be carried at all"
    grid, limit = restored.grid, restored.question.loading_limit
    over = state.loading_pu - limit
    worst = int(np.argmax(over)) if len(over) else -1
    fed = state.voltage_pu > 0
    low = np.where(fed, np.array([bus.voltage_min_pu for bus in grid.buses]) - state.voltage_pu, -1.0)
    high = np.where(fed, state.voltage_pu - np.array([bus.voltage_max_pu for bus in grid.buses]), -1.0)
    for source in grid.sources:
        low[source.bus] = high[source.bus] = -1.0
    if worst >= 0 and over[worst] > _ROUNDING_PU:
        loading = f"{state.loading_pu[worst]:.0%} of its rating (limit {limit[worst]:.0%})"
        return f"branch {grid.branches[worst].id} at {loading}"
    for beyond, name in ((low, "voltage_min_pu"), (high, "voltage_max_pu")):
        bus = int(np.argmax(beyond))
        if beyond[bus] > _ROUNDING_PU:
            of = grid.buses[bus]
            return f"bus {of.id} at {state.voltage_pu[bus]:.4f} p.u. (limit {getattr(of, name):.4f})"
    return ""


def _kilo(value: float) -> float:
    return round(value / 1e3, 6)
