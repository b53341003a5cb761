"""Revisions of our orders that come from the unit above [U4]: judged as our own, proposed, and to be approved again."""

from __future__ import annotations

from dataclasses import replace

from models.point import Cdc, ControlModel, Dbpos
from models.switching import CrewTask, GroupChange, Order, OrderState, Step
from substation.control.rules.protection import ACTIVE_GROUP
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter
from substation.order_parcel import REFUSAL, EditedSteps, EditRefusal, pack_refusal, unpack_steps
from substation.orders import OrderDesk
from substation.register import PointRegister


class OrderRevisions:
    """`take` handles parcels of kind `order revision`; a refusal goes back to whoever sent it.

    Of a parcel that comes twice (a crash between desk and mark) the second finds its work done.
    """

    def __init__(self, parent: str, desk: OrderDesk, register: PointRegister) -> None:
        self._parent, self._desk, self._register = parent, desk, register

    async def take(self, neighbour: str, body: bytes) -> Effect:
        edited = unpack_steps(body)
        reason = await self._propose(neighbour, edited)
        if not reason:
            return Effect()
        refusal = EditRefusal(edited.order_id, edited.revision, reason)
        return Effect(letters=(Letter(neighbour, REFUSAL, pack_refusal(refusal)),))

    async def _propose(self, neighbour: str, edited: EditedSteps) -> str:
        """'' when it is proposed, else why not."""
        if neighbour != self._parent:
            return f"{neighbour} is not the unit above"
        order = self._desk.get(edited.order_id)
        if order is None:
            return f"there is no order {edited.order_id}"
        if (order.revision, order.steps) == (edited.revision, edited.steps):
            return ""
        if edited.revision != order.revision + 1:
            return f"order {order.id} has revision {order.revision} already; edit that one"
        for step in edited.steps:
            if reason := _not_possible(step, self._register):
                return f"step {step.number} ({step.text}): {reason}"
        revised = _revised(order, edited, neighbour)
        objection = self._desk.rehearse(replace(revised, state=OrderState.APPROVED, approved_by=edited.by))
        return str(objection) if objection is not None else await self._desk.propose(revised)


_TAKEN_BY: dict[type, Cdc] = {Dbpos: Cdc.DPC, bool: Cdc.SPC, GroupChange: Cdc.INC}


def _not_possible(step: Step, register: PointRegister) -> str:
    """The rules judge what a command does; that there is something to command is not theirs to ask."""
    if isinstance(step.value, CrewTask):
        return ""
    handle = register.handle(step.point)
    spec = None if handle is None else register.spec(handle)
    if spec is None or spec.control_model is ControlModel.STATUS_ONLY:
        return f"{step.point} cannot be commanded"
    if spec.cdc is not _TAKEN_BY[type(step.value)] or (spec.cdc is Cdc.INC and step.point.variable != ACTIVE_GROUP):
        return f"{step.point} does not take this action"
    return ""


def _revised(order: Order, edited: EditedSteps, neighbour: str) -> Order:
    said = f"revision {edited.revision}: steps edited by {edited.by} at {neighbour}"
    return replace(order, revision=edited.revision, steps=edited.steps, explanation=(*order.explanation, said))
