"""What a client may write: settings, configuration, descriptions and substitution, each within its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from open61850.data import ArrayData, IECData, IntData, StructureData, UIntData
from open61850.mms.pdu import ObjectName
from open61850.server import IedModel, Node
from open61850.server.model import (
    ACCESS_OBJECT_ACCESS_DENIED,
    ACCESS_OBJECT_VALUE_INVALID,
    ACCESS_TYPE_INCONSISTENT,
    WRITABLE_FCS,
    _fits,
)

READ_ONLY = frozenset(
    {"ctlModel", "sboClass", "ldNs", "lnNs", "cdcNs", "cdcName", "dataNs", "vendor", "swRev", "configRev", "paramRev"}
    | {"maxPts", "numPts", "units", "SIUnit", "multiplier"}
)
"""Attributes that belong to the device or to its SCL, whatever their functional constraint."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the SCL says of writing. ords: of each EnumType by its id; fixed: attributes that it calls read-only."""

    ords: Mapping[str, frozenset[int]] = field(default_factory=dict)
    fixed: frozenset[Node] = frozenset()


class Access:
    """The policy of one device, as a write hook of its server."""

    def __init__(self, model: IedModel, policy: Policy) -> None:
        self._model, self._policy = model, policy

    def on_write(self, _: object, name: ObjectName, value: IECData) -> int | None:
        """None lets the library write, which knows the functional constraints and the types."""
        node = self._model.node(name)
        if node is None or node.fc not in WRITABLE_FCS:
            return None
        if not _fits(node.mms_type, value):
            return ACCESS_TYPE_INCONSISTENT
        whole = bool(node.children)
        refusals = (self._refusal(leaf, data, whole) for leaf, data in leaves_of(node, value))
        return next((refused for refused in refusals if refused is not None), None)

    def _refusal(self, leaf: Node, value: IECData, whole: bool) -> int | None:
        """whole: part of a structure, which may repeat what cannot be changed."""
        if (leaf.name in READ_ONLY or leaf in self._policy.fixed) and not (whole and leaf.value == value):
            return ACCESS_OBJECT_ACCESS_DENIED
        ords = self._policy.ords.get(leaf.enum_type or "")
        if ords is not None and isinstance(value, IntData | UIntData) and value.value not in ords:
            return ACCESS_OBJECT_VALUE_INVALID
        return None


def leaves_of(node: Node, value: IECData) -> Iterator[tuple[Node, IECData]]:
    """Attributes of a structure or array with their parts of its value, which fits."""
    if isinstance(value, StructureData | ArrayData) and node.children:
        parts = value.members if isinstance(value, StructureData) else value.elements
        for child, part in zip(node.children.values(), parts, strict=True):
            yield from leaves_of(child, part)
    else:
        yield node, value
