"""RSYN: synchronism check."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context
from sim_ied.nodes.spot import Side
from sim_ied.nodes.switch import Switch


class SynchronismCheck(Behaviour):
    """RSYN: releases a closing between dead and live, and between sides whose difference is within its settings."""

    acts = True
    help = "Rel, DifVClc/DifHzClc/DifAngClc and VInd/HzInd/AngInd from what feeds the two sides of its breaker"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._forced: dict[str, float] = {}
        self.released = False

    def connect(self) -> None:
        self.context.primary.follow(self._show)

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    def settings_changed(self, now_ns: int) -> None:
        self._show(now_ns)

    def guards(self, switch: Switch) -> bool:
        return switch in self.context.spot.breakers

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """A difference that is none of the process: 'difference voltage' in V and so on."""
        path = _FORCED.get(kind)
        if path is None or isinstance(argument, bool) or not isinstance(argument, (int, float)):
            return super().disturb(kind, argument, now_ns)
        self._forced[path] = float(argument)
        self._show(now_ns)
        return True

    def _show(self, now_ns: int) -> None:
        first, second = self.context.spot.sides()
        differences = {**_differences(first, second), **self._forced}
        live = first.source is not None and second.source is not None
        allowed = {
            path: abs(differences[path]) <= self.signals.positive(setting, default)
            for path, (setting, default, _) in _LIMITS.items()
        }
        self.released = not live or all(allowed.values())
        self.signals.show("Rel", self.released, now_ns)
        for path, (_, _, indication) in _LIMITS.items():
            self.signals.show(path, differences[path] if live else 0.0, now_ns)
            self.signals.show(indication, live and not allowed[path], now_ns)


_LIMITS = {
    "DifVClc": ("DifV", 1_000.0, "VInd"),
    "DifHzClc": ("DifHz", 0.1, "HzInd"),
    "DifAngClc": ("DifAng", 10.0, "AngInd"),
}
"""Calculated difference (V, Hz, degrees) to its setting, default and indication."""

_FORCED = {"difference voltage": "DifVClc", "difference frequency": "DifHzClc", "difference angle": "DifAngClc"}
_HZ_APART, _DEGREES_APART = 0.02, 4.0


def _differences(first: Side, second: Side) -> dict[str, float]:
    """Of two sides; two different sources are a little apart, the further in the file the more."""
    if first.source is None or second.source is None or first.source == second.source:
        return {"DifVClc": 0.0, "DifHzClc": 0.0, "DifAngClc": 0.0}
    apart = second.source - first.source
    volts = apart * 0.002 * first.nominal_v
    return {"DifVClc": volts, "DifHzClc": apart * _HZ_APART, "DifAngClc": apart * _DEGREES_APART}
