"""CILO and RSYN: what holds a command back."""

from __future__ import annotations

from models.point import Dbpos
from sim_ied.nodes import interlocking
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context
from sim_ied.nodes.pairing import switch_of
from sim_ied.nodes.spot import Side
from sim_ied.nodes.switch import Switch
from sim_ied.nodes.switchgear import SwitchNode

_SIGNALS = {Dbpos.OFF: "EnaOpn", Dbpos.ON: "EnaCls"}


class Interlocking(Behaviour):
    """CILO: from the topology of the file, else from the switches of its logical device."""

    acts = True
    help = "EnaOpn/EnaCls from the topology, else from the switches of its logical device"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._switch: Switch | None = None

    @property
    def switch(self) -> Switch:
        if self._switch is None:
            related = [each for each in self.context.related("XCBR", "XSWI") if isinstance(each, SwitchNode)]
            own = self.context.primary.linked(self.key)
            number = [each.switch for each in related if each.key.instance == self.key.instance]
            self._switch = own or next(iter(number), None) or switch_of(self.context)
        return self._switch

    def connect(self) -> None:
        primary = self.context.primary
        for each in primary.switches_of(primary.bay(self.context.location)) or self._neighbours():
            primary.watch(each, self._show)
        primary.follow(self._show)

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    def released(self, target: Dbpos) -> bool:
        return not self.reason(target)

    def reason(self, target: Dbpos) -> str:
        """Why the switch must not go there; '' when it may."""
        primary = self.context.primary
        if primary.grid is not None and primary.grid.edge(self.switch) is not None:
            return interlocking.by_topology(self.switch, target, primary.grid)
        return interlocking.by_neighbours(self.switch, target, self._neighbours())

    def _neighbours(self) -> list[Switch]:
        nodes = [each for each in self.context.around("XCBR", "XSWI") if isinstance(each, SwitchNode)]
        return [each.switch for each in nodes if each.switch is not self.switch]

    def _show(self, now_ns: int) -> None:
        for target, path in _SIGNALS.items():
            self.signals.show(path, self.released(target), now_ns)


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
