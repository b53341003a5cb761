"""ZBAT and ZAXN: auxiliary supply."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context
from sim_ied.nodes.gauge import Gauge
from sim_ied.nodes.quantities import Vector

_SUPPLIES = {"ZBAT": {"Vol": 110.0, "Amp": 2.0}, "ZAXN": {"Vol": 230.0, "Amp": 8.0}}
_LOW = 0.82


class AuxiliarySupply(Behaviour):
    """ZBAT, ZAXN."""

    acts = True
    help = "Vol, Amp; BatLo by the disturbances 'battery low' and 'battery sound'"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._values = _SUPPLIES[context.key.ln_class]
        self._gauges = {path: Gauge(context.signals, path) for path in self._values}

    def start(self, now_ns: int) -> None:
        self._show(False, now_ns)

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        if kind not in ("battery low", "battery sound"):
            return super().disturb(kind, argument, now_ns)
        self._show(kind == "battery low", now_ns)
        return True

    def _show(self, low: bool, now_ns: int) -> None:
        for path, nominal in self._values.items():
            value = nominal * (_LOW if low and path == "Vol" else 1.0)
            self._gauges[path].show(Vector(value, 0.0, nominal), now_ns, True)
        self.signals.show("BatLo", low, now_ns)
