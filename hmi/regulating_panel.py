"""The two-step command of one tap changer or set-point: chosen above, Execute below on the other side.

What the stages mean stands in hmi.operation, what a point takes in hmi.regulated; this panel shows them and passes on
what happens. Success is what the unit says after the field has shown the value; what nobody knows stays marked so.
"""

from __future__ import annotations

from PyQt6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from hmi.link import AnswerSink
from hmi.operation import BUSY, HOLDS_SELECTION, Happening, Stage
from hmi.regulated import LOWER, RAISE, RegulatedPoint, Regulation
from hmi.regulating_facts import authority_words, tag_words
from hmi.site import Site
from hmi.timer import timer
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import PhraseEdit
from hmi.widgets.labels import ToneLabel
from hmi.words import answer_words, quality_words, time_text, variable_name
from models.command import Action
from models.point import PointName
from models.quality import is_actionable
from models.wire.happenings import Answered
from models.wire.messages import Code

TICK_MS = 200
ANSWER_S = 30.0
"""Beside the time that the feedback may take."""

_REFUSALS = (Code.REFUSED, Code.NOT_ALLOWED, Code.BAD_REQUEST, Code.UNKNOWN_VARIABLE, Code.OVERLOADED, Code.NOT_SENT)
"""Nothing has gone to the field; every other code but OK leaves the outcome unknown."""

_SAYINGS: dict[Stage, tuple[str, str]] = {
    Stage.IDLE: ("", ""),
    Stage.SELECTING: ("Selecting ...", ""),
    Stage.SELECTED: ("Selected. Execute within {remaining:.0f} s, or cancel.", "title"),
    Stage.OPERATING: ("Sent. Waiting for the value from the field ...", ""),
    Stage.AWAITING: ("Sent. Waiting for the value from the field ...", ""),
    Stage.DONE: ("Done: {reason}", "title"),
    Stage.REFUSED: ("Refused: {reason}", "alarm"),
    Stage.EXPIRED: ("Selection ended: {reason}. Nothing was regulated.", "alarm"),
    Stage.UNKNOWN: ("OUTCOME UNKNOWN: {reason}. It may have moved, or move yet: look at the value first.", "alarm"),
}


