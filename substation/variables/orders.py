"""What a person may say of switching orders through the data interface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from models.command import Originator
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.orders import OrderDesk
from substation.variables.write_only import WriteOnly, originator_of, told

DECISIONS = ("Order.Approve", "Order.Reject")
"""Those that take the right to approve; every operator may abort an order or take it over (SAFETY S18)."""
Say = Callable[[str, WireValue, Originator], Awaitable[str]]


class OrderWrites(WriteOnly):
    """`Order.Approve` (value: revision), `.Reject`, `.Abort` (value: why, or nothing), `.TakeOver`, `.Repaired` at
    `<unit>/orders/<id>`."""

    def __init__(self, unit: str, desk: OrderDesk) -> None:
        self._prefix, self._desk = f"{unit}/orders/", desk
        self._verbs: Mapping[str, Say] = {
            "Order.Approve": self._approve,
            "Order.Reject": lambda order, why, who: desk.reject(order, who, _reason(why)),
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
        verb = self._verbs.get(variable)
        if verb is None or not location.startswith(self._prefix):
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} at {location}; one of {', '.join(self._verbs)}")
        return told(await verb(location.removeprefix(self._prefix), value, originator_of(requester)))

    async def _approve(self, order: str, revision: WireValue, who: Originator) -> str:
        if type(revision) is not int:
            raise RefusedError(Code.BAD_REQUEST, "Order.Approve takes the revision that was seen, a whole number")
        return await self._desk.approve(order, revision, who)


def _reason(value: WireValue) -> str:
    return value if isinstance(value, str) else ""
