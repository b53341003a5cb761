"""SFPI: fault passage indicators (IEC TR 61850-90-6)."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context
from sim_ied.nodes.enumerations import DIRECTION
from sim_ied.nodes.spot import View

_RESPONSE_S, _RESET_S = 0.05, 5.0
_PICKUP_A, _EARTH_A = 400.0, 30.0
_KINDS = ("indicator forward", "indicator reverse", "indicator missing", "indicator sound")
_EARTH_WORDS = ("earth", "erd", "gnd", "neut")


class FaultPassage(Behaviour):
    """SFPI: a short circuit, or an earth fault where its prefix or description says so, has passed here."""

    acts = True
    help = "FwdFlt/FltInd/Str after 50 ms above StrVal, until 5 s after the voltage has come back"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._missing = False

    def connect(self) -> None:
        self.context.primary.follow(self._look)

    def start(self, now_ns: int) -> None:
        self._show(False, now_ns)

    @property
    def _for_earth(self) -> bool:
        node = self.signals.node
        text = " ".join((node.key.prefix, node.type_id, *node.descriptions.values())).lower()
        return any(word in text for word in _EARTH_WORDS)

    def _sees(self, view: View) -> bool:
        if self._missing:
            return False
        if self._for_earth:
            return view.earth_current_a > self.signals.positive("StrVal", _EARTH_A)
        limit_a = self.signals.positive("StrVal", _PICKUP_A)
        return any(view.current_a(phase) > limit_a for phase in view.faulted)

    def _look(self, now_ns: int) -> None:
        view = self.context.spot.view()
        if self._sees(view):
            self.context.forget("reset")
            if not self.context.planned("response"):
                self.context.later("response", _RESPONSE_S, now_ns, lambda at_ns: self._show(True, at_ns))
            return
        self.context.forget("response")
        if view.fed and not view.faults and not self.context.planned("reset"):
            self.context.later("reset", _RESET_S, now_ns, lambda at_ns: self._show(False, at_ns))

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """Shows what was not there ('indicator forward', 'indicator reverse') or nothing at all ('indicator missing');
        'indicator sound' ends it.
        """
        if kind not in _KINDS:
            return super().disturb(kind, argument, now_ns)
        self._missing = kind == "indicator missing"
        if self._missing or kind == "indicator sound":
            self._show(False, now_ns)
            self._look(now_ns)
            return True
        self._show(True, now_ns, kind == "indicator reverse")
        return True

    def _show(self, on: bool, now_ns: int, reverse: bool = False) -> None:
        for path in ("FltInd", "Str"):
            direction = "unknown" if not on else "backward" if reverse else "forward"
            self.signals.show_literal(f"{path}.dirGeneral", direction, DIRECTION, now_ns)
            self.signals.show(path, on, now_ns)
        self.signals.show("FwdFlt", on and not reverse, now_ns)
        self.signals.show("RvFlt", on and reverse, now_ns)
