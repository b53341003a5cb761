"""What a client may write: settings, configuration, descriptions and substitution, each within its bounds."""

from __future__ import annotations

from open61850.data import IECData, IntData, UIntData
from open61850.mms.pdu import ObjectName
from open61850.server import IedModel
from open61850.server.model import ACCESS_OBJECT_ACCESS_DENIED, ACCESS_OBJECT_VALUE_INVALID, Node

READ_ONLY = frozenset(
    {"ctlModel", "sboClass", "ldNs", "lnNs", "cdcNs", "cdcName", "dataNs", "vendor", "swRev", "configRev", "paramRev"}
    | {"maxPts", "numPts", "units", "SIUnit", "multiplier"}
)
"""Attributes that belong to the device or to its SCL, whatever their functional constraint."""


class Access:
    """The policy of one device. A model that knows the ords of its enumerations refuses any other."""

    def __init__(self, model: IedModel) -> None:
        self._model = model
        self._ords: dict[str, frozenset[int]] = getattr(model, "ords", {})
        self._fixed: frozenset[Node] = getattr(model, "read_only", frozenset())

    def on_write(self, _: object, name: ObjectName, value: IECData) -> int | None:
        """A write hook: None lets the library write."""
        node = self._model.node(name)
        if node is None:
            return None
        if node.name in READ_ONLY or node in self._fixed:
            return ACCESS_OBJECT_ACCESS_DENIED
        ords = self._ords.get(node.enum_type or "")
        if ords is not None and isinstance(value, IntData | UIntData) and value.value not in ords:
            return ACCESS_OBJECT_VALUE_INVALID
        return None
