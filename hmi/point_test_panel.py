"""A point-to-point test in the window: what the unit shows of each point, and the tester's word for it.

A word is one click, since it moves nothing: the unit keeps it with what it showed at that moment. Commands in test are
tried by `ringmain commission`.
"""

from __future__ import annotations

from functools import partial

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.point_test import NOT_SEEN, NOT_TESTED, POINTS, SAY, SEEN, WORDS, WRONG, TestedPoint, points_from
from hmi.row_model import Row, RowModel
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel
from hmi.words import quality_words, time_text, value_words
from models.errors import RingmainError
from models.point import PointName
from models.wire.happenings import Answered
from models.wire.messages import Code

START, ENDED_BY = "PointTest.Start", "PointTest.End"
COLUMNS = (
    Column("Point", 34),
    Column("Kind", 4),
    Column("Word", 9),
    Column("Seen as", 13),
    Column("By", 7),
    Column("Left to do", 13),
    Column("Address, note", 0),
)


class PointTestPanel(QWidget):
    """The running tests of the unit, one of them with its points."""

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site, self._theme = site, theme
        self._points: list[TestedPoint] = []
        self._watched: tuple[PointName, int] | None = None
        self.tests = QComboBox(self)
        self.scope = QLineEdit(self)
        self.scope.setPlaceholderText("location or link to test")
        self.start = CommandButton("Start test", self)
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.now = ToneLabel("", "title", wrap=True)
        self.note = QLineEdit(self)
        self.note.setPlaceholderText("note (what was seen instead)")
        self.words = {word: CommandButton(word.capitalize(), self) for word in WORDS}
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        self._lay_out()
        self.start.clicked.connect(self._start)
        for word, button in self.words.items():
            button.clicked.connect(partial(self._say, word))
        self.tests.currentIndexChanged.connect(lambda _: self._ask())
        selection = self.view.selectionModel()
        if selection is not None:
            selection.selectionChanged.connect(lambda *_: self._watch())
        site.set_aside_changed.connect(self._tests_changed)
        site.mirror.changed.connect(self._values_changed)
        site.link.state_changed.connect(lambda *_: self._enable())
        self.scope.textChanged.connect(lambda _: self._enable())
        self._enable()

    @property
    def test(self) -> int | None:
        """Number of the chosen test."""
        number = self.tests.currentData()
        return number if isinstance(number, int) else None

    @property
    def chosen(self) -> TestedPoint | None:
        row = self.view.currentIndex().row()
        return self._points[row] if 0 <= row < len(self._points) else None

    # -- what the unit tells

    def _tests_changed(self) -> None:
        """A test that has begun is chosen where none was; each step of the chosen one is shown."""
        running = [each for each in self._site.set_aside.values() if each.variable == ENDED_BY]
        known = [self.tests.itemData(index) for index in range(self.tests.count())]
        if known != [each.value for each in running]:
            chosen = self.test
            self.tests.blockSignals(True)
            self.tests.clear()
            for each in running:
                self.tests.addItem(f"test {each.value!r}: {each.place} ({each.holder})", each.value)
            self.tests.setCurrentIndex(max(self.tests.findData(chosen), 0) if running else -1)
            self.tests.blockSignals(False)
        self._ask()

    def _ask(self) -> None:
        if self.test is None:
            self._show([])
        else:
            self._site.link.query(POINTS, f"{self._site.unit}/tests/{self.test}", self._told)

    def _told(self, answer: Answered) -> None:
        if answer.code is not Code.OK or not answer.instances:
            self._complain(answer)
            return
        try:
            self._show(points_from(answer.instances[-1].value))
        except RingmainError as error:
            self._say_fault(str(error))

    def _show(self, points: list[TestedPoint]) -> None:
        self._points = points
        row = self.view.currentIndex().row()
        self.model.replace([self._row(point) for point in points])
        if points:
            self.view.selectRow(row if 0 <= row < len(points) else 0)
        self._watch()

    def _row(self, point: TestedPoint) -> Row:
        more = "; ".join(part for part in (point.address, point.note) if part)
        word = "" if point.verdict == NOT_TESTED else point.verdict
        cells = (point.name, point.kind, word, point.look, point.tester, point.lacks, more)
        bad = point.verdict in (WRONG, NOT_SEEN)
        return Row(
            point.name, cells, self._theme.alarm_text if bad else "", tip=f"{point.name}\n{point.command}".strip()
        )

    # -- the chosen point, as it is now

    def _watch(self) -> None:
        point, link = self.chosen, self._site.link
        name = None if point is None else PointName(point.location, point.variable)
        if self._watched is not None and self._watched[0] != name:
            link.unsubscribe(self._watched[1])
            self._watched = None
        if name is not None and self._watched is None:
            self._watched = name, link.subscribe(name.variable, name.location, self._site.mirror.notified)
        self._tell_value()
        self._enable()

    def _values_changed(self, names: frozenset[PointName]) -> None:
        if self._watched is not None and self._watched[0] in names:
            self._tell_value()
            self._enable()

    def _tell_value(self) -> None:
        if self._watched is None:
            self.now.setText("")
            return
        instance = self._site.mirror.get(self._watched[0])
        if instance is None:
            self.now.setText("has never been received")
            return
        doubt = quality_words(instance.quality)
        told = f"now: {value_words(instance)}, {time_text(instance.time_ns)} UTC"
        self.now.say(told + (f" ({doubt})" if doubt else ""), "alarm" if doubt else "title")

    # -- what the tester says

    def _start(self) -> None:
        self._site.link.write(START, self._site.unit, self.scope.text().strip(), self._started)

    def _started(self, answer: Answered) -> None:
        self._complain(answer)
        if answer.code is Code.OK:
            self.scope.clear()

    def _say(self, word: str) -> None:
        point, test = self.chosen, self.test
        if point is not None and test is not None:
            value = point.said(test, word, self.note.text().strip())
            self._site.link.write(SAY, point.location, value, partial(self._taken, point))

    def _taken(self, point: TestedPoint, answer: Answered) -> None:
        """The next point without a word is chosen; the unit tells the new state itself."""
        self._complain(answer)
        if answer.code is not Code.OK:
            return
        self.note.clear()
        names = [each.name for each in self._points]
        here = names.index(point.name) if point.name in names else 0
        following = [*range(here + 1, len(names)), *range(here)]
        left = next((row for row in following if self._points[row].verdict == NOT_TESTED), None)
        if left is not None and self.chosen is not None and self.chosen.name == point.name:
            self.view.selectRow(left)

    def _complain(self, answer: Answered) -> None:
        self._say_fault("" if answer.code is Code.OK else answer.text or answer.code.value)

    def _say_fault(self, text: str) -> None:
        self.outcome.setText(text)
        self.outcome.setVisible(bool(text))

    def _enable(self) -> None:
        may = self._site.may("operate")
        self.start.setEnabled(may and bool(self.scope.text().strip()))
        point = self.chosen
        for word, button in self.words.items():
            known = word != SEEN or (self._watched is not None and self._site.mirror.get(self._watched[0]) is not None)
            button.setEnabled(may and point is not None and known)

    def _lay_out(self) -> None:
        first, last = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.tests, 1)
        first.addWidget(self.scope, 1)
        first.addWidget(self.start)
        last.addWidget(self.now, 1)
        last.addWidget(self.note, 1)
        for button in self.words.values():
            last.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(first)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.outcome)
        self.outcome.hide()
        layout.addLayout(last)
