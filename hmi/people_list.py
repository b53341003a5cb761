"""People at the gate: who has control, what waits for a second operator, and everything that is tagged or placed."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QModelIndex, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from hmi.words import date_time_text
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.messages import Code

COLUMNS = (Column("What", 26), Column("Where", 34), Column("By", 14), Column("Since (UTC)", 18), Column("Says", 0))
VERBS = ("Ask for control", "Hand over", "Keep", "Release", "Take over ...", "Agree ...", "Refuse", "Remove ...")
SECOND_S = 300.0
"""Longer than a second operator may take by unit.toml's default; the unit says when the time is over."""
Removal = tuple[str, str, int, str]
"""Variable, element, number, and what it is."""


class PeopleList(QWidget):
    """picked(element): a row was double-clicked."""

    picked = pyqtSignal(str)

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._removals: dict[str, Removal] = {}
        self.holder = ToneLabel("", "title", wrap=True)
        self.words = QLineEdit(self)
        self.words.setPlaceholderText("reason, in words")
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        names = (
            "Ask for control",
            "Hand over",
            "Keep",
            "Release",
            "Take over ...",
            "Agree ...",
            "Refuse",
            "Remove ...",
        )
        self.buttons = {name: CommandButton(name, self) for name in names}
        self._lay_out()
        self._connect()
        self.refresh()

    def refresh(self) -> None:
        site = self._site
        self.holder.setText(str(site.holder))
        self._removals = {}
        rows = [
            Row(f"second {each.number}", (f"awaits a second operator: {each.what}", each.location, each.who, "", ""))
            for each in site.waiting
        ]
        for tag in site.tags:
            key = f"tag {tag.id}"
            self._removals[key] = ("Tag.Remove", tag.element, tag.id, f"the tag '{tag.kind}' of {tag.holder}")
            since = date_time_text(tag.placed_ns)[:16]
            rows.append(Row(key, (f"tag: {tag.kind}", tag.element, tag.holder, since, tag.reference)))
        for each in site.placements:
            key = f"placed {each.id}"
            self._removals[key] = ("Placement.Remove", each.element, each.id, f"the {each.kind} of {each.holder}")
            where = f"{each.element}  {each.other}".strip()
            rows.append(Row(key, (each.kind, where, each.holder, date_time_text(each.placed_ns)[:16], each.reference)))
        self.model.replace(rows)
        self._enable()

    def _enable(self) -> None:
        site, may = self._site, self._site.may("operate")
        mine = site.holder.level != "free" and site.holder.name == site.user
        allowed = {
            "Ask for control": may and not mine,
            "Hand over": may and mine and bool(site.holder.asked_by),
            "Keep": may and mine and bool(site.holder.asked_by),
            "Release": may and mine,
            "Take over ...": site.may("approve") and not mine and site.holder.level != "free",
            "Agree ...": may and bool(site.waiting),
            "Refuse": may and bool(site.waiting),
            "Remove ...": may and bool(self._removals),
        }
        for name, button in self.buttons.items():
            button.setEnabled(allowed[name])
        if not may:
            self.confirmation.close_question()

    # -- what a person says

    def _connect(self) -> None:
        site = self._site
        acts: dict[str, Callable[[], None]] = {
            "Ask for control": lambda: self._say("Authority.Request", self.words.text()),
            "Hand over": lambda: self._say("Authority.HandOver", None),
            "Keep": lambda: self._say("Authority.Refuse", None),
            "Release": lambda: self._say("Authority.Release", None),
            "Take over ...": self._ask_take_over,
            "Agree ...": self._ask_agreement,
            "Refuse": lambda: self._second("SecondOperator.Refuse"),
            "Remove ...": self._ask_removal,
        }
        for name, act in acts.items():
            self.buttons[name].clicked.connect(act)
        self.view.doubleClicked.connect(self._double_clicked)
        for changed in (site.people_changed, site.tags_changed):
            changed.connect(self.refresh)
        site.link.state_changed.connect(lambda *_: self.refresh())

    def _say(self, variable: str, value: WireValue) -> None:
        self._write(variable, self._site.unit, value)

    def _write(self, variable: str, where: str, value: WireValue) -> None:
        self._site.link.write(variable, where, value, self._answered, SECOND_S)

    def _ask_take_over(self) -> None:
        question = f"Take control over from {self._site.holder.name}? Orders under way stop. ({self.words.text()})"
        self.confirmation.ask(question, "Take over", lambda: self._say("Authority.TakeOver", self.words.text()))

    def _ask_agreement(self) -> None:
        waiting = self._site.waiting[0]
        question = f"Agree as the second operator: {waiting.what}, asked by {waiting.who}?"
        self.confirmation.ask(question, "Agree", lambda: self._say("SecondOperator.Agree", waiting.number))

    def _second(self, variable: str) -> None:
        if self._site.waiting:
            self._say(variable, self._site.waiting[0].number)

    def _ask_removal(self) -> None:
        row = max(self.view.currentIndex().row(), 0)
        key = self.model.key(row) if row < len(self.model.rows) else ""
        if key not in self._removals:
            return
        variable, element, number, what = self._removals[key]
        value: dict[str, WireValue] = {"number": number, "reason": self.words.text()}
        question = f"Remove {what} from {element}? ({self.words.text() or 'no reason given'})"
        self.confirmation.ask(question, "Remove", lambda: self._write(variable, element, value))

    def _answered(self, answer: Answered) -> None:
        self.outcome.setVisible(answer.code is not Code.OK)
        self.outcome.setText("" if answer.code is Code.OK else f"{answer.code.value}: {answer.text}")

    def _double_clicked(self, index: QModelIndex) -> None:
        key = self.model.key(index.row())
        if key in self._removals:
            self.picked.emit(self._removals[key][1])

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.words, 1)
        for button in self.buttons.values():
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.holder, self.view, self.outcome, self.confirmation):
            layout.addWidget(widget)
        layout.addLayout(row)
        self.outcome.hide()
