"""What a person may say of switching orders through the data interface."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping

from models.command import Originator
from models.driver import Clock
from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.switching import OrderKind
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.authority.agreeing import Agree, alone
from substation.authority.four_eyes import Weighty
from substation.exchange.access import Identity, Right
from substation.exchange.variables import RefusedError, WriteResult
from substation.manual_orders import Composer
from substation.orders import OrderDesk
from substation.variables.removal import MOST_TEXT
from substation.variables.write_only import WriteOnly, originator_of, told

DECISIONS = ("Order.Approve", "Order.Reject")
"""Those that take the right to approve; every operator may abort an order or take it over (SAFETY S18)."""
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
Say = Callable[[str, WireValue, Originator], Awaitable[str]]


class OrderWrites(WriteOnly):
    """At `<unit>/orders/<id>`: `Order.Propose` (value: see substation.manual_orders), `.Approve` (value: revision),
    `.Reject`, `.Abort` (value: why, or nothing), `.TakeOver`, `.Pause`, `.Resume`, `.CrewDone` (value:
    `{"step", "name", "at_ns"}`), `.Repaired`.
    """

    def __init__(
        self,
        unit: str,
        desk: OrderDesk,
        agree: Agree = alone,
        may_approve: Callable[[Originator], str] = lambda who: "",
        composer: Composer | None = None,
        clock: Clock = time.time_ns,
    ) -> None:
        """may_approve: why a person without control of the unit has nothing carried out; '' when they may (S18)."""
        self._prefix, self._desk, self._agree, self._may_approve = f"{unit}/orders/", desk, agree, may_approve
        self._composer, self._clock = composer, clock
        self._verbs: Mapping[str, Say] = {
            "Order.Pause": lambda order, _, who: desk.pause(order, who),
            "Order.Resume": lambda order, _, who: desk.resume(order, who),
            "Order.Reject": lambda order, why, who: desk.reject(order, who, _reason(why)),
            "Order.Propose": self._propose,
            "Order.CrewDone": self._crew_done,
            "Order.Abort": lambda order, why, who: desk.abort(order, who, _reason(why)),
            "Order.TakeOver": lambda order, _, who: desk.take_over(order, who),
            "Order.Repaired": lambda order, _, who: desk.repaired(order, who),
        }

    def places(self, location: str) -> tuple[str, ...]:
        """The switches of the order, or its feeders before it has any step."""
        order = self._desk.get(location.removeprefix(self._prefix))
        if order is None:
            return ()
        return tuple(dict.fromkeys(step.point.location for step in order.steps)) or order.feeders

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if variable == "Order.Approve" and location.startswith(self._prefix):
            return told(await self._approve(location.removeprefix(self._prefix), value, requester))
        verb = self._verbs.get(variable)
        if verb is None or not location.startswith(self._prefix):
            raise RefusedError(
                Code.UNKNOWN_VARIABLE, f"{variable} at {location}; one of Order.Approve, {', '.join(self._verbs)}"
            )
        return told(await verb(location.removeprefix(self._prefix), value, originator_of(requester)))

    async def _approve(self, order: str, revision: WireValue, requester: Identity) -> str:
        if type(revision) is not int:
            raise RefusedError(Code.BAD_REQUEST, "Order.Approve takes the revision that was seen, a whole number")
        who = originator_of(requester)
        if refusal := self._may_approve(who) or self._desk.not_approvable(order, revision, who):
            return f"S18: {refusal}" if self._may_approve(who) else refusal
        text = f"order {order} revision {revision} approved"
        agreement = await self._agree(Weighty.ORDER, requester, text, f"{self._prefix}{order}", Right.APPROVE)
        return agreement.refusal or await self._desk.approve(order, revision, who, agreement.second)

    async def _propose(self, order: str, value: WireValue, who: Originator) -> str:
        """A new order of the operator's, or its next revision while it is proposed."""
        known = self._desk.get(order)
        if self._composer is None or not _IDENTIFIER.fullmatch(order):
            raise RefusedError(Code.BAD_REQUEST, f"{order!r} is no name for an order: letters, digits, '-', '_', '.'")
        if known is not None and known.kind is not OrderKind.MANUAL:
            return f"order {order} was not composed by a person; reject it and compose another one"
        revision = 1 if known is None else known.revision + 1
        try:
            composed = self._composer.order(order, revision, value, who.identity, self._clock())
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        return await self._desk.propose(composed)

    async def _crew_done(self, order: str, value: WireValue, who: Originator) -> str:
        try:
            fields = PlainFields(value, "Order.CrewDone")
            number, name, at_ns = fields.whole("step"), fields.text("name").strip(), fields.whole("at_ns")
            fields.done()
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        if not name:
            raise RefusedError(Code.BAD_REQUEST, "Order.CrewDone: say in 'name' who has done it")
        return await self._desk.crew_says(order, number, who, name[:MOST_TEXT], at_ns)


def _reason(value: WireValue) -> str:
    return value if isinstance(value, str) else ""
