"""A switching order as CIM-style XML: SwitchingPlan, SwitchingStepGroup and SwitchAction as IEC 61968 names them.

The class and attribute names are those of the CIM (package Operations); the namespace is our own, since this is neither
a message of IEC 61968-3 nor validated by its schema. Consecutive steps of one purpose form a SwitchingStepGroup. Times
are xsd:dateTime UTC with nine decimals, powers watts and vars.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple, cast

from lxml import etree

from models.errors import RemoteProtocolError
from models.order_document import DOCUMENT, SCHEMA, SWITCH_GROUP, from_plain, to_plain
from models.switching import Order
from models.utc import from_text, to_text

NAMESPACE = "urn:ringmain:cim-style:switching-plan:1"
_UNFIT_FOR_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NSMAP = cast(dict[str, str], {None: NAMESPACE})  # None is lxml's default namespace; its stubs do not know

Plain = dict[str, object]


class Tag(NamedTuple):
    """One child element: its XML name, the key of the plain document, and how it is written."""

    xml: str
    key: str
    kind: str  # text, optional, whole, number, time, texts; a time may be absent, and an optional text


PLAN = (
    Tag("mRID", "id", "text"),
    Tag("revisionNumber", "revision", "whole"),
    Tag("purpose", "kind", "text"),
    Tag("name", "title", "text"),
    Tag("createdDateTime", "created_ns", "time"),
    Tag("status", "state", "text"),
    Tag("reason", "reason", "text"),
    Tag("approver", "approved_by", "text"),
    Tag("Feeder", "feeders", "texts"),
    Tag("FaultedElement", "zone", "texts"),
    Tag("TrippedBreaker", "tripped", "texts"),
    Tag("OpenBefore", "open_before", "texts"),
    Tag("interruptedPower_w", "interrupted_w", "number"),
    Tag("interruptedCustomers", "interrupted_customers", "whole"),
    Tag("restoredPower_w", "restored_w", "number"),
    Tag("unrestoredPower_w", "unrestored_w", "number"),
    Tag("unrestoredReason", "unrestored_reason", "text"),
    Tag("Explanation", "explanation", "texts"),
    Tag("Remark", "remarks", "texts"),
    Tag("narrowedPlan", "narrows", "optional"),
)
LOAD = (
    Tag("EnergyConsumer", "element", "text"),
    Tag("p_w", "active_power_w", "number"),
    Tag("q_var", "reactive_power_var", "number"),
)
ACTION = (
    Tag("sequenceNumber", "number", "whole"),
    Tag("kind", "action", "text"),
    Tag("OperatedSwitch", "element", "text"),
    Tag("controlledPoint", "point", "text"),
    Tag("description", "text", "text"),
    Tag("status", "state", "text"),
    Tag("startedDateTime", "started_ns", "time"),
    Tag("executedDateTime", "confirmed_ns", "time"),
    Tag("reason", "reason", "text"),
)
GROUPS = (Tag("settingGroup", "group", "whole"), Tag("formerSettingGroup", "former_group", "whole"))
"""What a ControlAction (which switches a setting group) says beyond a SwitchAction."""
_ACTIONS = {"SwitchAction": ACTION, "ControlAction": ACTION + GROUPS}


_PARSED: dict[str, Callable[[str], object]] = {
    "text": str,
    "optional": str,
    "whole": int,
    "number": float,
    "time": from_text,
}


def to_xml(order: Order) -> bytes:
    """The document in UTF-8, indented. Characters that XML cannot carry become a replacement character."""
    plain = to_plain(order)
    root = etree.Element(_name("SwitchingPlan"), nsmap=_NSMAP)
    _write(root, plain, PLAN)
    for load in _objects(plain, "loads"):
        _write(etree.SubElement(root, _name("AssumedLoad")), load, LOAD)
    groups = groupby(_objects(plain, "steps"), key=lambda step: step["purpose"])
    for number, (purpose, steps) in enumerate(groups, 1):
        group = etree.SubElement(root, _name("SwitchingStepGroup"))
        etree.SubElement(group, _name("sequenceNumber")).text = str(number)
        etree.SubElement(group, _name("purpose")).text = str(purpose)
        for step in steps:
            kind = "ControlAction" if step["action"] == SWITCH_GROUP else "SwitchAction"
            _write(etree.SubElement(group, _name(kind)), step, _ACTIONS[kind])
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def from_xml(document: bytes) -> Order:
    """The inverse of `to_xml`. RemoteProtocolError when it is not XML, of another namespace, or lacks a field."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise RemoteProtocolError(f"order: not XML: {error}; send the document as it was exported") from error
    if root.tag != _name("SwitchingPlan"):
        raise RemoteProtocolError(f"order: root is {root.tag!r:.80}; send a SwitchingPlan of {NAMESPACE}")
    plain: Plain = {"document": DOCUMENT, "schema": SCHEMA, **_read(root, PLAN)}
    plain["loads"] = [_read(load, LOAD) for load in root.findall(_name("AssumedLoad"))]
    plain["steps"] = [
        {**_read(action, _ACTIONS[kind]), "purpose": group.findtext(_name("purpose"))}
        for group in root.findall(_name("SwitchingStepGroup"))
        for action in group
        if (kind := etree.QName(action).localname) in _ACTIONS
    ]
    return from_plain(plain)


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _objects(plain: Plain, key: str) -> list[Plain]:
    return cast(list[Plain], plain[key])


def _write(parent: etree._Element, plain: Plain, tags: tuple[Tag, ...]) -> None:
    for tag in tags:
        value = plain.get(tag.key) if tag.kind == "optional" else plain[tag.key]
        for item in cast(list[str], value) if tag.kind == "texts" else [value]:
            if item is not None:
                etree.SubElement(parent, _name(tag.xml)).text = _text(item, tag.kind)


def _text(value: object, kind: str) -> str:
    if kind == "time":
        return to_text(cast(int, value))
    return _UNFIT_FOR_XML.sub("\ufffd", repr(value) if kind == "number" else str(value))


def _read(parent: etree._Element, tags: tuple[Tag, ...]) -> Plain:
    return {tag.key: _value(parent, tag) for tag in tags}


def _value(parent: etree._Element, tag: Tag) -> object:
    if tag.kind == "texts":
        return [child.text or "" for child in parent.findall(_name(tag.xml))]
    text = parent.findtext(_name(tag.xml))
    if text is None and tag.kind == "optional":
        return ""
    if text is None and tag.kind != "time":
        raise RemoteProtocolError(f"order: {etree.QName(parent).localname} lacks {tag.xml}; add it")
    try:
        return None if text is None else _PARSED[tag.kind](text)
    except ValueError as error:
        raise RemoteProtocolError(f"order: {tag.xml} is {text!r:.80}, which is no {tag.kind}; correct it") from error
