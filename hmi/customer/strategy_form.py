"""The customer's strategy: what the energy management shall aim at, and within which bounds (D3.2 5.2.2)."""

from __future__ import annotations

from PyQt6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.customer.home import STRATEGY, Home
from hmi.widgets.command_button import CommandButton
from hmi.widgets.labels import ToneLabel, box
from models.wire.cbor import WireValue

GOALS = {
    "cost": "lowest cost",
    "own use": "use my own generation myself",
    "comfort": "comfort first",
    "grid": "help the grid",
}
NUMBERS = (
    ("budget_eur_day", "Budget per day", "EUR", 1.0),
    ("flexible_power_w", "Power that may be shifted", "kW", 1e3),
    ("reserve_storage", "Always kept in storage", "%", 0.01),
)
"""Field, title, unit shown, and how many of the stored unit make one of it. An empty field is left to the unit."""


class StrategyForm(QWidget):
    """Shows what holds; what is being edited is not overwritten by what arrives."""

    def __init__(self, home: Home, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self.goal = QComboBox(self)
        for word, text in GOALS.items():
            self.goal.addItem(text, word)
        self.fields = {name: QLineEdit(self) for name, *_ in NUMBERS}
        self.apply = CommandButton("Set strategy", self)
        self.outcome = ToneLabel("", "muted", wrap=True)
        self._edited = False
        self._lay_out()
        self.goal.activated.connect(self._touched)
        for field in self.fields.values():
            field.textEdited.connect(self._touched)
        self.apply.clicked.connect(self._set)
        home.values_changed.connect(self._arrived)
        home.link.state_changed.connect(lambda *_: self._enable())

    def _touched(self) -> None:
        self._edited = True
        self._enable()

    def _enable(self) -> None:
        self.apply.setEnabled(self._home.link.live and self._edited)

    def _arrived(self, variable: str) -> None:
        instance = self._home.values.get(STRATEGY)
        if variable != STRATEGY or instance is None or self._edited or not isinstance(instance.value, dict):
            return
        self.goal.setCurrentIndex(max(self.goal.findData(instance.value.get("goal")), 0))
        for name, _, _, scale in NUMBERS:
            stored = instance.value.get(name)
            self.fields[name].setText(f"{stored / scale:g}" if isinstance(stored, (int, float)) else "")

    def _set(self) -> None:
        value: dict[str, WireValue] = {"goal": str(self.goal.currentData())}
        for name, title, unit, scale in NUMBERS:
            text = self.fields[name].text().strip().replace(",", ".")
            if not text:
                continue
            try:
                value[name] = float(text) * scale
            except ValueError:
                self.outcome.say(f"{title}: '{text}' is no number of {unit}", "alarm")
                return
        self._home.set_strategy(value, self._answered)

    def _answered(self, refusal: str) -> None:
        self._edited = bool(refusal)
        self.outcome.say(refusal or "the strategy is set", "alarm" if refusal else "muted")
        self._enable()

    def _lay_out(self) -> None:
        frame = box(self)
        form = QFormLayout(frame)
        form.addRow("I want", self.goal)
        for name, title, unit, _ in NUMBERS:
            form.addRow(f"{title} ({unit})", self.fields[name])
        form.addRow(self.apply)
        form.addRow(self.outcome)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        self._enable()
