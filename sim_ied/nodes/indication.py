"""Indicators and supervision: fault passage (IEC TR 61850-90-6), LTMS, LGOS, LSVS, LCCH, CALH."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument
from sim_ied.nodes.context import Context
from sim_ied.nodes.enumerations import DIRECTION, HEALTH
from sim_ied.nodes.spot import PHASES, View

_RESPONSE_S, _RESET_S = 0.05, 5.0
_PICKUP_A, _EARTH_A, _PRESENT_A, _PRESENT_PU = 400.0, 30.0, 5.0, 0.4
_EARTH_WORDS = ("earth", "erd", "gnd", "neut")


class FaultPassage(Behaviour):
    """SFPI: a short circuit, or an earth fault where its prefix or description says so, has passed here."""

    acts = True
    help = "FwdFlt/FltInd/Str after 50 ms above StrVal, until 5 s after the voltage has come back"

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
        """'indicator forward', 'indicator reverse': shows what was not there; 'indicator sound' ends it."""
        if kind not in ("indicator forward", "indicator reverse", "indicator sound"):
            return super().disturb(kind, argument, now_ns)
        self._show(kind != "indicator sound", now_ns, kind == "indicator reverse")
        return True

    def _show(self, on: bool, now_ns: int, reverse: bool = False) -> None:
        for path in ("FltInd", "Str"):
            direction = "unknown" if not on else "backward" if reverse else "forward"
            self.signals.show_literal(f"{path}.dirGeneral", direction, DIRECTION, now_ns)
            self.signals.show(path, on, now_ns)
        self.signals.show("FwdFlt", on and not reverse, now_ns)
        self.signals.show("RvFlt", on and reverse, now_ns)


class Presence(Behaviour):
    """SVPI, SCPI: voltage or current is present; shown in whatever indication the type has (SPS, ACD, ACT)."""

    acts = True
    help = "its indications follow the voltage (above 40 %) or the current (above 5 A) of its place"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        classes = context.signals.layout.classes
        self._paths = [path for path, cdc in classes.items() if cdc in ("SPS", "ACD", "ACT") and "." not in path]

    def connect(self) -> None:
        self.context.primary.follow(self._look)

    def start(self, now_ns: int) -> None:
        self._look(now_ns)

    def _look(self, now_ns: int) -> None:
        view, by_voltage = self.context.spot.view(), self.key.ln_class == "SVPI"
        present = {
            phase: view.voltage_pu(phase) > _PRESENT_PU if by_voltage else view.current_a(phase) > _PRESENT_A
            for phase in PHASES
        }
        for path in self._paths:
            for phase, on in present.items():
                self.signals.show(f"{path}.phs{phase}", on, now_ns)
            self.signals.show(path, any(present.values()), now_ns)


_SOUND = {
    "LGOS": {"St": True, "SimSt": False, "NdsCom": False},
    "LSVS": {"St": True, "SimSt": False, "NdsCom": False},
    "LCCH": {"ChLiv": True, "RedChLiv": True},
    "LTMS": {"TmChSt1": True, "TmChSt2": True},
}
"""Data objects of supervision to their values with everything in order."""


class Supervision(Behaviour):
    """LGOS, LSVS, LCCH, LTMS: everything in order, until a disturbance."""

    acts = True
    help = "St, ChLiv, TmChSt1 are in order, until the disturbance 'silent' (ended by 'heard')"

    def start(self, now_ns: int) -> None:
        self._show(True, now_ns)

    def disturb(self, kind: str, argument: Argument, now_ns: int) -> bool:
        if kind not in ("silent", "heard"):
            return super().disturb(kind, argument, now_ns)
        self._show(kind == "heard", now_ns)
        return True

    def _show(self, sound: bool, now_ns: int) -> None:
        for path, normal in _SOUND[self.key.ln_class].items():
            self.signals.show(path, normal if sound or path == "SimSt" else not normal, now_ns)


class GroupAlarm(Behaviour):
    """CALH: the alarms and warnings of all nodes' health together."""

    acts = True
    help = "GrAlm, GrWrn from the Health of all nodes of its device"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown: tuple[bool, bool] | None = None

    def start(self, now_ns: int) -> None:
        self.health_changed(now_ns)

    def health_changed(self, now_ns: int) -> None:
        words = {
            each.signals.literal(path, HEALTH)
            for each in self.context.device.nodes.values()
            if each is not self
            for path in ("Health", "EEHealth")
        }
        self.signals.show("GrAlm", "Alarm" in words, now_ns)
        self.signals.show("GrWrn", "Warning" in words, now_ns)
