"""The DataTypeTemplates of an SCL file resolved: from a logical node's type to the attributes of its data objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.scl.declarations import (
    DATA_ATTRIBUTE,
    DATA_OBJECT,
    ENUM,
    LNODE,
    Declarations,
    Member,
    TypeDeclaration,
)
from models.scl.findings import Findings

Path = tuple[str, ...]

_MOST = 20_000
"""Attributes of one data object, and data objects of one logical node: types that multiply are refused."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's functional constraint, basic type, the id of its structure or enumeration, default value or ''.

    count: elements of an array, 0 for none, -1 where the file does not tell how many. triggers: 'dchg', 'qchg', 'dupd'.
    value_kind: 'Spec', 'Conf', 'RO', 'Set' or ''. group_values: defaults by number of the setting group.
    """

    constraint: str
    basic_type: str
    type_id: str
    value: str
    count: int = 0
    short_address: str = ""
    value_kind: str = ""
    triggers: tuple[str, ...] = ()
    group_values: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object or sub data object: path in its logical node, common data class, attributes by path below it.

    in_array: it, or what it stands in, is an array (`count`), so its path alone does not name it.
    """

    path: Path
    cdc: str
    attributes: Mapping[Path, Attribute]
    type_id: str = ""
    in_array: bool = False
    transient: bool = False


_DEEPEST = 32
"""Types within each other."""


class _TooLargeError(Exception):
    """Types within types that multiply."""


