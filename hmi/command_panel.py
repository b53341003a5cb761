"""The two-step command of one switch: Select above, Execute below on the other side, the outcome from the field.

What is sent, and what the stages mean, stands in hmi.operation; this panel only shows them and passes on what happens.
"""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmi.link import AnswerSink
from hmi.operation import BUSY, HOLDS_SELECTION, Happening, Operation, Stage
from hmi.site import Site
from hmi.timer import timer
from hmi.why_not import WhyNot
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel
from hmi.words import POSITIONS, answer_words, quality_words
from models.command import Action
from models.point import Dbpos, PointName
from models.quality import is_actionable
from models.wire.happenings import Answered
from models.wire.messages import Code

TICK_MS = 200
OPERATE_TIMEOUT_S = 60.0  # the unit answers once the field has confirmed, refused or kept silent
SELECT_TIMEOUT_S = 300.0  # a selection may wait for a second operator
OPPOSITE = {Dbpos.ON: Dbpos.OFF, Dbpos.OFF: Dbpos.ON}
_VERBS = {Dbpos.OFF: "OPEN", Dbpos.ON: "CLOSE"}

_ENDINGS = {
    Code.OK: Happening.ACCEPTED,
    Code.FAILED: Happening.UNKNOWN,
    Code.UNKNOWN: Happening.UNKNOWN,
    Code.TIMED_OUT: Happening.UNKNOWN,
}
"""How a write ended, for the operation; every other code is a refusal: nothing has been operated."""

_SAYINGS: dict[Stage, tuple[str, str]] = {
    Stage.IDLE: ("", ""),
    Stage.SELECTING: ("Selecting ...", ""),
    Stage.SELECTED: ("Selected. Execute within {remaining:.0f} s, or cancel.", "title"),
    Stage.OPERATING: ("Sent. Waiting for the field ...", ""),
    Stage.AWAITING: ("Accepted by the device. Waiting for the position ({remaining:.0f} s) ...", ""),
    Stage.DONE: ("Done: {target}, confirmed by the field.", "title"),
    Stage.REFUSED: ("Refused: {reason}", "alarm"),
    Stage.EXPIRED: ("Selection ended: {reason}. Nothing was operated.", "alarm"),
    Stage.NO_CHANGE: ("Accepted, but the position has not changed. Look at the device.", "alarm"),
    Stage.UNKNOWN: ("Outcome unknown: {reason}. Look at the position before anything else.", "alarm"),
}


