"""Set-points arrive where they are meant to, nowhere else, and households obey them."""

from __future__ import annotations

from models.errors import RingmainError
from models.wire.cbor import WireValue
from substation.demo.hierarchy.chapters.power import POWER, values
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.plan import CustomerPlan, UnitPlan
from substation.demo.hierarchy.scene import Scene, written
from substation.demo.hierarchy.screens import SET_POINT, VOLTAGE_REGULATION

WITHIN_S, OBEYS_S = 30.0, 60.0
LESS_W = 1000.0
"""So much less than it takes, and its heat pump has to wait."""
GROUP_W = 4000.0
RUNNING = 0.9
"""Share of its rating above which a heat pump must be running."""


async def tell(scene: Scene, claim: Claim) -> None:
    await _one(scene, claim)
    grid = [unit for unit in scene.plan.units if unit.customers and unit.children][-1]
    await _group(scene, claim, grid)
    await _whole(scene, claim, grid)


async def _one(scene: Scene, claim: Claim) -> None:
    """For one household with a heat pump that runs."""
    customer, before_w = await _heated(scene)
    limit_w = round(before_w - LESS_W, 1)
    operator, screens = await scene.asking.at(scene.top), scene.screens
    await written(operator, SET_POINT, f"{scene.top}/{customer.unit}", limit_w)
    await _only(scene, claim, SET_POINT, limit_w, {customer.unit})
    home = await screens.client(customer)

    async def obeyed() -> float | None:
        present = values(await home.query(POWER, customer.meter))
        return present[0] if present and present[0] <= limit_w else None

    after_w = await scene.until(f"{customer.unit} below {limit_w:g} W", OBEYS_S, obeyed)
    claim.figures |= {"one_before_w": before_w, "one_set_point_w": limit_w, "one_after_w": after_w}
    scene.say(f"{customer.unit} was told to stay below {limit_w:.0f} W: {before_w:.0f} W -> {after_w:.0f} W")


async def _heated(scene: Scene) -> tuple[CustomerPlan, float]:
    """The household whose heat pump runs and that takes least besides."""
    found = []
    for customer in scene.plan.customers:
        if customer.heat_pump_w:
            home = await scene.screens.client(customer)
            present = values(await home.query(POWER, customer.meter))
            if present and present[0] >= RUNNING * customer.heat_pump_w:
                found.append((present[0], customer))
    if not found:
        raise RingmainError("no household has a heat pump that runs")
    power_w, customer = min(found, key=lambda each: each[0])
    return customer, power_w


async def _group(scene: Scene, claim: Claim, grid: UnitPlan) -> None:
    """A load set-point for each customer of one LVGMU."""
    operator, units = await scene.asking.at(scene.top), {customer.unit for customer in grid.customers}
    for unit in sorted(units):
        await written(operator, SET_POINT, f"{scene.top}/{unit}", GROUP_W)
    await _only(scene, claim, SET_POINT, GROUP_W, units)
    await written(operator, SET_POINT, f"{scene.top}/{grid.name}", GROUP_W * len(units))
    there = await scene.asking.at(grid.name)

    async def arrived() -> bool | None:
        return True if values(await there.query(SET_POINT, grid.name)) == [GROUP_W * len(units)] else None

    await scene.until(f"the set-point of {grid.name}", WITHIN_S, arrived)
    claim.figures["group_customers"] = len(units)
    scene.say(f"a load set-point for {grid.name} and its {len(units)} customers reached them and nobody else")


async def _whole(scene: Scene, claim: Claim, grid: UnitPlan) -> None:
    """What is said of a unit once, for all below it."""
    operator, units = await scene.asking.at(scene.top), {customer.unit for customer in grid.customers}
    await written(operator, VOLTAGE_REGULATION, f"{scene.top}/{grid.name}", True)
    await _only(scene, claim, VOLTAGE_REGULATION, True, units)
    scene.say(f"voltage regulation, switched on for {grid.name} with one write, is on at its {len(units)} customers")


async def _only(scene: Scene, claim: Claim, variable: str, value: WireValue, units: set[str]) -> None:
    """The value stands on these screens and on no other."""
    await scene.screens.until(lambda: scene.screens.showing(variable, value).keys() >= units, WITHIN_S)
    showing = scene.screens.showing(variable, value).keys()
    missing, strangers = sorted(units - showing), sorted(showing - units)
    claim.expect(not missing, f"{variable} has not reached {', '.join(missing[:5])}")
    claim.expect(not strangers, f"{variable} has reached {', '.join(strangers[:5])}, for whom it is not meant")
