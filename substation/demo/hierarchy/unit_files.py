"""`unit.toml` of every unit of a plan: all on one machine, each on any free port, found by its address file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from substation.demo.hierarchy.plan import CustomerPlan, Plan, UnitPlan
from substation.level import Level

OPERATOR, SUPPLIER, WEATHER = "DSO", "SUPPLIER", "WEATHER"
"""Stakeholders beside the customers."""
SILENCE_S = 60
_WAITS_S = {Level.LVGMU: 15, Level.MVGMU: 25, Level.TLGMU: 40}
"""How long contributions of a period are waited for: each level longer than the one below it."""


def unit_text(plan: Plan, unit: UnitPlan) -> str:
    """The whole file."""
    parts = [_head(unit), *_children(plan, unit), *_SECTIONS[unit.level](plan, unit)]
    return "\n\n".join(parts) + "\n"


def _head(unit: UnitPlan) -> str:
    lines = ["schema = 1", "[unit]", f'name = "{unit.name}"', f'level = "{unit.level.name}"']
    if unit.parent:
        lines += ["[parent]", f'data = "../{unit.parent}/data"', f'unit = "{unit.parent}"']
    if unit.children:
        lines += ["[members]", f"silence_s = {SILENCE_S}"]
    return "\n".join(lines)


def _children(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    for child in unit.children:
        yield f'[[child]]\nname = "{child}"\nlevel = "{plan.unit(child).level.name}"'


def _top(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield _sums(unit, f'role = "key holder"\nperiod_s = {plan.shape.period_s}\nunits = {_listed(unit.children)}')
    yield _PROVIDERS


def _medium_voltage(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield _sums(unit, f"{_aggregates(plan)}\nunits = {_listed(unit.children)}")
    yield _PROVIDERS


def _low_voltage(plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield _sums(unit, f"{_aggregates(plan)}\nmeters = {_listed(each.meter for each in unit.customers)}")
    yield from map(_customer, unit.customers)
    yield _contract(OPERATOR, "*", plan.shape.report_s, '"MMXU1.*", "MMTR1.*"')
    yield _contract(SUPPLIER, "billing", plan.shape.report_s, '"MMTR1.*"')
    yield _PROVIDERS


def _customer_unit(_plan: Plan, unit: UnitPlan) -> Iterable[str]:
    yield from map(_customer, unit.customers)
    yield _PROVIDERS


_SECTIONS: Mapping[Level, Callable[[Plan, UnitPlan], Iterable[str]]] = {
    Level.TLGMU: _top,
    Level.MVGMU: _medium_voltage,
    Level.LVGMU: _low_voltage,
    Level.CMU: _customer_unit,
}


def _sums(unit: UnitPlan, own: str) -> str:
    return f"[meter_sums]\n{own}\nwait_s = {_WAITS_S[unit.level]}"


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
