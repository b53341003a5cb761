"""The request processor [CP4]: the only door to the variables. Every request, local or from a link, passes here.

It finds the provider, checks role, condition and policy, filters and aggregates what comes back, and tells every
decision, granted or not. Applications of the unit use it as a connection does, with an identity of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from models.driver import Clock
from models.wire import messages as m
from models.wire.condition import And, Term
from models.wire.condition_grammar import ConditionError, parse
from models.wire.glob import is_pattern, matches
from models.wire.instance import Instance
from substation.exchange.access import Identity, Right
from substation.exchange.aggregation import aggregate
from substation.exchange.decision import AccessDecision
from substation.exchange.policy_guard import PolicyGuard
from substation.exchange.variables import Cancel, RefusedError, Route, Selection, Subscriber, WriteResult

log = logging.getLogger("ringmain.exchange")

QUERY_TIMEOUT_S = 10.0
ANY = And(())


class RequestProcessor:
    """routes: the first that matches serves. decided: told every decision, must return at once.

    One decision per request; a subscription is one request, whatever it delivers afterwards.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        clock: Clock,
        decided: Callable[[AccessDecision], None],
        query_timeout_s: float = QUERY_TIMEOUT_S,
    ) -> None:
        self._routes = tuple(routes)
        self._clock = clock
        self._decided = decided
        self._query_timeout_s = query_timeout_s
        self._guard = PolicyGuard(clock)

    async def query(self, requester: Identity, request: m.Query) -> list[Instance]:
        """DI3. RefusedError with the reason, TIMED_OUT included."""
        try:
            route = self._readable(requester, request.variable, request.location)
            term = _condition(request.condition)
            selection = Selection(request.variable, request.location, term, request.function, request.count)
            found = await self._read(requester, route, selection)
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal
        self._report(requester, request)
        return found

    def event(self, requester: Identity, request: m.Event, subscriber: Subscriber) -> Cancel:
        """DI4. RefusedError with the reason."""
        try:
            route = self._readable(requester, request.variable, request.location)
            term = _condition(request.condition)
            filtered = _Filtered(subscriber, term, requester, self._guard)
            selection = Selection(request.variable, request.location, term)
            cancel = route.provider.subscribe(selection, filtered, request.initial)
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal
        self._report(requester, request)
        return cancel

    async def periodic(self, requester: Identity, request: m.Periodic, subscriber: Subscriber) -> None:
        """DI5: deliver the present instances every period until cancelled. RefusedError when it cannot go on."""
        timer = asyncio.get_running_loop().time
        due_s = timer()
        selection = Selection(request.variable, request.location, ANY)
        granted = False
        try:
            while True:
                route = self._readable(requester, request.variable, request.location)
                subscriber.latest(await self._read(requester, route, selection))
                if not granted:
                    granted = True
                    self._report(requester, request)
                due_s = max(due_s + request.period_ms / 1000, timer())  # a late period is not made up for
                await asyncio.sleep(due_s - timer())
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal

    async def write(self, requester: Identity, request: m.Write) -> WriteResult:
        """DI2. Refusals of role are RefusedError, those of the process a result; both are reported."""
        try:
            route = self._writable(requester, request)
            result = await route.provider.write(request.variable, request.location, request.value, requester)
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal
        self._report(requester, request, result.code, result.text)
        return result

    def refuse(self, code: m.Code, who: str, what: str, why: str) -> None:
        """Report a refusal outside of a request (unknown key, broken protocol, overload)."""
        self._decided(AccessDecision(self._clock(), code, who, what, why))

    async def _read(self, requester: Identity, route: Route, selection: Selection) -> list[Instance]:
        try:
            async with asyncio.timeout(self._query_timeout_s):
                found = await route.provider.read(selection)
        except TimeoutError as error:
            text = f"no answer within {self._query_timeout_s:g} s"
            raise RefusedError(m.Code.TIMED_OUT, text) from error
        fitting = [instance for instance in found if selection.condition.holds(instance)]
        allowed = self._guard.allowed(requester, fitting)
        if fitting and not allowed:
            raise RefusedError(m.Code.NOT_ALLOWED, "the owner's policy does not allow it")
        return aggregate(allowed, selection.function, selection.count)

    def _route(self, variable: str, location: str) -> Route:
        for route in self._routes:
            if matches(route.variable, variable) and matches(route.location, location):
                return route
        raise RefusedError(m.Code.UNKNOWN_VARIABLE, f"there is no variable {variable} at {location}")

    def _readable(self, requester: Identity, variable: str, location: str) -> Route:
        route = self._route(variable, location)
        _require(requester, route.read, location)
        return route

    def _writable(self, requester: Identity, request: m.Write) -> Route:
        if is_pattern(request.variable) or is_pattern(request.location):
            raise RefusedError(m.Code.BAD_REQUEST, "a write names one variable at one location, without '*'")
        route = self._route(request.variable, request.location)
        if route.write is None:
            raise RefusedError(m.Code.NOT_ALLOWED, f"{request.variable} cannot be written")
        _require(requester, route.write, request.location)
        if request.policy is not None:
            raise RefusedError(m.Code.NOT_ALLOWED, f"{request.variable} belongs to the unit: its policy stays")
        return route

    def _reported(self, requester: Identity, request: m.Request, refusal: RefusedError) -> RefusedError:
        self._report(requester, request, refusal.code, str(refusal))
        return refusal

    def _report(self, requester: Identity, request: m.Request, code: m.Code = m.Code.OK, text: str = "") -> None:
        target = "" if isinstance(request, m.Unsubscribe) else f" {request.location}/{request.variable}"
        what = f"{type(request).__name__.lower()}{target}"
        why = "" if code is m.Code.OK else text
        who = str(requester)
        self._decided(AccessDecision(self._clock(), code, who, what, why, requester.service, requester.device))


class _Filtered:
    """A subscriber behind the condition and the owner's policy."""

    def __init__(self, inner: Subscriber, condition: Term, requester: Identity, guard: PolicyGuard) -> None:
        self._inner, self._condition, self._requester, self._guard = inner, condition, requester, guard

    def events(self, instances: Sequence[Instance]) -> None:
        if passed := self._passed(instances):
            self._inner.events(passed)

    def latest(self, instances: Sequence[Instance]) -> None:
        if passed := self._passed(instances):
            self._inner.latest(passed)

    def _passed(self, instances: Sequence[Instance]) -> list[Instance]:
        fitting = [instance for instance in instances if self._condition.holds(instance)]
        return self._guard.allowed(self._requester, fitting)


def _condition(text: str) -> Term:
    try:
        return parse(text)
    except ConditionError as error:
        raise RefusedError(m.Code.BAD_REQUEST, str(error)) from error


def _require(requester: Identity, right: Right, location: str) -> None:
    if requester.may(right, location):
        return
    text = f"role {requester.role.value} has no right to {right.value}"
    if right in requester.rights:
        text = f"{location} is outside the area of responsibility of {requester.name} ({', '.join(requester.areas)})"
    raise RefusedError(m.Code.NOT_ALLOWED, text)
