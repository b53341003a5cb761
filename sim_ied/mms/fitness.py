"""Makes an SCL tree fit for open61850's builder, which stops at what vendors write: findings say what was changed.

The tree is changed in memory. What cannot be understood is left out; nothing is invented.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from open61850.server.model import _BTYPES

from sim_ied.mms.type_size import TypeSizes

BOOLEANS = frozenset(
    {"buffered", "indexed", "dchg", "qchg", "dupd", "period", "gi", "multicast", "bufOvfl", "seqNum", "timeStamp"}
    | {"reasonCode", "dataSet", "dataRef", "entryID", "configRef", "segmentation", "owner", "resvTms"}
)
"""xs:boolean has four spellings; the builder knows two."""
_WORD = 2**32 - 1
NUMBERS: dict[str, dict[str, tuple[str, int]]] = {
    "ReportControl": {"confRev": ("1", _WORD), "bufTime": ("0", _WORD), "intgPd": ("0", _WORD)},
    "GSEControl": {"confRev": ("1", _WORD)},
    "SampledValueControl": {"confRev": ("1", _WORD), "smpRate": ("0", _WORD)},
    "RptEnabled": {"max": ("1", 99)},
    "SettingControl": {"numOfSGs": ("1", 255), "actSG": ("1", 255)},
}
"""Attributes that the builder takes for numbers, what stands for one that is none, and the greatest there can be.

Instances of a report control have two digits, numbers of setting groups one octet (IEC 61850-7-2)."""
ELEMENTS = 4096
"""Most elements of an array: a device is built with all of them."""
EQUIVALENTS = {"Octet6": "Octet64", "Octet16": "Octet64", "LogOptFlds": "BOOLEAN", "ENUMERATED": "Enum"}
"""Basic types of later editions that the builder does not know, by the nearest that it does."""

_SPELLINGS = {"1": "true", "0": "false"}
_ATTRIBUTES = ("DA", "BDA")
_NAMED = ("DO", "SDO", "DA", "BDA")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def make_fit(root: ET.Element) -> Iterator[str]:
    """What was changed, in words."""
    for element in root.iter():
        kind = _kind(element)
        for name, written in element.attrib.items():
            if written != written.strip():
                element.set(name, written.strip())
        for name in BOOLEANS & element.attrib.keys():
            element.set(name, _SPELLINGS.get(element.attrib[name], element.attrib[name]))
        yield from _numbers(element, kind)
    yield from _names(root)
    yield from _ordinals(root)
    yield from _types(root)
    yield from TypeSizes(root).cut()
    yield from _members(root)


def _numbers(element: ET.Element, kind: str) -> Iterator[str]:
    """Numbers that are none, and those that no device has: the builder would make as many objects."""
    called = f"{kind} '{element.get('name')}'" if element.get("name") else kind
    for name, (instead, greatest) in NUMBERS.get(kind, {}).items():
        text = element.get(name)
        if text is None:
            continue
        if not (text.isascii() and text.isdecimal()):
            element.set(name, instead)
            yield f"{name} of {called} is '{text[:40]}', no number: taken as {instead}"
        elif _above(text, greatest):
            element.set(name, str(greatest))
            yield f"{name} of {called} is {text[:40]}, no device has so many: taken as {greatest}"
    count = element.get("count", "")
    if kind in _NAMED and count.isascii() and count.isdecimal() and _above(count, ELEMENTS):
        element.set("count", str(ELEMENTS))
        yield f"count of {called} is {count[:40]}: {ELEMENTS} elements are served"


def _above(digits: str, greatest: int) -> bool:
    """Without reading numbers of any length."""
    digits = digits.lstrip("0")
    return len(digits) > len(str(greatest)) or int(digits or "0") > greatest


def _names(root: ET.Element) -> Iterator[str]:
    """What MMS cannot name: its identifiers are letters, digits and '_' (IEC 61850-8-1 adds '$' between them)."""
    for holder in root.iter():
        for each in [child for child in holder if _kind(child) in _NAMED]:
            if not _IDENTIFIER.fullmatch(each.get("name", "")):
                holder.remove(each)
                yield f"{_kind(holder)} '{holder.get('id')}': '{each.get('name')}' is no name in MMS and is left out"


def _ordinals(root: ET.Element) -> Iterator[str]:
    for enumeration in _all(root, "EnumType"):
        for each in [value for value in enumeration if _kind(value) == "EnumVal"]:
            if not _is_whole(each.get("ord", "0")):
                enumeration.remove(each)
                yield f"EnumType '{enumeration.get('id')}': '{each.text}' has no ord and is left out"


def _types(root: ET.Element) -> Iterator[str]:
    """Attributes whose type does not exist, contains itself, or has a basic type that nobody knows."""
    structures = {each.get("id", ""): each for each in _all(root, "DAType")}
    for holder in [*_all(root, "DOType"), *structures.values()]:
        for each in [child for child in holder if _kind(child) in _ATTRIBUTES]:
            basic = EQUIVALENTS.get(each.get("bType", ""), each.get("bType", ""))
            each.set("bType", basic)
            problem = _problem(each, basic, structures)
            if problem:
                holder.remove(each)
                yield f"{_kind(holder)} '{holder.get('id')}': attribute '{each.get('name')}' left out: {problem}"


def _problem(element: ET.Element, basic: str, structures: dict[str, ET.Element]) -> str:
    if basic != "Struct":
        return "" if basic in _BTYPES else f"basic type '{basic}' is unknown"
    name = element.get("type", "")
    if name not in structures:
        return f"DAType '{name}' does not exist"
    return f"DAType '{name}' contains itself" if _contains_itself(name, structures) else ""


def _contains_itself(name: str, structures: dict[str, ET.Element]) -> bool:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        found = structures.get(waiting.pop())
        inner = [] if found is None else [e.get("type", "") for e in found if e.get("bType") == "Struct"]
        if name in inner:
            return True
        waiting += [each for each in inner if each not in seen]
        seen.update(inner)
    return False


def _members(root: ET.Element) -> Iterator[str]:
    """Members of data sets that name no functional constraint, or one element of an array."""
    for data_set in _all(root, "DataSet"):
        for each in [child for child in data_set if _kind(child) == "FCDA"]:
            part = each.get("ix") is not None or "(" in f"{each.get('doName')}{each.get('daName')}"
            if part or not each.get("fc") or not each.get("lnClass"):
                data_set.remove(each)
                what = f"{each.get('lnClass', '')}{each.get('lnInst', '')}.{each.get('doName', '')}"
                why = "is an element of an array" if part else "has no logical node or no fc"
                yield f"data set '{data_set.get('name')}': member {what} {why} and is left out"


def _all(root: ET.Element, kind: str) -> list[ET.Element]:
    return [element for element in root.iter() if _kind(element) == kind]


def _kind(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _is_whole(text: str) -> bool:
    digits = text.strip().removeprefix("-")
    return digits.isascii() and digits.isdecimal()
