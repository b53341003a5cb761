"""Tags of the chosen element: what is there, placing one, removing one after a second step."""

from __future__ import annotations

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.grid_state import TAG_LETTERS
from hmi.reports import TagNote
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

COLUMNS = (Column("Tag", 27), Column("By", 10), Column("Placed (UTC)", 0))
PLACED_BY_THE_UNIT = "fault isolation, do not close"
PERMIT = "work permit"
SECOND_S = 300.0
"""A removal may wait for a second operator."""
ROWS = 3


class TagPanel(QWidget):
    """One element at a time."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._element = ""
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self._kinds = QComboBox(self)
        self._kinds.addItems([kind for kind in TAG_LETTERS if kind != PLACED_BY_THE_UNIT])
        self.words = QLineEdit(self)
        self.words.setPlaceholderText("permit: number, holder;  removal: reason")
        self.place = CommandButton("Place", self)
        self.remove = CommandButton("Remove ...", self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        self._lay_out()
        self.place.clicked.connect(self._place)
        self.remove.clicked.connect(self._ask_removal)
        site.tags_changed.connect(self._refresh)
        site.link.state_changed.connect(lambda *_: self._refresh())

    def show_element(self, element: str) -> None:
        """'' for none."""
        if element != self._element:
            self._element = element
            self.confirmation.close_question()
            self.outcome.hide()
        self._refresh()

    def _refresh(self) -> None:
        tags = self._tags()
        self.model.replace(
            [Row(str(tag.id), (tag.kind, tag.holder, date_time_text(tag.placed_ns)[:16])) for tag in tags]
        )
        self.view.setVisible(bool(tags))
        self.view.setFixedHeight((min(len(tags), ROWS) + 1) * (self.fontMetrics().height() + 8) + 4)
        may = self._site.may("operate") and bool(self._element)
        if not may:
            self.confirmation.close_question()
        self.place.setEnabled(may)
        self.remove.setEnabled(may and bool(tags))

    def _tags(self) -> list[TagNote]:
        return [tag for tag in self._site.tags if tag.element == self._element]

    def _place(self) -> None:
        kind, words = self._kinds.currentText(), self.words.text().strip()
        number, _, holder = words.partition(",")
        wanted: WireValue = kind
        if words:
            permit: WireValue = {"kind": kind, "reference": number.strip(), "permit_holder": holder.strip()}
            wanted = permit if kind == PERMIT else {"kind": kind, "reference": words}
        self._site.link.write("Tag.Place", self._element, wanted, self._answered, SECOND_S)

    def _ask_removal(self) -> None:
        tags = self._tags()
        row = max(self.view.currentIndex().row(), 0)
        if row < len(tags):
            tag = tags[row]
            question = f"Remove the tag '{tag.kind}' of {tag.holder} from {tag.element}?"
            self.confirmation.ask(question, "Remove tag", lambda: self._remove(tag))

    def _remove(self, tag: TagNote) -> None:
        words = self.words.text().strip()
        value: WireValue = {"number": tag.id, "reason": words} if words else tag.id
        self._site.link.write("Tag.Remove", tag.element, value, self._answered, SECOND_S)

    def _answered(self, answer: Answered) -> None:
        """Of a tag that is placed: what was on its way before."""
        words = answer.text if answer.code is Code.OK else f"{answer.code.value}: {answer.text}"
        self.outcome.setVisible(bool(words))
        self.outcome.setText(words)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._kinds, 1)
        row.addWidget(self.place)
        row.addWidget(self.remove)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.view, self.outcome, self.confirmation):
            layout.addWidget(widget)
        layout.addWidget(self.words)
        layout.addLayout(row)
        self.outcome.hide()
