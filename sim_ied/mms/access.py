"""What a client may write: settings, configuration, descriptions and substitution, each within its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from open61850.data import IECData, IntData, UIntData
from open61850.mms.pdu import ObjectName
from open61850.server import IedModel, Node
from open61850.server.model import ACCESS_OBJECT_ACCESS_DENIED, ACCESS_OBJECT_VALUE_INVALID

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
        if node is None:
            return None
        if node.name in READ_ONLY or node in self._policy.fixed:
            return ACCESS_OBJECT_ACCESS_DENIED
        ords = self._policy.ords.get(node.enum_type or "")
        if ords is not None and isinstance(value, IntData | UIntData) and value.value not in ords:
            return ACCESS_OBJECT_VALUE_INVALID
        return None
