"""YLTC: a tap changer under load."""

from __future__ import annotations

from models.command import AddCause
from sim_ied.nodes.behaviour import Behaviour, Refusal
from sim_ied.nodes.change import ControlRequest
from sim_ied.nodes.context import Context

_STEP_S = 5.0
_LOWEST, _HIGHEST, _MIDDLE = 1, 17, 9
_CONTROLLED = ("TapChg", "TapPos")


class TapChanger(Behaviour):
    """Steps one position at a time; a drive that has started reaches it."""

    acts = True
    help = "TapChg/TapPos one step in 5 s, end positions, OpCnt, transInd; blocked by LTCBlk"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        path = next((each for each in _CONTROLLED if context.signals.read(each) is not None), "")
        self.position = round(context.signals.number(path, _MIDDLE)) if path else _MIDDLE
        self.lowest, self.highest = self._range()
        self._target = self.position
        self._ending: list[tuple[Context, str]] = []
        self._operations = 0

    def _range(self) -> tuple[int, int]:
        """minVal and maxVal of the controllable, as far as they are stated."""
        number = self.signals.number
        low = min(number(f"{path}.minVal", _LOWEST) for path in _CONTROLLED)
        high = max(number(f"{path}.maxVal", _HIGHEST) for path in _CONTROLLED)
        return min(round(low), self.position), max(round(high), self.position)

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    @property
    def moving(self) -> bool:
        return self._target != self.position

    def check(self, path: str, control: ControlRequest, now_ns: int) -> Refusal | None:
        return self.refusal(self.step_of(path, control)) if path in _CONTROLLED else None

    def refusal(self, step: int) -> Refusal | None:
        """Why it would not step (+1 higher, -1 lower, more for a position that is commanded)."""
        wanted = self.position + step
        causes = (
            (self.moving, AddCause.COMMAND_ALREADY_IN_EXECUTION, "the tap changer is moving"),
            (self.signals.flag("LTCBlk"), AddCause.BLOCKED_BY_PROCESS, "LTCBlk is set"),
            (step == 0, AddCause.POSITION_REACHED, "it is there already"),
            (not self.lowest <= wanted <= self.highest, AddCause.STEP_LIMIT, "beyond its end position"),
        )
        return next(((cause, reason) for applies, cause, reason in causes if applies), None)

    def operate(self, path: str, control: ControlRequest, now_ns: int) -> None:
        if path not in _CONTROLLED or self.context.mode.blocked:
            super().operate(path, control, now_ns) if path not in _CONTROLLED else self.context.end(path, now_ns)
            return
        self.step(self.step_of(path, control), now_ns, self.context, path)

    def step_of(self, path: str, control: ControlRequest) -> int:
        """By how many positions a command moves it."""
        if self.signals.layout.classes.get(path) == "BSC":
            return control.step
        return control.whole(self.position) - self.position

    def step(self, step: int, now_ns: int, context: Context | None = None, path: str = "") -> None:
        """Begin to move; the command of that node's data object ends with it."""
        self._target = self.position + step
        if context is not None:
            self._ending.append((context, path))
        self._show(now_ns)
        self.context.later("step", _STEP_S / self.context.primary.speed, now_ns, self._arrive)

    def _arrive(self, now_ns: int) -> None:
        self.position += 1 if self._target > self.position else -1
        self._operations += 1
        self._show(now_ns)
        if self.moving:
            self.context.later("step", _STEP_S / self.context.primary.speed, now_ns, self._arrive)
            return
        ending, self._ending = self._ending, []
        for context, path in ending:
            context.end(path, now_ns)

    def _show(self, now_ns: int) -> None:
        for path in _CONTROLLED:
            self.signals.show(f"{path}.valWTr.transInd", self.moving, now_ns)
            self.signals.show(path, self.position, now_ns)
        self.signals.show("EndPosR", self.position == self.highest, now_ns)
        self.signals.show("EndPosL", self.position == self.lowest, now_ns)
        self.signals.show("OpCnt", self._operations, now_ns)
