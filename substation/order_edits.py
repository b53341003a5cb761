"""Orders of units below that are edited here [U4]: a new revision travels down, where it is judged and approved."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from models.alarm import Category, Severity
from models.errors import RemoteProtocolError
from models.order_document import steps_from_plain
from models.plain import PlainFields
from models.switching import Order, OrderState, Step, StepState
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.event_list import EventList
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter
from substation.order_archive import OrderArchive
from substation.order_parcel import REVISION, EditedSteps, EditRefusal, pack_steps, unpack_refusal
from substation.variables.publication import Publication
from substation.variables.write_only import WriteOnly

EDIT = "Order.Edit"
Post = Callable[[Letter], Awaitable[None]]


class OrderEdits(WriteOnly):
    """`Order.Edit` at `<unit below>/orders/<id>`: `{"revision": the one that was seen, "steps": [...]}`.

    steps: as in `Orders`; they are numbered anew and begin as pending. What else an order says (zone, tripped breakers,
    loads) stays with the unit that made it.
    """

    def __init__(self, archive: OrderArchive, send: Post, events: EventList, publication: Publication) -> None:
        self._archive, self._send, self._events, self._publication = archive, send, events, publication

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        unit, _, order_id = location.partition("/orders/")
        order = self._archive.newest(unit, order_id)
        if variable != EDIT or order is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"there is no order of a unit below at {location}")
        try:
            fields = PlainFields(value, EDIT)
            seen, steps = fields.whole("revision"), _pending(steps_from_plain(fields.take("steps"), EDIT))
            fields.done()
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        if reason := _not_editable(order, seen, steps):
            return WriteResult(Code.REFUSED, reason)
        edited = EditedSteps(order.id, seen + 1, steps, requester.name)
        await self._send(Letter(unit, REVISION, pack_steps(edited)))
        text = f"order {order.id} edited by {requester.name}: revision {edited.revision} travels to {unit}"
        self._events.tell(Category.AUTOMATION, Severity.INFORMATION, unit, text)
        return WriteResult(Code.OK, f"{text}, where it is judged and approved")

    async def refused(self, unit: str, body: bytes) -> Effect:
        """Handler of parcels of kind `order refused`."""
        refusal = unpack_refusal(body)
        text = f"{unit} has not taken revision {refusal.revision} of order {refusal.order_id}: {refusal.reason}"
        self._events.tell(Category.AUTOMATION, Severity.MEDIUM, unit, text)
        return Effect(after=lambda: self._show(unit, refusal))

    def _show(self, unit: str, refusal: EditRefusal) -> None:
        plain: WireValue = {
            "unit": unit,
            "id": refusal.order_id,
            "revision": refusal.revision,
            "reason": refusal.reason,
        }
        self._publication.publish("OrderRefusals", plain, key=f"{unit}/{refusal.order_id}")


def _pending(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(
        replace(step, number=number, state=StepState.PENDING, started_ns=None, confirmed_ns=None, reason="")
        for number, step in enumerate(steps, 1)
    )


def _not_editable(order: Order, seen: int, steps: tuple[Step, ...]) -> str:
    if order.state is not OrderState.PROPOSED:
        return f"order {order.id} is {order.state.value}; only a proposed one can be edited"
    if seen != order.revision:
        return f"revision {seen} is not the newest ({order.revision}); look at the order as it is now"
    return "" if steps else "an order has at least one step; reject it instead"
