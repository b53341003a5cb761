"""What the gate's rules say of an order that an application is about to propose. Pure: of the frozen image alone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from models.switching import CrewTask, Order
from substation.control.crew_permission import crew_request
from substation.control.executor import originator_of
from substation.control.interlocking import Interlocking
from substation.control.rehearsal import rehearse
from substation.control.request import Request
from substation.control.step_request import request_of
from substation.image import ProcessImage
from substation.mv.rehearsed import Refused
from substation.mv.vos.judges import Judges

A_PERSON = "a person"
"""Whoever will approve it: what only people approve is judged as if they had."""


def judged(interlocking: Interlocking, image: ProcessImage, order: Order, measured: bool = True) -> Refused | None:
    """The first step that would be refused; leases and open commands are asked when the order is approved.

    measured: see rehearse.
    """
    zone = {order.id: order.zone}
    if order.kind.needs_person and not order.approved_by:
        order = replace(order, approved_by=A_PERSON)
    objection = rehearse(order, originator_of(order), interlocking, image, zone, {}, measured=measured)
    if objection is None:
        return None
    rules = frozenset(refusal.rule for refusal in objection.refusals)
    reason = "; ".join(str(refusal) for refusal in objection.refusals)
    step, who = objection.step, originator_of(order)
    request = crew_request(step, who, order) if isinstance(step.value, CrewTask) else request_of(step, who, order.id)
    group = None
    if "S15" in rules and isinstance(request, Request):
        group = interlocking.fitting_group(request, objection.image, objection.context)
    return Refused(objection.step.element, rules, reason, group)


def judges(interlocking: Interlocking) -> Judges:
    """The same rules for the next step and for those after it."""
    return Judges(partial(judged, interlocking), partial(judged, interlocking, measured=False))
