"""`customers.toml` for the simulated households of a plan, read by `ringmain customers`."""

from __future__ import annotations

from collections.abc import Iterator

from substation.demo.hierarchy.plan import Plan
from substation.level import Level


def customers_text(plan: Plan) -> str:
    """Paths are relative to the folder of the site."""
    return "\n".join([*_world(plan), *_units(plan), *_meters(plan)]) + "\n"


def _world(plan: Plan) -> Iterator[str]:
    shape, top = plan.shape, plan.top.name
    yield f"schema = 1\nseed = {shape.seed}\nspeed = {shape.speed}"
    yield f"report_s = {shape.live_s}\nfast_s = {shape.fast_s}"
    yield f'[key_holder]\nname = "{top}"\nkey = "{top}/data/unit.pub"'


def _units(plan: Plan) -> Iterator[str]:
    for unit in (*plan.of_level(Level.LVGMU), *plan.of_level(Level.CMU)):
        yield f'[[unit]]\nname = "{unit.name}"\ndata = "{unit.name}/data"'


def _meters(plan: Plan) -> Iterator[str]:
    for grid in plan.of_level(Level.LVGMU):
        for customer in grid.customers:
            yield (
                f'[[meter]]\nname = "{customer.meter}"\nkey = "keys/{customer.meter}.key"\ngrid = "{grid.name}"\n'
                f'home = "{customer.unit}"\nannual_kwh = {customer.annual_kwh}\npv_w = {customer.pv_w}\n'
                f"ev_w = {customer.ev_w}\nheat_pump_w = {customer.heat_pump_w}"
            )
