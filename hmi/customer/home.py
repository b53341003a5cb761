"""What the customer's unit tells of the home, kept current over the link: present values, strategy, policy."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from hmi.customer.rules import EVERY_VALUE, Rule, grants_of, rules_of
from hmi.link import Link
from models.errors import RingmainError
from models.wire.cbor import WireValue
from models.wire.happenings import Answered, Notified
from models.wire.instance import Instance
from models.wire.messages import Code, Welcome

DEFAULT_POLICY, VARIABLE_POLICY = "Policy.Default", "Policy.Variable"
STRATEGY = "Strategy"
SHOWN = (
    "MMXU1.TotW",
    "MMTR1.DmdWh",
    "MMTR1.SupWh",
    "StorageEnergy",
    "DemandSetPoint",
    "InjectionSetPoint",
    "Tariff",
    "Price",
    STRATEGY,
    DEFAULT_POLICY,
)
Done = Callable[[str], None]
"""Told why something was refused; empty when it was done."""


class Home(QObject):
    """values: newest instance by variable. rules: of the owner's policy. `problem`: one line for the customer.

    location: of the customer's unit; empty: the unit that the link leads to.
    """

    values_changed = pyqtSignal(str)
    rules_changed = pyqtSignal()
    opened = pyqtSignal()
    problem = pyqtSignal(str)

    def __init__(self, link: Link, location: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.link, self.location = link, location
        self.customer = ""
        self.values: dict[str, Instance] = {}
        self.rules: list[Rule] = []
        self._of_variables: dict[str, WireValue] = {}
        self._subscribed = False
        link.opened.connect(self._opened)
        link.refused.connect(self.problem)

    def _opened(self, unit: str, welcome: Welcome) -> None:
        self.customer, self.location = welcome.name, self.location or unit
        if not self._subscribed:
            self._subscribed = True
            for variable in SHOWN:
                self.link.subscribe(variable, self.location, self._notified)
            self.link.subscribe(VARIABLE_POLICY, self.location, self._notified)
        self.opened.emit()

    def _notified(self, notice: Notified) -> None:
        for instance in notice.instances:
            if instance.variable in (DEFAULT_POLICY, VARIABLE_POLICY):
                self._take_policy(instance)
            else:
                self.values[instance.variable] = instance
            self.values_changed.emit(instance.variable)

    def _take_policy(self, instance: Instance) -> None:
        value = instance.value
        try:
            if instance.variable == DEFAULT_POLICY:
                self.values[DEFAULT_POLICY] = instance
            elif isinstance(value, dict):
                self._of_variables[str(value.get("variable"))] = value.get("grants")
            default = self.values.get(DEFAULT_POLICY)
            self.rules = rules_of(default.value if default else None, self._of_variables)
        except RingmainError as error:
            self.problem.emit(f"the policy that the unit tells cannot be read: {error}")
        self.rules_changed.emit()

    # -- what the customer wants

    def set_strategy(self, value: WireValue, done: Done) -> None:
        self._write(STRATEGY, value, done)

    def set_rules(self, variable: str, rules: list[Rule], done: Done) -> None:
        """Replace the rules of one variable, or of EVERY_VALUE; they hold for values from now on."""
        grants = grants_of(rules, variable)
        if variable == EVERY_VALUE:
            self._write(DEFAULT_POLICY, grants, done)
        else:
            self._write(VARIABLE_POLICY, {"variable": variable, "grants": grants}, done)

    def _write(self, variable: str, value: WireValue, done: Done) -> None:
        def answered(answer: Answered) -> None:
            done("" if answer.code is Code.OK else f"{answer.code.value}: {answer.text}")

        self.link.write(variable, self.location, value, answered)
