"""SI units of measured values: as the file says, else as IEC 61850-7-4 gives them by logical node and data object."""

from __future__ import annotations

from models.scl.elements import LogicalNode
from models.scl.templates import DataObject

_SYMBOLS = {"VAr": "var", "Watts": "W", "degC": "°C", "Ohm": "Ω", "Vs": "V s", "As": "A s"}
"""Names in IEC 61850-7-3 (SIUnit) that are not the unit's symbol."""

_BY_OBJECT = {
    ("MMXU", "A"): "A",
    ("MMXU", "PhV"): "V",
    ("MMXU", "PPV"): "V",
    ("MMXU", "W"): "W",
    ("MMXU", "TotW"): "W",
    ("MMXU", "VAr"): "var",
    ("MMXU", "TotVAr"): "var",
    ("MMXU", "VA"): "VA",
    ("MMXU", "TotVA"): "VA",
    ("MMXU", "Hz"): "Hz",
    ("ZBAT", "Vol"): "V",
    ("ZBAT", "Amp"): "A",
}


def unit_of(node: LogicalNode, data_object: DataObject) -> str:
    """Unit symbol with its multiplier ('V', 'kW'), '' for none."""
    symbol = _stated(node, data_object, "SIUnit")
    if symbol:
        return _stated(node, data_object, "multiplier") + _SYMBOLS.get(symbol, symbol)
    return _BY_OBJECT.get((node.key.ln_class, data_object.path[0]), "")


def _stated(node: LogicalNode, data_object: DataObject, name: str) -> str:
    instance = node.values.get((*data_object.path, "units", name))
    default = data_object.attributes.get(("units", name))
    return instance if instance is not None else (default.value if default else "")
