"""LGOS, LSVS, LCCH, LTMS: supervision of subscriptions, channels and time."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.change import Argument

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
