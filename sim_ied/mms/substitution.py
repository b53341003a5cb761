"""Substitution (IEC 61850-7-2, FC SV): while subEna is true, a data object shows subVal and subQ, not the process.

What the process says meanwhile is kept, and shown again when the substitution ends. The value's quality says
'substituted' as its source (IEC 61850-7-3, quality).
"""

from __future__ import annotations

from datetime import UTC, datetime

from open61850.data import BitStringData, BoolData, IECData, TimestampData
from open61850.mms.pdu import ObjectName
from open61850.server import IedModel, Node
from open61850.server.model import WRITABLE_FCS, _fits

VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "subVal": (("ST", "stVal"), ("ST", "valWTr")),
    "subMag": (("MX", "mag"), ("MX", "instMag")),
    "subCMag": (("MX", "cVal"), ("MX", "instCVal")),
    "subMxVal": (("MX", "mxVal"),),
}
"""Which attributes take the substitute, by the attribute that holds it (common data classes of IEC 61850-7-3)."""
_SOURCE_OCTET, _SOURCE_BIT = 1, 0x20  # the eleventh bit of Quality
_GOOD = BitStringData(bytes(2), 3)

Place = tuple[str, str, str]
"""Domain, logical node, data object with its sub data objects joined by '$'."""


class Substitution:
    """The substituted data objects of one model."""

    def __init__(self, model: IedModel) -> None:
        self._model = model
        self._process: dict[Place, dict[Node, IECData]] = {}

    @property
    def active(self) -> bool:
        """Whether anything is substituted."""
        return bool(self._process)

    def holds(self, node: Node, value: IECData) -> bool:
        """A value of the process for that attribute: True when it is kept because a substitute stands there."""
        for kept in self._process.values():
            if node in kept:
                kept[node] = value
                return True
        return False

    def on_write(self, _: object, name: ObjectName, value: IECData) -> int | bool | None:
        """A write hook of FC SV."""
        parts = name.item.split("$")
        if len(parts) < 3 or parts[1] != "SV" or "SV" not in WRITABLE_FCS:
            return None
        refused = self._model.write(name, value)
        if refused is not None:
            return refused
        path = parts[2:]
        while path and self._node(name.domain, parts[0], "SV", [*path, "subEna"]) is None:
            path = path[:-1]
        if path:
            self._apply((name.domain or "", parts[0], "$".join(path)))
        return True

    def _apply(self, place: Place) -> None:
        domain, logical_node, path = place
        enabled = self._value(place, "SV", "subEna")
        with self._model.lock, self._model.batch():
            if isinstance(enabled, BoolData) and enabled.value:
                substitutes = self._substitutes(place)
                kept = self._process.setdefault(place, {})
                for node, value in substitutes.items():
                    kept.setdefault(node, node.data())
                    self._show(domain, node, value)
            else:
                for node, value in self._process.pop(place, {}).items():
                    self._show(domain, node, value)

    def _substitutes(self, place: Place) -> dict[Node, IECData]:
        """What to show instead, by attribute; q and t beside each value."""
        found: dict[Node, IECData] = {}
        domain, logical_node, path = place
        for own, shown in VALUES.items():
            value = self._value(place, "SV", own)
            for constraint, attribute in shown:
                node = self._node(domain, logical_node, constraint, [path, attribute])
                if value is None or node is None or not _fits(node.mms_type, value):
                    continue
                found[node] = value
                beside: dict[str, IECData] = {
                    "q": _substituted(self._value(place, "SV", "subQ")),
                    "t": TimestampData(datetime.now(UTC)),
                }
                for name, data in beside.items():
                    if (extra := self._node(domain, logical_node, constraint, [path, name])) is not None:
                        found[extra] = data
        return found

    def _show(self, domain: str, node: Node, value: IECData) -> None:
        self._model.set(ObjectName(node.item, domain), value)

    def _value(self, place: Place, constraint: str, attribute: str) -> IECData | None:
        node = self._node(place[0], place[1], constraint, [place[2], attribute])
        return None if node is None else node.data()

    def _node(self, domain: str | None, logical_node: str, constraint: str, path: list[str]) -> Node | None:
        return self._model.node(ObjectName("$".join([logical_node, constraint, *path]), domain))


def _substituted(quality: IECData | None) -> BitStringData:
    """The quality given for the substitute, with source 'substituted'."""
    given = quality if isinstance(quality, BitStringData) and len(quality.value) == len(_GOOD.value) else _GOOD
    octets = bytearray(given.value)
    octets[_SOURCE_OCTET] |= _SOURCE_BIT
    return BitStringData(bytes(octets), given.unused_bits)
