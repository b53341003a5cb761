"""What a read gives: providers asked in time, policies, condition, aggregation, in this order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.wire import messages as m
from models.wire.condition import And, Comparison, Field, Literal, TimeRange
from models.wire.instance import Instance
from substation.exchange.access import Identity
from substation.exchange.aggregation import aggregate, aggregate_across
from substation.exchange.disclosure import Disclosure, is_plain
from substation.exchange.policy_guard import Judged, PolicyGuard, names_of, too_early
from substation.exchange.prompt import within
from substation.exchange.trending import bounds, trended
from substation.exchange.variables import RefusedError, Route, Selection

_OF_ONE_LOCATION = (m.Function.FIRST, m.Function.LAST, m.Function.TREND)


@dataclass(frozen=True, slots=True)
class Answer:
    """note: what was withheld, in words; empty when nothing was. denied: by a policy, not only by its delay."""

    instances: list[Instance]
    note: str = ""
    denied: bool = False


class TooEarlyError(RefusedError):
    """Granted, but the owner's minimum delay is not over for any of it."""


class Reading:
    """timeout_s: how long all providers of one read may take together."""

    def __init__(self, guard: PolicyGuard, disclosure: Disclosure, timeout_s: float) -> None:
        self._guard, self._disclosure, self._timeout_s = guard, disclosure, timeout_s

    async def read(
        self, requester: Identity, routes: Sequence[Route], selection: Selection, across: bool = False
    ) -> Answer:
        """RefusedError with the reason: TIMED_OUT, or NOT_ALLOWED when nothing at all may be given."""
        if selection.function is m.Function.TREND:
            bounds(selection)  # before anything is read
        found = await self._gathered(routes, selection)
        if across:
            return Answer(self._across(requester, selection, found))
        found = await self._in_whole_windows(requester, routes, selection, found)
        judged = self._guard.judge(requester, found)
        if found and not judged.allowed:
            raise _refusal(judged)
        fitting = [instance for instance in judged.allowed if selection.condition.holds(instance)]
        if selection.function is m.Function.TREND:
            return Answer(trended(fitting, selection), judged.note, bool(judged.denied))
        return Answer(aggregate(fitting, selection.function, selection.count), judged.note, bool(judged.denied))

    async def _gathered(self, routes: Sequence[Route], selection: Selection) -> list[Instance]:
        try:
            parts = await within(self._timeout_s, _all_of(routes, selection))
        except TimeoutError as error:
            raise RefusedError(m.Code.TIMED_OUT, f"no answer within {self._timeout_s:g} s") from error
        if len(parts) == 1:
            return parts[0]
        return sorted((each for part in parts for each in part), key=lambda instance: instance.time_ns)

    async def _in_whole_windows(
        self, requester: Identity, routes: Sequence[Route], selection: Selection, found: list[Instance]
    ) -> list[Instance]:
        """Read from an earlier time on where a minimum delay's window begins before the range that is asked for."""
        times = selection.time_range()
        start_ns = times.from_ns
        while start_ns is not None and any(instance.policy is not None for instance in found):
            earlier_ns = self._guard.window_start(requester, found, start_ns)
            if earlier_ns == start_ns:
                break
            start_ns = earlier_ns
            condition = _between(TimeRange(start_ns, times.to_ns))
            found = await self._gathered(routes, Selection(selection.variable, selection.location, condition))
        return found

    def _across(self, requester: Identity, selection: Selection, found: Sequence[Instance]) -> list[Instance]:
        """One instance for all locations; the operator's where its customers are many enough [SE3]."""
        function = selection.function
        if function is None or function in _OF_ONE_LOCATION or selection.count is not None:
            raise RefusedError(m.Code.BAD_REQUEST, "across all locations goes with avg, min, max, sum or count")
        fitting = [instance for instance in found if selection.condition.holds(instance)]
        # What a condition on values leaves out counts as well: an empty answer would tell that it did not hold.
        considered = fitting if is_plain(selection.condition) else found
        operators = self._operators(requester, selection, considered)
        whole = aggregate_across(fitting, function, selection.location)
        others = [each for each in whole if each.variable not in operators]
        operators_own = [replace(each, policy=self._disclosure.policy) for each in whole if each.variable in operators]
        judged = self._guard.judge(requester, operators_own)
        if operators_own and not (judged.allowed or others):
            raise _refusal(judged)
        return [*others, *judged.allowed]

    def _operators(self, requester: Identity, selection: Selection, found: Sequence[Instance]) -> set[str]:
        """Variables whose aggregate is the operator's. Each by itself: a pattern must not join one's few customers to
        another's many. RefusedError when the customers are too few and not all of them allow it."""
        closed: dict[str, list[Instance]] = {}
        for instance in found:
            if not self._open(requester, instance):
                closed.setdefault(instance.variable, []).append(instance)
        operators = set()
        for variable, of_one in closed.items():
            asked = replace(selection, variable=variable)
            if why := self._disclosure.objection(requester.name, asked, of_one):
                self._require_each(requester, asked, of_one, why)
            else:
                operators.add(variable)
        return operators

    def _open(self, requester: Identity, instance: Instance) -> bool:
        grant = self._guard.grant(requester, instance)
        return grant is not None and grant.minimum_delay_ns == 0

    def _require_each(self, requester: Identity, selection: Selection, closed: Sequence[Instance], why: str) -> None:
        """The customers are too few: then each one's policy must allow it, now."""
        denied = any(self._guard.grant(requester, instance) is None for instance in closed)
        early = [] if denied else self._guard.judge(requester, closed).early
        if denied or early:
            text = too_early(early) if early else why
            raise RefusedError(m.Code.NOT_ALLOWED, f"{selection.variable} at {selection.location}: {text}")


async def _all_of(routes: Sequence[Route], selection: Selection) -> list[list[Instance]]:
    return [await route.provider.read(selection) for route in routes]


def _between(times: TimeRange) -> And:
    bounds = ((">=", times.from_ns), ("<=", times.to_ns))
    return And(tuple(Comparison(Field("time"), sign, Literal(ns)) for sign, ns in bounds if ns is not None))


def _refusal(judged: Judged) -> RefusedError:
    if judged.denied:
        return RefusedError(m.Code.NOT_ALLOWED, f"the owner's policy denies {names_of(judged.denied)}")
    return TooEarlyError(m.Code.NOT_ALLOWED, too_early(judged.early))
