"""Nodes about equipment: SIMG (gas), ANCR and YEFN (earth-fault coil), ZBAT and ZAXN (auxiliary supply)."""

from __future__ import annotations

from models.command import AddCause
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import Argument, ControlRequest
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


_COIL_S, _COIL_STEPS, _COIL_A = 3.0, 100, 300.0
_COIL_COMMANDS = ("RCol", "LCol", "TapChg", "ColTapPos", "ColPos")


class Coil(Behaviour):
    """ANCR and YEFN: a plunge core of 100 positions that one step moves in 3 s; ECA is proportional to it."""

    acts = True
    help = "RCol, LCol, TapChg (steps), ColTapPos, ColPos (positions); ECA follows the position; Auto tunes to half-way"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.position = min(_COIL_STEPS, max(0, round(context.signals.number("ColTapPos", _COIL_STEPS / 2))))
        self._target = self.position
        self._path = ""
        self._current = Gauge(context.signals, "ECA")

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        if path == "Auto" or path not in _COIL_COMMANDS:
            return None
        if self._target != self.position:
            return AddCause.COMMAND_ALREADY_IN_EXECUTION, "the coil is moving"
        if self.signals.flag("Auto"):
            return AddCause.BLOCKED_BY_MODE, "automatic tuning is on"
        wanted = self._wanted(path, control)
        if not 0 <= wanted <= _COIL_STEPS:
            return AddCause.STEP_LIMIT, "beyond its end position"
        return None

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        if path not in _COIL_COMMANDS or self.context.mode.blocked:
            super().operate(path, control, now_ns)
            if path == "Auto" and self.signals.flag("Auto"):
                self._move(_COIL_STEPS // 2, "", now_ns)
            return
        self._move(self._wanted(path, control), path, now_ns)

    def _wanted(self, path: str, control: ControlRequest) -> int:
        if path in ("RCol", "LCol"):
            return self.position + (1 if path == "RCol" else -1)
        if path == "TapChg":
            return self.position + control.step
        return control.whole(self.position)

    def _move(self, wanted: int, path: str, now_ns: int) -> None:
        if self._path:
            self.context.end(self._path, now_ns, AddCause.ABORTION_BY_CANCEL)
        self._target, self._path = wanted, path
        if wanted == self.position:
            self._end(now_ns)
        else:
            self.context.later("coil", _COIL_S / self.context.primary.speed, now_ns, self._step)

    def _step(self, now_ns: int) -> None:
        self.position += 1 if self._target > self.position else -1
        self._show(now_ns)
        if self.position == self._target:
            self._end(now_ns)
        else:
            self.context.later("coil", _COIL_S / self.context.primary.speed, now_ns, self._step)

    def _end(self, now_ns: int) -> None:
        path, self._path = self._path, ""
        if path:
            self.context.end(path, now_ns)

    def _show(self, now_ns: int) -> None:
        for path in ("ColTapPos", "TapChg", "ColPos"):
            self.signals.show(path, self.position, now_ns)
        self.signals.show("ColOpR", False, now_ns)
        self._current.show(Vector(self.position * _COIL_A / _COIL_STEPS, 0.0, _COIL_A), now_ns, True)


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
