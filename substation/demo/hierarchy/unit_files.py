"""`unit.toml` of every unit of a plan: all on one machine, each on any free port, found by its address file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from substation.demo.hierarchy.plan import CustomerPlan, Plan, UnitPlan
from substation.level import Level

OPERATOR, SUPPLIER, WEATHER = "DSO", "SUPPLIER", "WEATHER"
"""Stakeholders beside the customers."""
CABLE = "cable"
"""Data directory that tells one customer's unit the address of a cable that can be cut, in place of its parent's."""
_WAITS_S = {Level.LVGMU: 15, Level.MVGMU: 25, Level.TLGMU: 40}
"""How long contributions of a period are waited for: each level longer than the one below it."""
_HOME_LIVE_S = 60
"""Of customers' units: what they tell upward adds nothing to the sums, which are made of meters."""
_BETWEEN_WAIT_S, _BETWEEN_WAIT = 20, 0.3
"""Of a further level; for the other sums as a share of their period."""


def unit_text(plan: Plan, unit: UnitPlan) -> str:
    """The whole file."""
    parts = [_head(plan, unit), *_children(plan, unit), *_SECTIONS[unit.level](plan, unit)]
    return "\n\n".join(parts) + "\n"


def _head(plan: Plan, unit: UnitPlan) -> str:
    lines = ["schema = 1", "[unit]", f'name = "{unit.name}"', f'level = "{unit.level.name}"']
    if unit.parent:
        data = CABLE if unit.name == plan.cabled.name else f"{unit.parent}/data"
        lines += ["[parent]", f'data = "../{data}"', f'unit = "{unit.parent}"']
    if unit.children:
        lines += ["[members]", f"silence_s = {plan.shape.silence_s}"]
    live_s = plan.shape.live_s if unit.level is not Level.CMU else _HOME_LIVE_S
    lines += ["[hierarchy]", f"live_period_s = {live_s}"]
    if plan.is_between(unit):
        lines.append(f"wait = {_BETWEEN_WAIT}")
    return "\n".join(lines)


def _children(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    for child in unit.children:
        yield f'[[child]]\nname = "{child}"\nlevel = "{plan.unit(child).level.name}"'


def _top(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield _sums(plan, unit, f'role = "key holder"\nperiod_s = {plan.shape.period_s}\nunits = {_listed(unit.children)}')
    yield _PROVIDERS


def _medium_voltage(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield from _registers(plan)
    yield _sums(plan, unit, f"{_aggregates(plan)}\nunits = {_listed(unit.children)}")
    yield _PROVIDERS


def _low_voltage(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield from _registers(plan)
    yield _sums(plan, unit, f"{_aggregates(plan)}\nmeters = {_listed(each.meter for each in unit.customers)}")
    yield from map(_customer, unit.customers)
    yield _contract(OPERATOR, "*", plan.shape.live_s, '"MMXU1.*", "MMTR1.*"')
    yield _contract(SUPPLIER, "billing", plan.shape.live_s, '"MMTR1.*"')
    yield _PROVIDERS


def _customer_unit(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield from _registers(plan, 'direction = "local"\nowner = "customer"')
    yield from map(_customer, unit.customers)
    yield _PROVIDERS


_SECTIONS: Mapping[Level, Callable[[Plan, UnitPlan], Iterable[str]]] = {
    Level.TLGMU: _top,
    Level.MVGMU: _medium_voltage,
    Level.LVGMU: _low_voltage,
    Level.CMU: _customer_unit,
}


_UPWARD = 'direction = "up"\nreplicated = true'


def _registers(plan: Plan, way: str = _UPWARD) -> Iterable[str]:
    """Energy of all below: the table's quarter-hours would show little in a few minutes."""
    for variable in ("MMTR1.DmdWh", "MMTR1.SupWh"):
        yield (
            f'[[variable]]\nname = "{variable}"\nkind = "number Wh"\nupward = "sum"\n{way}\n'
            f'period_s = {plan.shape.live_s}\nretention = "billing"'
        )


def _sums(plan: Plan, unit: UnitPlan, own: str) -> str:
    wait_s = _BETWEEN_WAIT_S if plan.is_between(unit) else _WAITS_S[unit.level]
    return f"[meter_sums]\n{own}\nwait_s = {wait_s}"


def _aggregates(plan: Plan) -> str:
    top = plan.top.name
    return f'role = "aggregator"\nkey_holder = "{top}"\nkey_holder_key = "../{top}/data/unit.pub"'


def _customer(customer: CustomerPlan) -> str:
    return f'[[customer]]\nname = "{customer.unit}"\nowner = "{customer.owner}"\nmeter = "{customer.meter}"'


def _contract(stakeholder: str, service: str, delay_s: float, variables: str) -> str:
    return (
        f'[[contract]]\nstakeholder = "{stakeholder}"\nservice = "{service}"\ncustomer = "*"\n'
        f"variables = [{variables}]\nminimum_delay_s = {delay_s}"
    )


def _listed(names: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


_PROVIDERS = f"""[[provider]]
stakeholder = "{SUPPLIER}"
variables = ["Tariff", "Price"]

[[provider]]
stakeholder = "{WEATHER}"
variables = ["Weather"]"""
