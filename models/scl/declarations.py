"""The DataTypeTemplates of an SCL file as they are written: types by kind and id, nothing resolved yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from models.scl.document import Element, children, kind, line_of, stated, text_of, truth
from models.scl.findings import Findings

LNODE, DATA_OBJECT, DATA_ATTRIBUTE, ENUM = "LNodeType", "DOType", "DAType", "EnumType"

_MEMBERS = ("DO", "SDO", "DA", "BDA")
_TRIGGERS = ("dchg", "qchg", "dupd")
_BASIC_TYPES = {
    each.casefold(): each
    for each in (
        *("BOOLEAN", "INT8", "INT16", "INT24", "INT32", "INT64", "INT128", "INT8U", "INT16U", "INT24U", "INT32U"),
        *(
            "FLOAT32",
            "FLOAT64",
            "Enum",
            "Dbpos",
            "Tcmd",
            "Quality",
            "Timestamp",
            "Struct",
            "Check",
            "ObjRef",
            "Currency",
        ),
        *("VisString32", "VisString64", "VisString65", "VisString129", "VisString255", "Unicode255", "Octet6"),
        *("Octet16", "Octet64", "EntryTime", "PhyComAddr", "TrgOps", "OptFlds", "SvOptFlds", "EntryID", "LogOptFlds"),
    )
}
"""tBasicTypeEnum of IEC 61850-6 by its name in small letters, as some tools write it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A DO, SDO, DA or BDA. kind: that name. value: its default, '' for none. count: as written; '' for no array.

    triggers: of dchg, qchg and dupd those that are set. group_values: defaults by setting group.
    """

    kind: str
    name: str
    type_id: str
    line: int = field(compare=False)
    constraint: str = ""
    basic_type: str = ""
    value: str = ""
    count: str = ""
    short_address: str = ""
    value_kind: str = ""
    triggers: tuple[str, ...] = ()
    transient: bool = False
    description: str = ""
    group_values: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TypeDeclaration:
    """classification: lnClass of an LNodeType, cdc of a DOType. literals: of an EnumType with their ords."""

    type_id: str
    line: int = field(compare=False)
    classification: str = ""
    members: tuple[Member, ...] = ()
    literals: dict[str, int] = field(default_factory=dict)


Declarations = dict[tuple[str, str], TypeDeclaration]
"""By kind ('LNodeType'...) and id."""


class DeclarationReader:
    """All sections of the file together; of two types with one id the first counts."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.found: Declarations = {}

    def section(self, element: Element) -> None:
        for each in children(element, LNODE, DATA_OBJECT, DATA_ATTRIBUTE, ENUM):
            key, line = (kind(each), stated(each, "id")), line_of(each)
            declared = _type(each, self._findings)
            first = self.found.setdefault(key, declared)
            if first is declared:
                continue
            problem = f"{key[0]} '{key[1]}' stands already in line {first.line}"
            if first == declared:
                self._findings.remark(line, f"{problem}, the same", "remove one of them")
            else:
                problem = f"{problem} and differs: which one a device has is unknown"
                self._findings.danger(line, problem, "rename one of them")


def _type(element: Element, findings: Findings) -> TypeDeclaration:
    classes = stated(element, "lnClass") or stated(element, "cdc").upper()
    members: dict[str, Member] = {}
    for member in _members(element):
        first = members.setdefault(member.name, member)
        if first is not member:
            what = f"{member.kind} '{member.name}' of {kind(element)} '{stated(element, 'id')}'"
            problem = f"{what} stands already in line {first.line}"
            findings.danger(member.line, problem, "remove one of them: nobody knows which the device has")
    literals = dict(_literals(element)) if kind(element) == ENUM else {}
    return TypeDeclaration(stated(element, "id"), line_of(element), classes, tuple(members.values()), literals)


def _members(element: Element) -> Iterator[Member]:
    for each in children(element, *_MEMBERS):
        values = [(stated(value, "sGroup"), text_of(value)) for value in children(each, "Val")]
        basic = stated(each, "bType")
        yield Member(
            kind=kind(each),
            name=stated(each, "name"),
            type_id=stated(each, "type"),
            line=line_of(each),
            constraint=stated(each, "fc").upper(),
            basic_type=_BASIC_TYPES.get(basic.casefold(), basic),
            value=values[0][1] if values else "",
            count=_count(stated(each, "count")),
            short_address=stated(each, "sAddr"),
            value_kind=stated(each, "valKind"),
            triggers=tuple(name for name in _TRIGGERS if truth(each, name)),
            transient=truth(each, "transient"),
            description=stated(each, "desc"),
            group_values=tuple((int(group), value) for group, value in values if group.isdecimal()),
        )


def _count(text: str) -> str:
    return "" if text == "0" else text


def _literals(element: Element) -> Iterator[tuple[str, int]]:
    """Some tools leave `ord` out; then the position stands for it."""
    for position, each in enumerate(children(element, "EnumVal")):
        number = stated(each, "ord", str(position))
        if number.removeprefix("-").isdecimal() and len(number) <= 11:
            yield text_of(each), int(number)
