"""SIMG: supervision of insulating gas."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context
from sim_ied.nodes.enumerations import HEALTH
from sim_ied.nodes.gauge import Gauge
from sim_ied.nodes.quantities import Vector
from sim_ied.nodes.switch import Switch
from sim_ied.nodes.switchgear import SwitchNode

_GAS = {"ok": (1.0, False, False), "alarm": (0.87, True, False), "lock-out": (0.78, True, True)}
"""Argument of 'gas' to density (of nominal), alarm (InsAlm) and lock-out (InsBlk)."""

_NOMINAL_PA, _NOMINAL_KG_M3, _NOMINAL_C = 600_000.0, 36.0, 20.0


class GasSupervision(Behaviour):
    """SIMG: an alarm is a warning of the breaker's health, a lock-out blocks its drive."""

    acts = True
    help = "InsAlm, InsBlk, Pres, Den, Tmp by the disturbance 'gas'; the breaker's EEHealth and drive follow"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._gauges = {path: Gauge(context.signals, path) for path in ("Pres", "Den", "Tmp", "InsTmp", "InsPres")}

    def start(self, now_ns: int) -> None:
        self._show("ok", now_ns)

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        """'gas': ok, alarm or lock-out."""
        if kind != "gas" or not isinstance(argument, str) or argument not in _GAS:
            return super().disturb(kind, argument, now_ns)
        self._show(argument, now_ns)
        alarm, locked = _GAS[argument][1:]
        for node in self._breakers():
            node.switch.set_gas(locked, now_ns)
            node.disturb("health", "Warning" if alarm else "Ok", now_ns)
        for switch in self._bare():
            switch.set_gas(locked, now_ns)
        return True

    def _breakers(self) -> list[SwitchNode]:
        return [each for each in self.context.related("XCBR", "XSWI") if isinstance(each, SwitchNode)]

    def _bare(self) -> list[Switch]:
        """The breaker at its place, where its XCBR belongs to another IED."""
        linked = self.context.primary.linked(self.key)
        return [] if linked is None or self._breakers() else [linked]

    def _show(self, state: str, now_ns: int) -> None:
        density, alarm, locked = _GAS[state]
        for path, on in (("InsAlm", alarm), ("InsBlk", locked), ("InsTr", False)):
            self.signals.show(path, on, now_ns)
        values = {
            "Pres": density * _NOMINAL_PA,
            "InsPres": density * _NOMINAL_PA,
            "Den": density * _NOMINAL_KG_M3,
            "Tmp": _NOMINAL_C,
            "InsTmp": _NOMINAL_C,
        }
        for path, value in values.items():
            self._gauges[path].show(Vector(value, 0.0, value), now_ns, True)
        if alarm or self.signals.has("EEHealth"):
            self.signals.show_literal("EEHealth", "Alarm" if locked else "Warning" if alarm else "Ok", HEALTH, now_ns)
