"""Commands whose outcome nobody saw, after a crash or a lost answer: they bar commands until a person releases them.

SAFETY S22: read the positions in the field first. Releasing is answered in two steps, and holds for the commands that
were listed with the question.
"""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hmi.reports import OpenCommand
from hmi.site import Site
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.messages import Code

SHOWN = 4
QUESTION = "Release {count} commands without outcome? Do so only after reading the position of each switch."


class ReleasePanel(QWidget):
    """Hidden while there are none."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._asked: tuple[OpenCommand, ...] = ()
        self.text = ToneLabel(tone="alarm", wrap=True)
        self.release = CommandButton("Release ...", self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel(tone="alarm", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.text, self.release, self.confirmation, self.outcome):
            layout.addWidget(widget)
        self.outcome.hide()
        self.release.clicked.connect(self._ask)
        site.status_changed.connect(self.refresh)
        site.link.state_changed.connect(lambda *_: self.refresh())
        self.refresh()

    @property
    def commands(self) -> tuple[OpenCommand, ...]:
        return () if self._site.status is None else self._site.status.open_commands

    def refresh(self) -> None:
        commands = self.commands
        lines = ["Commands without outcome:", *(each.text for each in commands[:SHOWN]), *_more(commands)]
        self.text.setText("\n".join(lines))
        self.release.setEnabled(self._site.may("operate") and bool(commands))
        if self.confirmation.asking and (commands != self._asked or not self._site.link.live):
            self.confirmation.close_question()
        self.setVisible(bool(commands))

    def _ask(self) -> None:
        self._asked = commands = self.commands
        self.outcome.hide()
        self.confirmation.ask(QUESTION.format(count=len(commands)), "Release", lambda: self._write(commands))

    def _write(self, commands: tuple[OpenCommand, ...]) -> None:
        numbers: list[WireValue] = [each.number for each in commands]
        self._site.link.write("Commands.Release", self._site.unit, numbers, self._answered)

    def _answered(self, answer: Answered) -> None:
        self.outcome.setVisible(answer.code is not Code.OK)
        self.outcome.setText(f"{answer.code.value}: {answer.text}")


def _more(commands: tuple[OpenCommand, ...]) -> list[str]:
    return [f"and {len(commands) - SHOWN} more"] if len(commands) > SHOWN else []
