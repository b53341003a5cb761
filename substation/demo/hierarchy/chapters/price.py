"""A price for the day, written once by the supplier at the top, reaches every customer's unit."""

from __future__ import annotations

import time
from statistics import median

from models.wire.cbor import WireValue
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.scene import Scene, written
from substation.demo.hierarchy.screens import PRICE
from substation.demo.hierarchy.unit_files import SUPPLIER

TARIFF = "Tariff"
WITHIN_S = 60.0
NIGHT_QUARTERS = 24
TODAY: list[WireValue] = [0.19 if quarter < NIGHT_QUARTERS else 0.34 for quarter in range(96)]
"""EUR/kWh."""


async def tell(scene: Scene, claim: Claim) -> None:
    times = await spread(scene, claim, TODAY)
    claim.figures |= {"median_s": round(median(times), 3), "last_s": round(max(times), 3), "customers": len(times)}
    await _tariff(scene)
    scene.say(f"the price of {SUPPLIER} is on all {len(times)} screens, median {median(times):.2f} s, {_last(times)}")


async def _tariff(scene: Scene) -> None:
    """The supplier's tariff goes the same way: it has arrived when a customer's unit has it."""
    supplier, customer = await scene.asking.at(scene.top, SUPPLIER), scene.plan.customers[0]
    await written(supplier, TARIFF, scene.top, {"name": "two rates", "valid_from_ns": time.time_ns(), "energy": TODAY})
    home = await scene.screens.client(customer)

    async def arrived() -> bool | None:
        return True if await home.query(TARIFF, customer.unit) else None

    await scene.until(f"the tariff at {customer.unit}", WITHIN_S, arrived)


async def spread(scene: Scene, claim: Claim, prices: list[WireValue]) -> list[float]:
    """Write prices at the top; seconds until each screen showed them."""
    supplier = await scene.asking.at(scene.top, SUPPLIER)
    began_ns = time.time_ns()
    await written(supplier, PRICE, scene.top, prices)
    return await arrival(scene, claim, prices, began_ns)


async def arrival(scene: Scene, claim: Claim, prices: list[WireValue], began_ns: int) -> list[float]:
    """Seconds from a moment until each screen showed these prices."""
    everyone = {customer.unit for customer in scene.plan.customers}
    await scene.screens.until(lambda: scene.screens.showing(PRICE, prices).keys() >= everyone, WITHIN_S)
    showing = scene.screens.showing(PRICE, prices)
    missing = sorted(everyone - showing.keys())
    claim.expect(not missing, f"the price has not reached {len(missing)} customers: {', '.join(missing[:5])} ...")
    return sorted((at_ns - began_ns) / 1e9 for at_ns in showing.values()) or [0.0]


def _last(times: list[float]) -> str:
    return f"the last after {max(times):.2f} s"