class CommandPanel(QFrame):
    """armed(switch): selected, '' when not any more; diagrams blink it."""

    armed = pyqtSignal(str)

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("frame", "box")
        self._site = site
        self._operation = Operation("")
        self.select = CommandButton("Select", self)
        self.hindrance = ToneLabel(tone="muted", wrap=True)
        self.why_not = WhyNot(site, self)
        self.target = ToneLabel(tone="title", wrap=True)
        self.outcome = ToneLabel(wrap=True)
        self.cancel = CommandButton("Cancel", self)
        self.execute = CommandButton("Execute", self, weighty=True)
        self._timer = timer(self, TICK_MS, self._tick)
        self._lay_out()
        self.select.clicked.connect(self._select)
        self.execute.clicked.connect(self._execute)
        self.cancel.clicked.connect(self.give_up)
        site.mirror.changed.connect(self._values_changed)
        site.link.state_changed.connect(lambda *_: self._link_changed())
        site.tags_changed.connect(self.refresh)
        self._timer.start()

    @property
    def stage(self) -> Stage:
        return self._operation.stage

    def show_switch(self, switch: str) -> None:
        """Show another switch, '' for none; leaving a selected one cancels the selection."""
        if switch != self._operation.switch:
            self.give_up()
            self._operation = Operation(switch)
        self.refresh()

    def give_up(self) -> None:
        """Cancel a selection; an operation that has been sent goes on."""
        if self._operation.stage in HOLDS_SELECTION:
            self._write(Action.CANCEL, lambda _: None)
            self._happened(Happening.CANCEL)

    # -- steps

    def _select(self) -> None:
        present = self._present()
        if self._hindrance() or present not in OPPOSITE:
            self.refresh()
            return
        operation = self._operation
        operation.select(present, OPPOSITE[present], self._now_ns())
        self._write(Action.SELECT, lambda answer: self._answered(operation, answer), SELECT_TIMEOUT_S)
        self.refresh()

    def _execute(self) -> None:
        if self._operation.stage is not Stage.SELECTED:
            return
        if reason := self._hindrance():
            self._write(Action.CANCEL, lambda _: None)
            self._happened(Happening.LINK_LOST, reason)
            return
        operation = self._operation
        self._happened(Happening.EXECUTE)
        self._write(Action.OPERATE, lambda answer: self._answered(operation, answer), OPERATE_TIMEOUT_S)

    def _write(self, action: Action, answered: AnswerSink, timeout_s: float | None = None) -> None:
        point = self._point()
        if point is not None:
            variable = f"{point.variable}.{action.value}"
            self._site.link.write(variable, point.location, int(self._operation.target), answered, timeout_s)

    def _answered(self, operation: Operation, answer: Answered) -> None:
        """Of the operation that asked; another switch may be shown by now."""
        operation.take(_ENDINGS.get(answer.code, Happening.REFUSED), self._now_ns(), answer_words(answer))
        if operation is self._operation:
            self._position_told()

    # -- what happens around it

    def _happened(self, happening: Happening, reason: str = "") -> None:
        self._operation.take(happening, self._now_ns(), reason)
        self.refresh()

    def _values_changed(self, names: frozenset[PointName]) -> None:
        if self._point() in names:
            self._position_told()

    def _position_told(self) -> None:
        held = self._operation.stage is Stage.SELECTED
        if self._operation.position(self._present(), self._now_ns()) and held:
            self._operation.reason = "the position has changed"
            self._write(Action.CANCEL, lambda _: None)
        self.refresh()

    def _link_changed(self) -> None:
        if not self._site.link.live:
            self._operation.take(Happening.LINK_LOST, self._now_ns(), "the link to the unit is lost")
        self.refresh()

    def _tick(self) -> None:
        if self._operation.stage in BUSY:
            selected = self._operation.stage is Stage.SELECTED
            if self._operation.tick(self._now_ns()) and selected:
                self._operation.reason = "the time is over"
                self._write(Action.CANCEL, lambda _: None)
            self.refresh()

    # -- what is shown

    def refresh(self) -> None:
        """Show the operation as it stands."""
        operation, present = self._operation, self._present()
        hindrance = self._hindrance()
        offered = OPPOSITE.get(present)
        self.select.setText(f"Select to {_VERBS[offered]}" if offered else "Select")
        self.select.setEnabled(not hindrance and operation.stage not in BUSY)
        notice = hindrance or self._tagged()
        self.hindrance.setText(notice)
        self.hindrance.setVisible(bool(notice))
        asked = operation.switch if offered is not None and not hindrance and operation.stage not in BUSY else ""
        self.why_not.show_way(asked, closes=offered is Dbpos.ON)
        self.execute.setEnabled(operation.stage is Stage.SELECTED)
        self.cancel.setEnabled(operation.stage in HOLDS_SELECTION)
        shown = operation.stage is not Stage.IDLE
        self.target.setVisible(shown)
        self.outcome.setVisible(shown)
        self.execute.setText(f"Execute {_VERBS[operation.target]}" if operation.target in _VERBS else "Execute")
        if shown:
            self.target.setText(
                f"{operation.switch}:  {POSITIONS[operation.started]}  →  {POSITIONS[operation.target]}"
            )
            self._say_outcome()
        self.armed.emit(operation.switch if operation.stage is Stage.SELECTED else "")

    def _say_outcome(self) -> None:
        operation = self._operation
        saying, tone = _SAYINGS[operation.stage]
        remaining = operation.remaining_s(self._now_ns()) or 0.0
        reason = operation.reason.removeprefix("outcome unknown: ")
        text = saying.format(remaining=remaining, target=POSITIONS[operation.target], reason=reason)
        self.outcome.say(text, tone)

    def _hindrance(self) -> str:
        """Why nothing may be operated from here now, '' when something may. The unit judges again, by its own rules."""
        model, switch = self._site.model, self._operation.switch
        if model is None or switch not in model.switches:
            return "no switch chosen"
        if not self._site.link.live:
            return "no live link to the unit"
        if switch not in model.controllable:
            return "operated at the station only: no remote control"
        if "operate" not in self._site.rights:
            return f"the role {self._site.role} does not operate"
        return self._doubt()

    def _tagged(self) -> str:
        """Tags on the switch, for the eye; whether they forbid the operation is the unit's to say."""
        tags = [f"{tag.kind} ({tag.holder})" for tag in self._site.tags if tag.element == self._operation.switch]
        return "tagged: " + ", ".join(tags) if tags else ""

    def _doubt(self) -> str:
        """Why the position is not to be relied on."""
        point = self._point()
        instance = None if point is None else self._site.mirror.get(point)
        if instance is None:
            return "no position from the field"
        if not is_actionable(instance.quality):
            return f"the position is {quality_words(instance.quality)}"
        if self._present() not in OPPOSITE:
            return f"the position is {POSITIONS[self._present()].lower()}"
        return ""

    def _point(self) -> PointName | None:
        model = self._site.model
        return None if model is None else model.positions.get(self._operation.switch)

    def _present(self) -> Dbpos:
        point = self._point()
        return Dbpos.BAD if point is None else self._site.mirror.position(point)

    def _now_ns(self) -> int:
        return self._site.link.now().monotonic_ns

    def _lay_out(self) -> None:
        first, last = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.select)
        first.addStretch(1)
        last.addWidget(self.cancel)
        last.addStretch(1)
        last.addWidget(self.execute)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.addLayout(first)
        for widget in (self.hindrance, self.why_not, self.target, self.outcome):
            layout.addWidget(widget)
        layout.addLayout(last)