class RegulatingPanel(QFrame):
    """One point at a time."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("frame", "box")
        self._site = site
        self._operation = Regulation()
        self.title = ToneLabel(tone="title", wrap=True)
        self.present = ToneLabel(wrap=True)
        self.authority = ToneLabel(tone="muted", wrap=True)
        self.down, self.up = CommandButton("Select to LOWER", self), CommandButton("Select to RAISE", self)
        self.edit, self.unit = PhraseEdit(self), ToneLabel()
        self.select = CommandButton("Select", self)
        self.hindrance = ToneLabel(tone="muted", wrap=True)
        self.target = ToneLabel(tone="title", wrap=True)
        self.outcome = ToneLabel(wrap=True)
        self.cancel = CommandButton("Cancel", self)
        self.execute = CommandButton("Execute", self, weighty=True)
        self._lay_out()
        self.down.clicked.connect(lambda: self._select(LOWER))
        self.up.clicked.connect(lambda: self._select(RAISE))
        self.select.clicked.connect(self._select_entered)
        self.edit.textChanged.connect(lambda _: self.refresh())
        self.execute.clicked.connect(self._execute)
        self.cancel.clicked.connect(self.give_up)
        site.mirror.changed.connect(self._values_changed)
        site.link.state_changed.connect(lambda *_: self._link_changed())
        site.tags_changed.connect(self.refresh)
        timer(self, TICK_MS, self._tick).start()
        self.show_point(None)

    @property
    def stage(self) -> Stage:
        return self._operation.stage

    @property
    def point(self) -> RegulatedPoint | None:
        return self._operation.point

    def show_point(self, point: RegulatedPoint | None) -> None:
        """Show another point, None for none; leaving a selected one cancels the selection."""
        if point != self.point:
            self.give_up()
            self._operation = Regulation(point)
            self.edit.clear()
        self.setVisible(point is not None)
        self.refresh()

    def give_up(self) -> None:
        """Cancel a selection; what has been sent goes on."""
        if self.stage in HOLDS_SELECTION:
            self._write(Action.CANCEL, lambda _: None)
            self._happened(Happening.CANCEL)

    # -- steps

    def _select_entered(self) -> None:
        point = self.point
        if point is not None and not self._entry_fault():
            self._select(point.read(self.edit.text()))

    def _select(self, order: int | float) -> None:
        operation, present = self._operation, self._value()
        if present is None or self._hindrance() or self._end_reached(order):
            self.refresh()
            return
        operation.select(present, order, self._now_ns())
        self._write(Action.SELECT, lambda answer: self._answered(operation, answer, Happening.ACCEPTED))
        self.refresh()

    def _execute(self) -> None:
        operation = self._operation
        if operation.stage is not Stage.SELECTED:
            return
        if reason := self._hindrance():
            self._write(Action.CANCEL, lambda _: None)
            self._happened(Happening.LINK_LOST, reason)
            return
        self._happened(Happening.EXECUTE)
        self._write(Action.OPERATE, lambda answer: self._operated(operation, answer), self._patience_s())

    def _write(self, action: Action, answered: AnswerSink, timeout_s: float | None = None) -> None:
        operation = self._operation
        if operation.point is not None:
            name = operation.point.name
            variable = f"{name.variable}.{action.value}"
            self._site.link.write(variable, name.location, operation.order, answered, timeout_s)

    def _operated(self, operation: Regulation, answer: Answered) -> None:
        """The unit answers once the field has shown the value: only then OK."""
        self._answered(operation, answer, Happening.ACCEPTED)
        if answer.code is Code.OK:
            operation.take(Happening.CONFIRMED, self._now_ns(), answer.text or "confirmed by the field")
            self.refresh()

    def _answered(self, operation: Regulation, answer: Answered, good: Happening) -> None:
        """Of the operation that asked; another point may be shown by now."""
        bad = Happening.REFUSED if answer.code in _REFUSALS else Happening.UNKNOWN
        operation.take(good if answer.code is Code.OK else bad, self._now_ns(), answer_words(answer))
        self._told()

    # -- what happens around it

    def _happened(self, happening: Happening, reason: str = "") -> None:
        self._operation.take(happening, self._now_ns(), reason)
        self.refresh()

    def _values_changed(self, names: frozenset[PointName]) -> None:
        if self.point is None:
            return
        if self.point.name in names:
            self._told()
        elif any(self.point.name.location.startswith(name.location) for name in names):
            self.refresh()

    def _told(self) -> None:
        operation, present = self._operation, self._value()
        if operation.stage is Stage.SELECTED and present is not None and operation.moved(present, self._now_ns()):
            self._end_selection("the value has changed")
        self.refresh()

    def _link_changed(self) -> None:
        if not self._site.link.live:
            self._operation.take(Happening.LINK_LOST, self._now_ns(), "the link to the unit is lost")
        self.refresh()

    def _tick(self) -> None:
        if self.stage in BUSY:
            selected = self.stage is Stage.SELECTED
            if self._operation.tick(self._now_ns()) and selected:
                self._end_selection("the time is over")
            self.refresh()

    def _end_selection(self, reason: str) -> None:
        self._operation.reason = reason
        self._write(Action.CANCEL, lambda _: None)

    # -- what is shown

    def refresh(self) -> None:
        """Show the operation as it stands."""
        point = self.point
        if point is None:
            return
        self.title.setText(f"{point.name.location}  {variable_name(point.name.variable)}")
        self._say_present(point)
        self._say_choice(point)
        operation, shown = self._operation, self.stage is not Stage.IDLE
        self.execute.setEnabled(self.stage is Stage.SELECTED)
        self.execute.setText(f"Execute {operation.verb}" if shown else "Execute")
        self.cancel.setEnabled(self.stage in HOLDS_SELECTION)
        self.target.setVisible(shown)
        self.outcome.setVisible(shown)
        if shown:
            wanted = f"{point.text(operation.started)}  →  {point.text(operation.wanted)}"
            self.target.setText(f"{point.name.location} {variable_name(point.name.variable)}:  {wanted}")
            saying, tone = _SAYINGS[self.stage]
            remaining = operation.remaining_s(self._now_ns()) or 0.0
            self.outcome.say(saying.format(remaining=remaining, reason=operation.reason), tone)

    def _say_present(self, point: RegulatedPoint) -> None:
        instance = self._site.mirror.get(point.name)
        if instance is None:
            self.present.say(f"no value from the field;  range {point.range_text}", "alarm")
        else:
            doubt = quality_words(instance.quality)
            text = f"{point.text(instance.value)}  since {time_text(instance.time_ns)} UTC, {doubt or 'good'}"
            self.present.say(f"{text};  range {point.range_text}", "alarm" if doubt else "")
        self._say_authority(point)

    def _say_authority(self, point: RegulatedPoint) -> None:
        words, normal = authority_words(point.name.location, self._site.mirror)
        tags = tag_words(point.name.location, self._site.tags)
        self.authority.say(
            "\n".join(part for part in (words, tags) if part), "muted" if normal and not tags else "alarm"
        )

    def _say_choice(self, point: RegulatedPoint) -> None:
        hindrance = self._hindrance()
        free = not hindrance and self.stage not in BUSY
        for button, order in ((self.down, LOWER), (self.up, RAISE)):
            button.setVisible(point.steps)
            button.setEnabled(free and not self._end_reached(order))
        fault = "" if point.steps else self._entry_fault()
        for widget in (self.edit, self.unit, self.select):
            widget.setVisible(not point.steps)
        self.unit.setText(point.shown_unit)
        self.edit.setPlaceholderText(point.range_text if point.greatest is not None else "a number")
        self.edit.setEnabled(self.stage not in BUSY)
        self.select.setEnabled(free and not fault and bool(self.edit.text().strip()))
        ends = " ".join(filter(None, (self._end_reached(order) for order in (LOWER, RAISE)))) if point.steps else ""
        notice = hindrance or fault or ends
        self.hindrance.setText(notice)
        self.hindrance.setVisible(bool(notice))

    def _entry_fault(self) -> str:
        """Why what has been entered is no set-point; '' while it is one, or nothing yet."""
        if self.point is None or not self.edit.text().strip():
            return ""
        try:
            self.point.read(self.edit.text())
        except ValueError as fault:
            return str(fault)
        return ""

    def _end_reached(self, order: int | float) -> str:
        point, present = self.point, self._value()
        if point is None or not point.steps or present is None:
            return ""
        if point.holds(present + (1 if order == RAISE else -1)):
            return ""
        return "the highest position is reached" if order == RAISE else "the lowest position is reached"

    def _hindrance(self) -> str:
        """Why nothing may be regulated from here now, '' when it may. The unit judges again, by its own rules."""
        if self.point is None:
            return "nothing chosen"
        if not self._site.link.live:
            return "no live link to the unit"
        if "operate" not in self._site.rights:
            return f"the role {self._site.role} does not operate"
        instance = self._site.mirror.get(self.point.name)
        if instance is None or self._value() is None:
            return "no value from the field: it is not regulated blindly"
        if not is_actionable(instance.quality):
            return f"the value is {quality_words(instance.quality)}: it is not regulated blindly"
        return ""

    def _value(self) -> int | float | None:
        instance = None if self.point is None else self._site.mirror.get(self.point.name)
        value = None if instance is None else instance.value
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None

    def _patience_s(self) -> float:
        model = self._site.model
        return ANSWER_S + (model.regulation_s if model is not None else 0.0)

    def _now_ns(self) -> int:
        return self._site.link.now().monotonic_ns

    def _lay_out(self) -> None:
        first, last = QHBoxLayout(), QHBoxLayout()
        for widget in (self.down, self.up, self.edit, self.unit, self.select):
            first.addWidget(widget)
        first.addStretch(1)
        self.edit.setMaximumWidth(140)
        last.addWidget(self.cancel)
        last.addStretch(1)
        last.addWidget(self.execute)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        for label in (self.title, self.present, self.authority):
            layout.addWidget(label)
        layout.addLayout(first)
        for label in (self.hindrance, self.target, self.outcome):
            layout.addWidget(label)
        layout.addLayout(last)
