"""The MMS models of the IEDs of one SCL file: open61850's builder over a tree that has been made fit for it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO

from open61850.data import IECData
from open61850.mms.types import ArrayType, MmsType
from open61850.scl import SclError
from open61850.server import IedModel, Node
from open61850.server.model import _SclBuilder

from models.errors import ConfigError
from sim_ied.mms.access import Policy
from sim_ied.mms.fitness import make_fit
from sim_ied.mms.presets import preset
from sim_ied.mms.services import without_service

_MOST_ELEMENTS = 10_000
_NOT_SERVED = frozenset({"Private", "Text", "Substation", "Line", "Process", "Communication", "Header"})


@dataclass(frozen=True, slots=True)
class BuiltModel:
    """A model ready to be served. findings: what the file asks for and the device does not have, in words."""

    model: IedModel
    policy: Policy
    findings: tuple[str, ...]


class ModelFile:
    """Parses once, builds any of its IEDs. data must have passed models.scl.reader, which refuses a DOCTYPE.

    wanted: names of the IEDs that will be asked for; None for all.
    """

    def __init__(self, data: bytes, file: str, wanted: Collection[str] | None = None) -> None:
        try:
            root = _parse(data, wanted)
        except (ET.ParseError, ValueError) as error:
            raise ConfigError(file, None, f"not XML ({error})", "export the file again from its tool") from error
        self.file = file
        self.findings = tuple(make_fit(root))
        self._builder = _Builder(root)

    def build(self, ied: str) -> BuiltModel:
        """ConfigError where the file has no such IED, or describes none that could be served."""
        builder = self._builder
        builder.fixed = set()
        try:
            model = builder.build(ied)
        except (SclError, ValueError, KeyError) as error:
            remedy = "correct its description in the file"
            raise ConfigError(self.file, None, f"IED '{ied}' cannot be served: {error}", remedy) from error
        ords = {name: frozenset(values.values()) for name, values in builder.enums.items() if values}
        preset(model, ords)
        findings = (*_without_strangers(model), *without_service(model))
        return BuiltModel(model, Policy(ords, frozenset(builder.fixed)), findings)


class _Builder(_SclBuilder):
    """The library's, with arrays of sub data objects (HST, HWYE...) and attributes that the file calls read-only.

    Types are worked out once, not once for each logical node that has them.
    """

    def __init__(self, root: ET.Element) -> None:
        super().__init__(root)
        self.fixed: set[Node] = set()
        self._components: dict[tuple[str, str], list[tuple[str, MmsType, ET.Element]]] = {}
        self._constraints: dict[str, list[str]] = {}

    def _do_components(self, do_type_id: str, fc: str, seen: frozenset[str]) -> list[tuple[str, MmsType, ET.Element]]:
        known = self._components.get((do_type_id, fc)) if not seen else None
        if known is not None:
            return known
        found = [self._in_array(*each) for each in super()._do_components(do_type_id, fc, seen)]
        if not seen:
            self._components[do_type_id, fc] = found
        return found

    @staticmethod
    def _in_array(name: str, mms_type: MmsType, element: ET.Element) -> tuple[str, MmsType, ET.Element]:
        count = _count(element) if element.tag.endswith("}SDO") and not isinstance(mms_type, ArrayType) else 0
        return name, ArrayType(count, mms_type) if count else mms_type, element

    def _do_fcs(self, do_type_id: str, seen: frozenset[str] = frozenset()) -> list[str]:
        if seen:
            return super()._do_fcs(do_type_id, seen)
        if do_type_id not in self._constraints:
            self._constraints[do_type_id] = super()._do_fcs(do_type_id, seen)
        return self._constraints[do_type_id]

    def _set_val(self, node: Node, element: ET.Element) -> None:
        if element.get("valKind") == "RO":
            self.fixed.update(node.leaves())
        super()._set_val(node, element)

    def _parse(self, node: Node, text: str, enum_type: str | None) -> IECData | None:
        """The library's; positions also as their two bits ('10')."""
        try:
            return super()._parse(node, text, enum_type)
        except (OverflowError, ValueError):
            return None


def _parse(data: bytes, wanted: Collection[str] | None) -> ET.Element:
    """The tree without what no server needs, so that a large file takes the memory of its models alone."""
    root: ET.Element | None = None
    for event, element in ET.iterparse(BytesIO(data), events=("start", "end")):
        if event == "start":
            root = element if root is None else root
            continue
        kind = element.tag.rpartition("}")[2]
        if kind in _NOT_SERVED or (kind == "IED" and wanted is not None and element.get("name") not in wanted):
            element.clear()
    if root is None:
        raise ValueError("it is empty")
    return root


def _count(element: ET.Element) -> int:
    text = element.get("count", "")
    return min(int(text), _MOST_ELEMENTS) if text.isdecimal() else 0


def _without_strangers(model: IedModel) -> list[str]:
    """Takes members out of data sets that the model does not have; a device that names them would not start."""
    findings = []
    for name, members in model.data_sets.items():
        strangers = [member for member in members if model.node(member) is None]
        if strangers:
            members[:] = [member for member in members if member not in strangers]
            findings += [f"data set {name}: {member} does not exist and is left out" for member in strangers]
    return findings
