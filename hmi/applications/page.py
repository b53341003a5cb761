"""The page of one application: what it is, how it goes on and since when, why it does nothing; below, what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import ClassVar

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QTableView, QTextBrowser, QVBoxLayout, QWidget

from hmi.applications.figures import key_words, value_words
from hmi.applications.sorted_table import Cell, SortedModel, sorted_table
from hmi.applications.told import Told
from hmi.applications.turn import Turn
from hmi.site import Site
from hmi.theme import Theme
from hmi.widgets.columns import Column
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel
from hmi.words import duration_text
from models.wire.instance import Instance

MOST_REASONS = 6


@dataclass(frozen=True, slots=True)
class Brief:
    """One line of the overview. tone: '', 'muted', 'title' (somebody should look), 'alarm' (abnormal)."""

    words: str
    tone: str = ""


class Page(QWidget):
    """A page reads `told(variable)` and shows it in `body`. picked(element), order_asked(order id): lead elsewhere.

    The class attributes are what a subclass says of its application. turn: its name in the unit's status.
    switched_on: what to do where it is off.
    """

    picked = pyqtSignal(str)
    order_asked = pyqtSignal(str)

    name = title = turn = switched_on = ""
    variables: tuple[str, ...] = ()

    def __init__(self, site: Site, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.site, self.theme = site, theme
        self.state, self.progress = ToneLabel(wrap=True), ToneLabel(tone="muted", wrap=True)
        self.reasons, self.further = ToneLabel(wrap=True), ToneLabel(tone="muted", wrap=True)
        self.body = QWidget(self)
        self.rows = QVBoxLayout(self.body)
        self.rows.setContentsMargins(0, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(4)
        layout.addWidget(ToneLabel(self.title, "title"))
        for label in (self.state, self.progress, self.reasons):
            layout.addWidget(label)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.further)
        layout.addStretch(0)
        self.build()

    # -- what a subclass says

    def build(self) -> None:
        """Fill `rows`."""

    def render_told(self) -> None:
        """Show what is told; called while something is told, and the page is seen."""

    def found(self) -> Brief:
        """What the overview says while something is told."""
        return Brief(self.told().text("state"))

    def why(self) -> Sequence[str]:
        """Why it does nothing, or what it lacks."""
        return self.told().texts("reasons")

    # -- what it shows

    def told(self, variable: str = "") -> Told:
        """The newest value of one of its variables, the first where none is named."""
        instance = self.instance(variable)
        return Told(None if instance is None else instance.value)

    def instance(self, variable: str = "") -> Instance | None:
        return self.site.told.get(variable or self.variables[0])

    @property
    def how(self) -> Turn | None:
        """How it goes on; None where an older unit does not tell."""
        return self.site.status.applications.get(self.turn) if self.site.status is not None else None

    def age(self) -> Cell:
        """Of its last decision, for the overview."""
        how, now_ns = self.how, self.site.now_ns
        if how is None or how.is_off or not how.evaluated_ns:
            return Cell("")
        old_ns = now_ns - how.evaluated_ns
        return Cell(f"{duration_text(old_ns)} ago", old_ns, "alarm_text" if how.words(now_ns)[1] else "muted")

    def brief(self) -> Brief:
        how = self.how
        if how is not None and how.is_off:
            return Brief("off", "muted")
        if how is not None:
            words, wrong = how.words(self.site.now_ns)
            if wrong:
                return Brief(words, "alarm")
        if not self.told():
            return Brief("nothing told yet", "muted")
        return self.found()

    def show_now(self) -> None:
        """Everything anew; the age alone with `show_age`."""
        self.show_age()
        off = self.how is not None and self.how.is_off
        shown = bool(self.told()) and not off
        self.body.setVisible(shown or self.stays)
        brief = self.found() if shown else Brief(self._empty(off), "")
        self.state.say(brief.words, brief.tone)
        reasons = self.why() if shown else ()
        self.reasons.setVisible(bool(reasons))
        self.reasons.setText("\n".join(f"•  {each}" for each in reasons[:MOST_REASONS]))
        rest = self.further_told() if shown else {}
        self.further.setVisible(bool(rest))
        self.further.setText("further: " + "; ".join(f"{key_words(key)} {value_words(key, rest[key])}" for key in rest))
        if shown or self.stays:
            self.render_told()

    stays = False
    """The body is there even while nothing is told: it holds what switches the application on."""

    known: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Fields that the page shows, by variable; others are listed below it."""

    def further_told(self) -> dict[str, object]:
        rest: dict[str, object] = {}
        for variable, fields in self.known.items():
            rest |= self.told(variable).rest(fields)
        return rest

    def show_age(self) -> None:
        how = self.how
        words, wrong = how.words(self.site.now_ns) if how is not None else ("", False)
        self.progress.setVisible(bool(words))
        self.progress.say(words, "alarm" if wrong else "muted")

    def _empty(self, off: bool) -> str:
        if off:
            return f"Off. {self.switched_on}"
        if self.how is None and not self.told():
            return f"The unit tells nothing of it. {self.switched_on}"
        return "It is on, and has told nothing yet."

    # -- parts that pages share

    def table(self, columns: Sequence[Column], picks: bool = True) -> tuple[SortedModel, QTableView]:
        """picks: the key of a line is an element, to which Enter and a double click lead."""
        model = SortedModel(columns, self.theme, self)
        view = sorted_table(model, columns, self)
        if picks:
            view.activated.connect(lambda index: self.picked.emit(model.lines[index.row()].key))
        return model, view

    def order_button(self) -> CommandButton:
        """Leads to the order that its property `order` names."""
        button = CommandButton("", self)
        button.clicked.connect(lambda: self.order_asked.emit(str(button.property("order"))))
        button.hide()
        return button

    def offer_order(self, button: CommandButton, order: str) -> None:
        button.setProperty("order", order)
        button.setText(f"Show order {order}")
        button.setVisible(bool(order) and order in self.site.orders)

    def explanation(self) -> Explanation:
        return Explanation(self)


class Explanation(QTextBrowser):
    """Rich text that keeps its place and selection while it stays the same."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self._said = ""

    def say(self, html: str) -> None:
        if html != self._said:
            self._said = html
            self.setHtml(html)


def beside(*widgets: QWidget) -> QHBoxLayout:
    """In one row, with the rest of it left free."""
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def titled(title: str, lines: Sequence[str]) -> str:
    """A heading and what stands below it, as rich text; '' for no lines."""
    if not lines:
        return ""
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<p style='margin-bottom:0'><b>{escape(title)}</b></p><ul style='margin-top:2px'>{items}</ul>"