class Templates:
    """Resolves types on demand and remembers them. Unknown or circular types have nothing inside, and are findings."""

    def __init__(self, types: Declarations, findings: Findings) -> None:
        self._types = types
        self._findings = findings
        self._resolved: dict[str, tuple[DataObject, ...]] = {}
        self._by_path: dict[str, Mapping[Path, DataObject]] = {}
        self._attributes: dict[str, Mapping[Path, Attribute]] = {}
        self._complained: set[tuple[str, str, str]] = set()

    def __contains__(self, type_id: str) -> bool:
        return (LNODE, type_id) in self._types

    def class_of(self, type_id: str) -> str:
        """lnClass of a logical node type; '' for an unknown one."""
        found = self._types.get((LNODE, type_id))
        return found.classification if found else ""

    def data_objects(self, type_id: str) -> tuple[DataObject, ...]:
        """Data objects of a logical node type, each followed by its sub data objects."""
        if type_id not in self._resolved:
            node = self._types.get((LNODE, type_id))
            self._resolved[type_id] = () if node is None else self._objects(node)
        return self._resolved[type_id]

    def by_path(self, type_id: str) -> Mapping[Path, DataObject]:
        """The same, to look one up."""
        if type_id not in self._by_path:
            self._by_path[type_id] = {each.path: each for each in self.data_objects(type_id)}
        return self._by_path[type_id]

    def enumeration(self, type_id: str) -> dict[str, int]:
        """Literals of an EnumType and their ords, in the file's order; empty for an unknown one."""
        found = self._types.get((ENUM, type_id))
        return dict(found.literals) if found else {}

    def description(self, type_id: str, name: str) -> str:
        """What a logical node type says of one of its data objects (`desc`); '' for nothing."""
        node = self._types.get((LNODE, type_id))
        found = () if node is None else (each for each in node.members if each.name == name)
        return next((each.description for each in found), "")

    def _objects(self, node: TypeDeclaration) -> tuple[DataObject, ...]:
        found: list[DataObject] = []
        try:
            for member in node.members:
                for each in self._object(node, member, (), (), False):
                    found.append(each)
                    if len(found) > _MOST:
                        raise _TooLargeError
        except _TooLargeError:
            problem = f"LNodeType '{node.type_id}' has more than {_MOST} data objects, types within types"
            self._findings.danger(node.line, problem, "correct its types")
            return ()
        return tuple(found)

    def _object(
        self, holder: TypeDeclaration, member: Member, above: Path, seen: tuple[str, ...], in_array: bool
    ) -> Iterator[DataObject]:
        if member.kind not in ("DO", "SDO"):
            return
        found = self._types.get((DATA_OBJECT, member.type_id))
        if found is None or _goes_round(member.type_id, seen):
            self._complain(DATA_OBJECT, holder, member, is_circle=found is not None)
            return
        path, array = (*above, member.name), in_array or bool(member.count)
        attributes = self._attributes_of(found)
        yield DataObject(path, found.classification, attributes, member.type_id, array, member.transient)
        for each in found.members:
            yield from self._object(found, each, path, (*seen, member.type_id), array)

    def _attributes_of(self, declared: TypeDeclaration) -> Mapping[Path, Attribute]:
        """Of a DOType; all data objects of that type share the table."""
        known = self._attributes.get(declared.type_id)
        if known is None:
            known = {}
            try:
                for path, attribute in self._all_attributes(declared):
                    known[path] = attribute
                    if len(known) > _MOST:
                        raise _TooLargeError
            except _TooLargeError:
                problem = f"DOType '{declared.type_id}' has more than {_MOST} attributes, types within types"
                self._findings.danger(declared.line, problem, "correct its types")
                known = {}
            self._attributes[declared.type_id] = known
        return known

    def _all_attributes(self, declared: TypeDeclaration) -> Iterator[tuple[Path, Attribute]]:
        for member in declared.members:
            if member.kind == "DA":
                yield from self._attribute(declared, member, (), member.constraint, (), ())

    def _attribute(
        self,
        holder: TypeDeclaration,
        member: Member,
        above: Path,
        constraint: str,
        triggers: tuple[str, ...],
        seen: tuple[str, ...],
    ) -> Iterator[tuple[Path, Attribute]]:
        path = (*above, member.name)
        triggers = triggers + tuple(each for each in member.triggers if each not in triggers)
        yield path, _attribute_of(holder, member, constraint, triggers)
        if member.basic_type == "Enum" and (ENUM, member.type_id) not in self._types:
            self._complain(ENUM, holder, member, is_circle=False)
        if member.basic_type != "Struct":
            return
        found = self._types.get((DATA_ATTRIBUTE, member.type_id))
        if found is None or _goes_round(member.type_id, seen):
            self._complain(DATA_ATTRIBUTE, holder, member, is_circle=found is not None)
            return
        for each in found.members:
            if each.kind == "BDA":
                yield from self._attribute(found, each, path, constraint, triggers, (*seen, member.type_id))

    def _complain(self, kind: str, holder: TypeDeclaration, member: Member, is_circle: bool) -> None:
        """Once per member, however many objects have its type."""
        key = (kind, holder.type_id, member.name)
        if key in self._complained:
            return
        self._complained.add(key)
        what = f"{kind} '{member.type_id}' of {member.kind} '{member.name}' in '{holder.type_id}'"
        if is_circle:
            self._findings.danger(member.line, f"{what} contains itself", "correct the types: no device is built so")
        elif kind == ENUM:
            problem = f"{what} is unknown, so its values have numbers and no names"
            self._findings.remark(member.line, problem, "add it to the DataTypeTemplates")
        else:
            problem = f"{what} is unknown, so nothing of it can be read or operated"
            self._findings.danger(member.line, problem, "add it to the DataTypeTemplates")


def _goes_round(type_id: str, seen: tuple[str, ...]) -> bool:
    return type_id in seen or len(seen) >= _DEEPEST


def _attribute_of(holder: TypeDeclaration, member: Member, constraint: str, triggers: tuple[str, ...]) -> Attribute:
    return Attribute(
        constraint,
        member.basic_type,
        member.type_id,
        member.value,
        _elements(holder, member.count),
        member.short_address,
        member.value_kind,
        triggers,
        member.group_values,
    )


def _elements(holder: TypeDeclaration, count: str) -> int:
    """Of an array; `count` may name the attribute beside it that tells the number."""
    if not count:
        return 0
    text = count if count.isdecimal() else next((each.value for each in holder.members if each.name == count), "")
    return int(text) if text.isdecimal() and len(text) <= 6 else -1
