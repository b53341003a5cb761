"""The request processor [CP4]: the only door to the variables. Every request, local or from a link, passes here.

It finds the provider, checks role, condition and policy, filters and aggregates what comes back, and tells every
decision, granted or not. Applications of the unit use it as a connection does, with an identity of their own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from models.driver import Clock
from models.errors import StorageError
from models.wire import messages as m
from models.wire.condition import And, Term
from models.wire.condition_grammar import ConditionError, parse
from models.wire.glob import is_pattern, matches
from models.wire.instance import Instance
from substation.exchange.access import Identity, Right
from substation.exchange.decision import AccessDecision
from substation.exchange.disclosure import Disclosure
from substation.exchange.filtered import Filtered
from substation.exchange.policy_guard import PolicyGuard
from substation.exchange.reading import Answer, Reading, TooEarlyError
from substation.exchange.variables import (
    Cancel,
    Missed,
    Ownership,
    RefusedError,
    Replays,
    Route,
    Selection,
    Subscriber,
    WriteResult,
)

log = logging.getLogger("ringmain.exchange")

QUERY_TIMEOUT_S = 10.0
MOST_REMEMBERED = 4096
"""Variables whose routes are remembered."""
ANY = And(())
Told = Callable[[str], None]
"""Hears, beside the answer or the subscription, what the owners' policies withhold from it."""


def _nobody(_text: str) -> None:
    """The requester does not want to know."""


