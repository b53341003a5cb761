"""The DataTypeTemplates of an SCL file: from the type of a logical node to the attributes of its data objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.scl.document import Element, children, kind, text_of

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's functional constraint, basic type, the id of its structure or enumeration, default value or ''."""

    constraint: str
    basic_type: str
    type_id: str
    value: str


@dataclass(frozen=True, slots=True)
class DataObject:
    """A data object or sub data object: path in its logical node, common data class, attributes by path below it."""

    path: Path
    cdc: str
    attributes: dict[Path, Attribute]


class Templates:
    """Resolves types on demand. Unknown or circular types simply have nothing inside."""

    def __init__(self, root: Element) -> None:
        self._types: dict[tuple[str, str], Element] = {}
        for section in children(root, "DataTypeTemplates"):
            for each in section:
                self._types.setdefault((kind(each), each.get("id", "")), each)
        self._resolved: dict[str, tuple[DataObject, ...]] = {}

    def __contains__(self, type_id: str) -> bool:
        return ("LNodeType", type_id) in self._types

    def data_objects(self, type_id: str) -> tuple[DataObject, ...]:
        """Data objects of a logical node type, each followed by its sub data objects."""
        if type_id not in self._resolved:
            node = self._types.get(("LNodeType", type_id))
            found = [] if node is None else [each for do in children(node, "DO") for each in self._object(do, (), ())]
            self._resolved[type_id] = tuple(found)
        return self._resolved[type_id]

    def enumeration(self, type_id: str) -> dict[str, int]:
        """Literals of an EnumType and their ords, in the file's order; empty for an unknown one."""
        found = self._types.get(("EnumType", type_id))
        values = () if found is None else children(found, "EnumVal")
        pairs = ((text_of(each), each.get("ord", "")) for each in values)
        return {text: int(number) for text, number in pairs if number.removeprefix("-").isdecimal()}

    def description(self, type_id: str, name: str) -> str:
        """What a logical node type says of one of its data objects (`desc`); '' for nothing."""
        node = self._types.get(("LNodeType", type_id))
        found = () if node is None else (each for each in children(node, "DO") if each.get("name") == name)
        return next((each.get("desc", "").strip() for each in found), "")

    def _object(self, element: Element, above: Path, seen: tuple[str, ...]) -> Iterator[DataObject]:
        type_id = element.get("type", "")
        found = self._types.get(("DOType", type_id))
        if found is None or type_id in seen:
            return
        path = (*above, element.get("name", ""))
        attributes: dict[Path, Attribute] = {}
        for each in children(found, "DA"):
            attributes.update(self._attribute(each, (), each.get("fc", ""), ()))
        yield DataObject(path, found.get("cdc", ""), attributes)
        for each in children(found, "SDO"):
            yield from self._object(each, path, (*seen, type_id))

    def _attribute(
        self, element: Element, above: Path, constraint: str, seen: tuple[str, ...]
    ) -> Iterator[tuple[Path, Attribute]]:
        path = (*above, element.get("name", ""))
        type_id = element.get("type", "")
        values = [text_of(each) for each in children(element, "Val")]
        yield path, Attribute(constraint, element.get("bType", ""), type_id, values[0] if values else "")
        found = self._types.get(("DAType", type_id))
        if element.get("bType") == "Struct" and found is not None and type_id not in seen:
            for each in children(found, "BDA"):
                yield from self._attribute(each, path, constraint, (*seen, type_id))
