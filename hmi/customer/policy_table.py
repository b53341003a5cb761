"""Who may read or set what of the customer's data: a list of rules, one being written, and one being removed."""

from __future__ import annotations

from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from hmi.customer.home import SHOWN, Home
from hmi.customer.rules import EVERY_VALUE, Rule, checked
from hmi.row_model import Row, RowModel
from hmi.widgets.columns import Column, table
from hmi.widgets.command_button import CommandButton
from hmi.widgets.confirmation import Confirmation
from hmi.widgets.labels import ToneLabel
from models.errors import RingmainError
from models.policy import ANYONE, Access

COLUMNS = (
    Column("Value", 18),
    Column("Who", 16),
    Column("For the service", 16),
    Column("May", 14),
    Column("At most every", 0),
)
VERBS = {"read": Access.READ, "set": Access.WRITE, "read and set": Access.READ_WRITE}
WORDS = {access: verb for verb, access in VERBS.items()}
PRIVATE = ("Policy.Default", "Policy.Variable")
HINT = "Only you and whom a contract names may read what no rule names. A change holds for values from now on."


class PolicyTable(QWidget):
    """What is shown is what the unit tells; each change is one write, after a second step."""

    def __init__(self, home: Home, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._home = home
        self.model = RowModel(COLUMNS, self)
        self.view = table(self.model, COLUMNS, self)
        self.variable, self.access = QComboBox(self), QComboBox(self)
        self.stakeholder, self.service, self.delay = QLineEdit(self), QLineEdit(ANYONE, self), QLineEdit("0", self)
        self.add, self.remove = CommandButton("Allow ...", self), CommandButton("Withdraw ...", self)
        self.confirmation = Confirmation(self)
        self.outcome = ToneLabel("", "muted", wrap=True)
        self._lay_out()
        self.add.clicked.connect(self._ask_add)
        self.remove.clicked.connect(self._ask_remove)
        home.rules_changed.connect(self.refresh)
        home.link.state_changed.connect(lambda *_: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        self.model.replace([_row(number, rule) for number, rule in enumerate(self._home.rules)])
        live = self._home.link.live
        self.add.setEnabled(live)
        self.remove.setEnabled(live and bool(self._home.rules))
        if not live:
            self.confirmation.close_question()

    def _ask_add(self) -> None:
        try:
            rule = checked(self._written())
        except RingmainError as error:
            self.outcome.say(str(error), "alarm")
            return
        same = [each for each in self._home.rules if each.variable == rule.variable]
        kept = [each for each in same if (each.stakeholder, each.service) != (rule.stakeholder, rule.service)]
        self.confirmation.ask(f"From now on: {rule.words}.", "Allow", lambda: self._set(rule.variable, [*kept, rule]))

    def _ask_remove(self) -> None:
        row = self.view.currentIndex().row()
        if not 0 <= row < len(self._home.rules):
            self.outcome.say("choose the rule that shall end", "alarm")
            return
        rule = self._home.rules[row]
        kept = [each for each in self._home.rules if each.variable == rule.variable and each != rule]
        question = f"From now on no longer: {rule.words}."
        self.confirmation.ask(question, "Withdraw", lambda: self._set(rule.variable, kept))

    def _written(self) -> Rule:
        text = self.delay.text().strip().replace(",", ".")
        try:
            delay_s = float(text or 0)
        except ValueError:
            raise RingmainError(f"'{text}' is no number of seconds") from None
        who, service = self.stakeholder.text().strip(), self.service.text().strip()
        return Rule(self.variable.currentText(), who, service, VERBS[self.access.currentText()], delay_s)

    def _set(self, variable: str, rules: list[Rule]) -> None:
        self._home.set_rules(variable, rules, self._answered)

    def _answered(self, refusal: str) -> None:
        self.outcome.say(refusal or "done; it holds from now on", "alarm" if refusal else "muted")

    def _lay_out(self) -> None:
        self.variable.addItems([EVERY_VALUE, *(each for each in SHOWN if each not in PRIVATE)])
        self.access.addItems(list(VERBS))
        self.stakeholder.setPlaceholderText("who: a name, or * for everybody")
        self.service.setPlaceholderText("service, or *")
        self.delay.setPlaceholderText("seconds")
        row = QHBoxLayout()
        parts = (self.stakeholder, "may", self.access, self.variable, "for", self.service, "every", self.delay, "s")
        for part in parts:
            row.addWidget(ToneLabel(part, "muted") if isinstance(part, str) else part)
        row.addWidget(self.add)
        row.addWidget(self.remove)
        self.delay.setMaximumWidth(70)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(ToneLabel(HINT, "muted", wrap=True))
        layout.addWidget(self.view, 1)
        layout.addLayout(row)
        layout.addWidget(self.confirmation)
        layout.addWidget(self.outcome)


def _row(number: int, rule: Rule) -> Row:
    who = "everybody" if rule.stakeholder == ANYONE else rule.stakeholder
    service = "any" if rule.service == ANYONE else rule.service
    pace = f"{rule.minimum_delay_s:g} s" if rule.minimum_delay_s else "as often as wanted"
    return Row(f"{number} {rule.words}", (rule.variable, who, service, WORDS[rule.access], pace), tip=rule.words)
