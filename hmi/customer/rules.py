"""The customer's policy as a list of rules that people can read, and back (D3.2 4.4.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.errors import RingmainError
from models.policy import ANYONE, Access, Grant, Policy
from models.wire.cbor import WireValue
from models.wire.instance import policy_from_wire

EVERY_VALUE = "every value"
"""A rule of the default policy: for variables that have no rules of their own."""
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rule:
    """One permission. variable: name, or EVERY_VALUE. minimum_delay_s: between two accesses; 0: as often as wanted."""

    variable: str
    stakeholder: str
    service: str
    access: Access
    minimum_delay_s: float

    @property
    def words(self) -> str:
        """As a sentence."""
        who = "everybody" if self.stakeholder == ANYONE else self.stakeholder
        purpose = "" if self.service == ANYONE else f" for {self.service}"
        verb = {Access.READ: "read", Access.WRITE: "set", Access.READ_WRITE: "read and set"}[self.access]
        pace = f", at most every {self.minimum_delay_s:g} s" if self.minimum_delay_s else ""
        return f"{who} may {verb} {self.variable}{purpose}{pace}"


def rules_of(default: WireValue, of_variables: Mapping[str, WireValue]) -> list[Rule]:
    """default: value of `Policy.Default`; of_variables: grants by variable. RingmainError when one cannot be read."""
    tables = [(EVERY_VALUE, default), *sorted(of_variables.items())]
    return [rule for variable, grants in tables for rule in _rules(variable, policy_from_wire(variable, grants))]


def grants_of(rules: Iterable[Rule], variable: str) -> list[WireValue]:
    """The value that is written for this variable, or for EVERY_VALUE."""
    return [
        [rule.stakeholder, rule.service, rule.access.value, round(rule.minimum_delay_s * NS_PER_S)]
        for rule in rules
        if rule.variable == variable
    ]


def changed(before: Sequence[Rule], after: Sequence[Rule]) -> list[str]:
    """Variables (or EVERY_VALUE) whose rules differ."""
    variables = sorted({rule.variable for rule in (*before, *after)})
    return [each for each in variables if grants_of(before, each) != grants_of(after, each)]


def checked(rule: Rule) -> Rule:
    """RingmainError says what is missing in it."""
    if not rule.stakeholder.strip() or not rule.service.strip():
        raise RingmainError("a rule names a stakeholder and a service; * stands for any")
    if not 0 <= rule.minimum_delay_s <= 366 * 86_400:
        raise RingmainError(f"{rule.minimum_delay_s:g} s between accesses: give 0 s to one year")
    return rule


def _rules(variable: str, policy: Policy | None) -> list[Rule]:
    return [_rule(variable, grant) for grant in (policy.grants if policy else ())]


def _rule(variable: str, grant: Grant) -> Rule:
    return Rule(variable, grant.stakeholder, grant.service, grant.access, grant.minimum_delay_ns / NS_PER_S)
