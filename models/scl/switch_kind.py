"""What kind of switch a CBR or DIS is: from its type, and from the logical node behind it (XCBR, XSWI.SwTyp)."""

from __future__ import annotations

from models.network.elements import SwitchKind
from models.scl.elements import LogicalNode, LogicalNodeKey, Place, Scl
from models.scl.findings import Findings

_TYPES = {"CBR": SwitchKind.BREAKER, "DIS": SwitchKind.DISCONNECTOR}

_FUNCTIONS = {
    "1": SwitchKind.LOAD_BREAK_SWITCH,
    "load break": SwitchKind.LOAD_BREAK_SWITCH,
    "2": SwitchKind.DISCONNECTOR,
    "disconnector": SwitchKind.DISCONNECTOR,
    "3": SwitchKind.EARTHING_SWITCH,
    "earthing switch": SwitchKind.EARTHING_SWITCH,
    "4": SwitchKind.EARTHING_SWITCH,
    "high speed earthing switch": SwitchKind.EARTHING_SWITCH,
}
"""XSWI.SwTyp (SwitchFunctionKind of IEC 61850-7-4), by ordinal and by name."""

_CAREFUL = (
    SwitchKind.EARTHING_SWITCH,
    SwitchKind.DISCONNECTOR,
    SwitchKind.LOAD_BREAK_SWITCH,
    SwitchKind.BREAKER,
)
"""Where type and logical node contradict each other: the one that may be operated least."""


class SwitchKinds:
    """Asked for one place after the other; contradictions go into the findings as remarks."""

    def __init__(self, scl: Scl, findings: Findings) -> None:
        self._scl, self._findings = scl, findings
        self._nodes = {node.key: node for ied in scl.ieds for node in ied.logical_nodes}
        self._uses: dict[str, list[LogicalNodeKey]] = {}
        for use in scl.uses:
            if use.key.ln_class in ("XCBR", "XSWI"):
                self._uses.setdefault(use.location, []).append(use.key)

    def of(self, place: Place) -> SwitchKind:
        """Of a switch with two nodes."""
        stated = _TYPES.get(place.type, SwitchKind.DISCONNECTOR)
        told = {kind for key in self._uses.get(place.path, ()) if (kind := self._told(key)) is not None}
        if not told or told == {stated}:
            return stated
        if place.type == "DIS" and told == {SwitchKind.LOAD_BREAK_SWITCH}:
            return SwitchKind.LOAD_BREAK_SWITCH  # SCL has no type of its own for it
        kinds = [kind for kind in _CAREFUL if kind in told | {stated}]
        seen = _words(sorted(told, key=_CAREFUL.index))
        problem = f"{place.type} '{place.path}' has the logical node of a {seen}; it is used as {_words(kinds[:1])}"
        self._findings.remark(place.line, problem, "correct its type, its LNode or SwTyp")
        return kinds[0]

    def _told(self, key: LogicalNodeKey) -> SwitchKind | None:
        if key.ln_class == "XCBR":
            return SwitchKind.BREAKER
        node = self._nodes.get(key)
        return None if node is None else _FUNCTIONS.get(self._function(node).strip().lower())

    def _function(self, node: LogicalNode) -> str:
        """The value of SwTyp that the instance or its type gives."""
        given = node.values.get(("SwTyp", "stVal"), "")
        if given:
            return given
        for each in self._scl.templates.data_objects(node.type_id):
            if each.path == ("SwTyp",):
                attribute = each.attributes.get(("stVal",))
                return "" if attribute is None else attribute.value
        return ""


def _words(kinds: list[SwitchKind]) -> str:
    return " and a ".join(kind.value.replace("_", " ") for kind in kinds)
