"""Plans that the gate would carry out: setting groups are changed where that helps, other plans looked for where not.

What S10, S15 or S16 say of a closing may be otherwise when the feeder's protection works with another setting group,
when the closing feeds less, or without it. The plan that restores most is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from models.switching import GroupChange, Order
from substation.image import ProcessImage
from substation.mv.restoration import Restoration, RestorationRequest

Groups = Mapping[str, tuple[str, GroupChange]]
"""By closing: the feeder whose setting group is changed before it."""

MOST_SPLITS = 8
"""So many places are tried in one plan at which a tie feeds less: each takes a search and a rehearsal."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A step of a planned order that the gate would refuse: which switch or bay, by which rules, why.

    group: the feeder whose protection would fit after another setting group, and which.
    """

    element: str
    rules: frozenset[str]
    reason: str
    group: tuple[str, GroupChange] | None = None


Judge = Callable[[ProcessImage, Order], Refused | None]
"""The gate's own rules on a planned order, every earlier step taken as done. Pure."""


def no_judge(image: ProcessImage, order: Order) -> Refused | None:
    """Nothing is refused: for planning without a gate."""
    return None


PLANNED_AROUND = frozenset({"S10", "S15", "S16", "S17"})
"""Rules on the state after a close, and on what a close reaches: another plan may keep them. What else forbids a step,
no plan changes."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """closing: the one that another plan might do without, '' when there is nothing to plan around."""

    restoration: Restoration
    order: Order
    closing: str = ""
    reason: str = ""


@dataclass(slots=True)
class Rehearsed:
    """One per plan. splits: switches at which the part behind a closing may be split, those first that leave most."""

    find: Callable[[RestorationRequest], Restoration]
    build: Callable[[Restoration, Groups], Order]
    judge: Callable[[Order], Refused | None]
    splits: Callable[[RestorationRequest, Restoration, str], list[str]]
    tries_left: int = MOST_SPLITS

    def best(self, request: RestorationRequest) -> Order:
        """The order that restores most and would pass; with what no plan changes, as it is."""
        tried = self._attempt(request)
        if not tried.closing:
            return tried.order
        without = self.best(replace(request, refused={**request.refused, tried.closing: tried.reason}))
        if without.restored_w >= tried.order.restored_w:
            return without
        less = self._feeding_less(request, tried)
        return without if less is None or less.restored_w <= without.restored_w else less

    def _attempt(self, request: RestorationRequest) -> _Attempt:
        """The best plan of the search, with the setting groups that it needs."""
        restoration, groups = self.find(request), dict[str, tuple[str, GroupChange]]()
        while True:
            order = self.build(restoration, groups)
            refused = self.judge(order)
            if refused is None:
                return _Attempt(restoration, order)
            if refused.group is None or refused.element in groups:
                return _Attempt(restoration, order, _blamed(refused, restoration, groups), refused.reason)
            groups[refused.element] = refused.group

    def _feeding_less(self, request: RestorationRequest, refused: _Attempt) -> Order | None:
        """The first plan that would pass when the part behind the same closing is split."""
        if request.split:
            return None
        for switch in _spread(self.splits(request, refused.restoration, refused.closing), self.tries_left):
            self.tries_left -= 1
            tried = self._attempt(replace(request, split={switch: refused.reason}))
            if not tried.closing and tried.restoration.plan is not None:
                return tried.order
        return None


def _blamed(refused: Refused, restoration: Restoration, groups: Groups) -> str:
    """The closing that a refusal is about, '' where planning changes nothing; a group that stays is its closing's."""
    closings = () if restoration.plan is None else restoration.plan.closings
    for closing, (feeder, _) in groups.items():
        if feeder == refused.element:
            return closing
    return refused.element if refused.element in closings and refused.rules & PLANNED_AROUND else ""


def _spread(switches: list[str], most: int) -> list[str]:
    """At most so many of them, evenly, in their order."""
    step = -(-len(switches) // most) if most > 0 else 0
    return switches[::step] if step else []