class RequestProcessor:
    """routes: the first that matches serves. decided: told every decision, must return at once.

    One decision per request; a subscription is one request, whatever it delivers afterwards, and a second one when the
    owner's policy first denies something of it.
    """

    def __init__(
        self,
        routes: Sequence[Route],
        clock: Clock,
        decided: Callable[[AccessDecision], None],
        query_timeout_s: float = QUERY_TIMEOUT_S,
        guard: PolicyGuard | None = None,
        disclosure: Disclosure | None = None,
    ) -> None:
        self._routes = tuple(routes)
        self._by_variable: dict[str, tuple[Route, ...]] = {}
        self._clock = clock
        self._decided = decided
        self._guard = PolicyGuard(clock) if guard is None else guard
        self._reading = Reading(self._guard, Disclosure() if disclosure is None else disclosure, query_timeout_s)

    async def query(self, requester: Identity, request: m.Query, told: Told = _nobody) -> list[Instance]:
        """DI3. RefusedError with the reason, TIMED_OUT included."""
        try:
            routes = self._readable(requester, request.variable, request.location)
            term = _condition(request.condition)
            selection = Selection(request.variable, request.location, term, request.function, request.count)
            answer = await self._reading.read(requester, routes, selection, request.across)
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal
        self._report(requester, request)
        if answer.note:
            told(answer.note)
        return answer.instances

    def cursor(self, request: m.Event) -> Callable[[], int] | None:
        """Tells the cursor behind what has been told; None where what was missed cannot be told afterwards."""
        try:
            provider = self._only(self._routes_of(request.variable, request.location))
        except RefusedError:
            return None
        return None if provider is None else provider.position

    async def missed(self, requester: Identity, request: m.Event, until: int) -> Missed:
        """What `requester`, who has subscribed, may know of the time after `request.after` and not after `until`."""
        provider = self._only(self._readable(requester, request.variable, request.location))
        if request.after is None or provider is None:
            return Missed((), until)
        term = _condition(request.condition)
        selection = Selection(request.variable, request.location, term)
        missed = await provider.since(selection, request.after, until)
        allowed = self._guard.judge(requester, missed.instances).allowed
        return Missed(tuple(each for each in allowed if term.holds(each)), missed.until, missed.count)

    def event(self, requester: Identity, request: m.Event, subscriber: Subscriber, told: Told = _nobody) -> Cancel:
        """DI4. RefusedError with the reason."""
        try:
            routes = self._readable(requester, request.variable, request.location)
            term = _condition(request.condition)
            withheld = partial(self._withheld, requester, request, told)
            filtered = Filtered(subscriber, term, requester, self._guard, withheld)
            selection = Selection(request.variable, request.location, term)
            cancels = [route.provider.subscribe(selection, filtered, request.initial) for route in routes]
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal
        self._report(requester, request)
        return cancels[0] if len(cancels) == 1 else partial(_end, cancels)

    async def periodic(
        self, requester: Identity, request: m.Periodic, subscriber: Subscriber, told: Told = _nobody
    ) -> None:
        """DI5: deliver the present instances every period until cancelled. RefusedError when it cannot go on."""
        timer = asyncio.get_running_loop().time
        due_s = timer()
        granted, notes = False, set[bool]()
        try:
            while True:
                answer = await self._present(requester, request)
                if not granted:
                    granted = True
                    self._report(requester, request)
                if answer.note and answer.denied not in notes:
                    notes.add(answer.denied)
                    self._withheld(requester, request, told, answer.note, answer.denied)
                if answer.instances:
                    subscriber.latest(answer.instances)
                due_s = max(due_s + request.period_ms / 1000, timer())  # a late period is not made up for
                await asyncio.sleep(due_s - timer())
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal

    async def _present(self, requester: Identity, request: m.Periodic) -> Answer:
        """What is withheld only because it is too early does not end a subscription."""
        routes = self._readable(requester, request.variable, request.location)
        try:
            return await self._reading.read(requester, routes, Selection(request.variable, request.location, ANY))
        except TooEarlyError as early:
            return Answer([], str(early))

    async def write(self, requester: Identity, request: m.Write) -> WriteResult:
        """DI2. Refusals of role are RefusedError, those of the process a result; both are reported."""
        try:
            result = await self._written(requester, request)
        except StorageError as error:  # what is not on disk does not count, and whoever asked is told why
            result = WriteResult(m.Code.FAILED, str(error))
        except RefusedError as refusal:
            raise self._reported(requester, request, refusal) from refusal
        self._report(requester, request, result.code, result.text, result.told)
        return result

    async def _written(self, requester: Identity, request: m.Write) -> WriteResult:
        route = self._writable(requester, request)
        target = (request.variable, request.location, request.value, requester)
        if route.owned is None:
            return await route.provider.write(*target)
        owned = route.owned.ownership(request.variable, request.location)
        if not self._guard.may_write(requester, owned, request.location):
            raise RefusedError(m.Code.NOT_ALLOWED, _not_yours(requester, request, owned))
        owns = self._guard.owns(requester, owned.owner)  # of others the policy does not matter (D3.2 3.2.1)
        return await route.owned.write_owned(*target, request.policy if owns else None)

    def tell(self, decision: AccessDecision) -> None:
        """A decision that others have made about a connection: a login, a flood."""
        self._decided(decision)

    def refuse(self, code: m.Code, who: str, what: str, why: str) -> None:
        """Report a refusal outside of a request (unknown key, broken protocol, overload)."""
        self._decided(AccessDecision(self._clock(), code, who, what, why))

    def _routes_of(self, variable: str, location: str) -> list[Route]:
        """Those that serve: one, or of a pattern the owned variables and the first of the others."""
        found: list[Route] = []
        for route in self._routes_by_variable(variable):
            if not matches(route.location, location):
                continue
            if route.owned is None:
                return [*found, route]
            if route.owned.serves(variable, location):
                found.append(route)
                if not is_pattern(variable) and not is_pattern(location):
                    return found
        if not found:
            raise RefusedError(m.Code.UNKNOWN_VARIABLE, f"there is no variable {variable} at {location}")
        return found

    def _routes_by_variable(self, variable: str) -> tuple[Route, ...]:
        """In their order; remembered, since the same variables are asked for again and again."""
        routes = self._by_variable.get(variable)
        if routes is None:
            if len(self._by_variable) >= MOST_REMEMBERED:
                self._by_variable.clear()
            routes = tuple(route for route in self._routes if matches(route.variable, variable))
            self._by_variable[variable] = routes
        return routes

    def _readable(self, requester: Identity, variable: str, location: str) -> list[Route]:
        routes = self._routes_of(variable, location)
        for route in routes:
            _require(requester, route.read, location)
        return routes

    def _only(self, routes: Sequence[Route]) -> Replays | None:
        provider = routes[0].provider
        return provider if len(routes) == 1 and isinstance(provider, Replays) else None

    def _writable(self, requester: Identity, request: m.Write) -> Route:
        if is_pattern(request.variable) or is_pattern(request.location):
            raise RefusedError(m.Code.BAD_REQUEST, "a write names one variable at one location, without '*'")
        route, *_ = self._routes_of(request.variable, request.location)
        if route.write is None:
            hint = "; a command goes to its service (.SBOw, .Oper or .Cancel)" if "." in request.variable else ""
            raise RefusedError(m.Code.NOT_ALLOWED, f"{request.variable} cannot be written{hint}")
        for place in (request.location,) if route.places is None else route.places(request.location):
            _require(requester, route.write, place)
        _require(requester, route.write, "")
        if request.policy is not None and route.owned is None:
            raise RefusedError(m.Code.NOT_ALLOWED, f"{request.variable} belongs to the unit: its policy stays")
        return route

    def _withheld(self, requester: Identity, request: m.Request, told: Told, text: str, denied: bool) -> None:
        """Once per subscription: its stakeholder is told, and a denial is a decision."""
        if denied:
            self._report(requester, request, m.Code.NOT_ALLOWED, text)
        told(text)

    def _reported(self, requester: Identity, request: m.Request, refusal: RefusedError) -> RefusedError:
        self._report(requester, request, refusal.code, str(refusal))
        return refusal

    def _report(
        self, requester: Identity, request: m.Request, code: m.Code = m.Code.OK, text: str = "", told: bool = False
    ) -> None:
        target = "" if isinstance(request, m.Unsubscribe) else f" {request.location}/{request.variable}"
        what = f"{type(request).__name__.lower()}{target}"
        why = "" if code is m.Code.OK else text
        who = str(requester)
        service, device = requester.service, requester.device
        self._decided(AccessDecision(self._clock(), code, who, what, why, service, device, told))


def _end(cancels: Sequence[Cancel]) -> None:
    for cancel in cancels:
        cancel()


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


def _not_yours(requester: Identity, request: m.Write, owned: Ownership) -> str:
    """What would be needed to write it."""
    target = f"{request.variable} at {request.location}"
    if owned.owner:
        return f"{target} belongs to {owned.owner}, whose policy does not let {requester.name} write"
    if requester.may(owned.right):
        return f"{target} lies outside of {requester.name}'s area of responsibility"
    role = requester.role.value
    return f"{target} belongs to the operator: it takes the right to {owned.right.value}, which role {role} has not"
