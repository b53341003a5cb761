"""Before a command: what every rule says about opening and closing the shown switch, asked of the unit again and again.

It only tells. Whether a command goes out the gate of the unit decides when it is given.
"""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.hindrance_note import INTERLOCKING, Hindrances, hindrances_from
from hmi.site import Site
from hmi.timer import timer
from hmi.widgets.labels import ToneLabel
from models.errors import RingmainError
from models.wire.happenings import Answered
from models.wire.messages import Code

ASK_MS = 2000


class WhyNot(QWidget):
    """One switch at a time; asks only while it can be seen."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._switch = ""
        self._closes = True
        self._told: Hindrances | None = None
        self.title = ToneLabel(tone="muted", wrap=True)
        self.rules = ToneLabel(wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.title)
        layout.addWidget(self.rules)
        self._timer = timer(self, ASK_MS, self._ask)
        self._timer.start()
        self.hide()

    def show_way(self, switch: str, closes: bool) -> None:
        """What may forbid this movement; '' for none."""
        if switch != self._switch:
            self._switch, self._told = switch, None
            self.setVisible(bool(switch))
            self._ask()
        if closes != self._closes:
            self._closes = closes
        self._refresh()

    def _ask(self) -> None:
        if self._switch and self._site.link.live:
            switch = self._switch
            self._site.link.query(INTERLOCKING, switch, lambda answer: self._answered(switch, answer))

    def _answered(self, switch: str, answer: Answered) -> None:
        if switch != self._switch:
            return
        try:
            known = answer.code is Code.OK and answer.instances
            self._told = hindrances_from(answer.instances[-1].value) if known else None
        except RingmainError as error:
            self._site.problem.emit(str(error))
        self._refresh()

    def _refresh(self) -> None:
        """A unit that does not tell its rules beforehand is not asked to."""
        verb = "CLOSE" if self._closes else "OPEN"
        lines = "" if self._told is None else self._told.lines(self._closes)
        count = lines.count("\n") + 1
        title = (
            f"{verb} would be refused by {count} rule{'s' * (count > 1)}:" if lines else f"no rule forbids {verb} now"
        )
        self.title.setText(title if self._told is not None else "")
        self.title.setVisible(self._told is not None)
        self.rules.setText(lines)
        self.rules.setVisible(bool(lines))
