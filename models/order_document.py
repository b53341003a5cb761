"""A switching order as plain data and JSON. The XML of `models.order_xml` carries the same fields under CIM names."""

from __future__ import annotations

import json
from collections.abc import Sequence

from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.point import Dbpos, PointName
from models.switching import (
    AssumedLoad,
    CrewAct,
    CrewTask,
    GroupChange,
    Order,
    OrderKind,
    OrderState,
    Purpose,
    Step,
    StepState,
    SwitchAction,
)

DOCUMENT = "ringmain switching order"
SCHEMA = 1
SWITCH_GROUP = "switchSettingGroup"
"""Action of a step that no SwitchActionKind names; its groups are two fields that no other step has."""


_CREW = {
    CrewAct.PLACE_EARTH: "placeGround",
    CrewAct.REMOVE_EARTH: "removeGround",
    CrewAct.ISSUE_PERMIT: "issueWorkPermit",
    CrewAct.RETURN_PERMIT: "returnWorkPermit",
    CrewAct.SWITCH_OPEN: "openOnTheSpot",
    CrewAct.SWITCH_CLOSED: "closeOnTheSpot",
    CrewAct.LIFT_ISOLATION: "removeIsolationTag",
    CrewAct.OTHER: "crewWork",
}
_CREW_ACTS = {name: act for act, name in _CREW.items()}
"""Actions of crews; grounds as GroundAction of IEC 61968 calls them."""


def crew_act(action: str) -> CrewAct | None:
    """What a crew does by the action of that name; None for what the gate does."""
    return _CREW_ACTS.get(action)


def to_plain(order: Order) -> dict[str, object]:
    """Every field of the order; times are integer ns UTC, powers watts and vars. `narrows` only where it has one."""
    return {
        "document": DOCUMENT,
        "schema": SCHEMA,
        "id": order.id,
        "revision": order.revision,
        "kind": order.kind.value,
        "title": order.title,
        "created_ns": order.created_ns,
        "state": order.state.value,
        "approved_by": order.approved_by,
        "reason": order.reason,
        "feeders": list(order.feeders),
        "zone": list(order.zone),
        "tripped": list(order.tripped),
        "open_before": list(order.open_before),
        "loads": [_load_to_plain(load) for load in order.loads],
        "interrupted_w": order.interrupted_w,
        "interrupted_customers": order.interrupted_customers,
        "restored_w": order.restored_w,
        "unrestored_w": order.unrestored_w,
        "unrestored_reason": order.unrestored_reason,
        "explanation": list(order.explanation),
        "remarks": list(order.remarks),
        "steps": steps_to_plain(order.steps),
        **({"narrows": order.narrows} if order.narrows else {}),
    }


def from_plain(content: object, where: str = "order") -> Order:
    """The inverse of `to_plain`. RemoteProtocolError with the field at fault; unknown fields are refused."""
    fields = PlainFields(content, where)
    if fields.text("document") != DOCUMENT or fields.whole("schema") != SCHEMA:
        raise RemoteProtocolError(f"{where}: not a switching order of schema {SCHEMA}; export it with this version")
    order = Order(
        id=fields.text("id"),
        revision=fields.whole("revision"),
        kind=fields.one_of("kind", OrderKind),
        title=fields.text("title"),
        created_ns=fields.whole("created_ns"),
        state=fields.one_of("state", OrderState),
        steps=tuple(_step_from_plain(step) for step in fields.objects("steps")),
        feeders=fields.texts("feeders"),
        zone=fields.texts("zone"),
        tripped=fields.texts("tripped"),
        open_before=fields.texts("open_before"),
        loads=tuple(_load_from_plain(load) for load in fields.objects("loads")),
        interrupted_w=fields.number("interrupted_w"),
        interrupted_customers=fields.whole("interrupted_customers"),
        restored_w=fields.number("restored_w"),
        unrestored_w=fields.number("unrestored_w"),
        unrestored_reason=fields.text("unrestored_reason"),
        explanation=fields.texts("explanation"),
        remarks=fields.texts("remarks"),
        approved_by=fields.text("approved_by"),
        reason=fields.text("reason"),
        narrows=str(fields.take_or_none("narrows") or ""),
    )
    fields.done()
    return order


def steps_to_plain(steps: Sequence[Step]) -> list[dict[str, object]]:
    """As under "steps" of `to_plain`."""
    return [_step_to_plain(step) for step in steps]


def steps_from_plain(content: object, where: str = "steps") -> tuple[Step, ...]:
    """The inverse of `steps_to_plain`. RemoteProtocolError with the field at fault."""
    return tuple(_step_from_plain(step) for step in PlainFields({"steps": content}, where).objects("steps"))


def to_json(order: Order) -> str:
    return json.dumps(to_plain(order), indent=1, ensure_ascii=False)


def from_json(text: str) -> Order:
    """RemoteProtocolError when the text is no JSON or no order."""
    try:
        content = json.loads(text)
    except ValueError as error:
        raise RemoteProtocolError(f"order: not JSON: {error}; send the document as it was exported") from error
    return from_plain(content)


def _load_to_plain(load: AssumedLoad) -> dict[str, object]:
    return {
        "element": load.element,
        "active_power_w": load.active_power_w,
        "reactive_power_var": load.reactive_power_var,
    }


def _load_from_plain(fields: PlainFields) -> AssumedLoad:
    load = AssumedLoad(fields.text("element"), fields.number("active_power_w"), fields.number("reactive_power_var"))
    fields.done()
    return load


def _step_to_plain(step: Step) -> dict[str, object]:
    return {
        "number": step.number,
        "element": step.element,
        "point": str(step.point),
        **_action_to_plain(step.value),
        "purpose": step.purpose.value,
        "text": step.text,
        "state": step.state.value,
        "started_ns": step.started_ns,
        "confirmed_ns": step.confirmed_ns,
        "reason": step.reason,
    }


def _step_from_plain(fields: PlainFields) -> Step:
    step = Step(
        number=fields.whole("number"),
        element=fields.text("element"),
        point=_point(fields.text("point")),
        value=_action_from_plain(fields),
        purpose=fields.one_of("purpose", Purpose),
        text=fields.text("text"),
        state=fields.one_of("state", StepState),
        started_ns=fields.whole_or_none("started_ns"),
        confirmed_ns=fields.whole_or_none("confirmed_ns"),
        reason=fields.text("reason"),
    )
    fields.done()
    return step


def _action_to_plain(value: Dbpos | bool | GroupChange | CrewTask) -> dict[str, object]:
    if isinstance(value, CrewTask):
        return {"action": _CREW[value.act]}
    if isinstance(value, GroupChange):
        return {"action": SWITCH_GROUP, "group": value.group, "former_group": value.former}
    return {"action": SwitchAction.of(value).value}


def _action_from_plain(fields: PlainFields) -> Dbpos | bool | GroupChange | CrewTask:
    if (act := _CREW_ACTS.get(fields.text("action"))) is not None:
        return CrewTask(act)
    if fields.text("action") == SWITCH_GROUP:
        return GroupChange(fields.whole("group"), fields.whole("former_group"))
    return fields.one_of("action", SwitchAction).value_commanded


def _point(text: str) -> PointName:
    try:
        return PointName.parse(text)
    except ValueError as error:
        raise RemoteProtocolError(f"order: {error}") from error
