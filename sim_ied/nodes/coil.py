"""ANCR and YEFN: the coil of resonant earthing."""

from __future__ import annotations

from models.command import AddCause
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.context import Context
from sim_ied.nodes.gauge import Gauge
from sim_ied.nodes.quantities import Vector

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
