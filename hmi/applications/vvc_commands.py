"""What people say to voltage control, each in two steps: its mode, and the release of a regulator that is locked."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.applications.turn import Turn
from hmi.site import Site
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from models.wire.happenings import Answered
from models.wire.messages import Code

MODES = ("off", "advisory", "automatic")
_MEANS = {
    "off": "nothing is calculated or given",
    "advisory": "set-points are proposed, nothing is given",
    "automatic": "set-points are given to regulators in automatic, through the gate",
}


class VvcCommands(QWidget):
    """`tell` what is so, `choose` the regulator to be released."""

    def __init__(self, site: Site, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._site = site
        self._locked: tuple[str, ...] = ()
        self._chosen = ""
        self.mode, self.set = QComboBox(self), CommandButton("Set mode ...", self)
        self.mode.addItems(MODES)
        self.present = ToneLabel(tone="muted")
        self.words, self.release = QLineEdit(self), CommandButton("Release ...", self)
        self.words.setPlaceholderText("what you found at the regulator, in words")
        self.confirmation, self.outcome = Confirmation(self), ToneLabel(tone="alarm", wrap=True)
        self._lay_out()
        self.set.clicked.connect(self._ask_mode)
        self.release.clicked.connect(self._ask_release)
        self.words.textChanged.connect(lambda _: self._enable())
        site.link.state_changed.connect(lambda *_: self._enable())

    @property
    def releasable(self) -> str:
        """The chosen one where it is locked, or the only one that is."""
        if self._chosen in self._locked:
            return self._chosen
        return self._locked[0] if len(self._locked) == 1 else ""

    def tell(self, state: str, how: Turn | None, locked: Sequence[str]) -> None:
        mode = how.mode if how is not None and how.mode else state
        if mode in MODES and self.present.text() != f"Mode: {mode}":
            self.mode.setCurrentText(mode)
        self.present.setText(f"Mode: {mode or 'not told'}")
        self._locked = tuple(locked)
        for part in (self.words, self.release):
            part.setVisible(bool(self._locked))
        self._enable()

    def choose(self, transformer: str) -> None:
        self._chosen = transformer
        self._enable()

    def _enable(self) -> None:
        may = self._site.may("operate")
        self.set.setEnabled(may)
        found = bool(self.words.text().strip())
        self.release.setEnabled(may and found and bool(self.releasable))
        named = self.releasable or "the chosen regulator"
        self.release.setText(f"Release {named} ...")
        if not self._site.link.live:
            self.confirmation.close_question()

    def _ask_mode(self) -> None:
        mode = self.mode.currentText()
        question = f"Set voltage control of {self._site.unit} to '{mode}': {_MEANS[mode]}?"
        self.confirmation.ask(question, f"Set to {mode}", lambda: self._write("VVC.Mode", self._site.unit, mode))

    def _ask_release(self) -> None:
        transformer, found = self.releasable, self.words.text().strip()
        question = f"Release voltage control of {transformer} ({found})? It gives set-points there again."
        self.confirmation.ask(
            question, f"Release {transformer}", lambda: self._write("VVC.Release", transformer, found)
        )

    def _write(self, variable: str, location: str, value: str) -> None:
        self._site.link.write(variable, location, value, self._answered)

    def _answered(self, answer: Answered) -> None:
        done = answer.code is Code.OK
        self.outcome.setVisible(not done)
        self.outcome.setText("" if done else f"{answer.code.value}: {answer.text}")
        if done:
            self.words.clear()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        for part in (self.present, self.mode, self.set):
            row.addWidget(part)
        row.addSpacing(16)
        row.addWidget(self.words, 1)
        row.addWidget(self.release)
        row.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)
        layout.addWidget(self.confirmation)
        layout.addWidget(self.outcome)
        self.outcome.hide()
