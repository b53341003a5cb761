"""The power of all customers rises: each level's sum is exactly that of the level below, of one and the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import fsum, isclose

from models.errors import RingmainError
from models.utc import to_text
from models.wire.instance import Instance
from substation.demo.hierarchy.asking import refusal
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.plan import UnitPlan
from substation.demo.hierarchy.scene import Scene
from substation.demo.hierarchy.unit_files import SUPPLIER
from substation.level import Level

POWER = "MMXU1.TotW"
TOLERANCE_W = 0.01
MOST_PERIODS = 6
RECORDED_S = 10.0


async def tell(scene: Scene, claim: Claim) -> None:
    total = await complete_total(scene)
    summing = [unit for unit in scene.plan.units if unit.level is not Level.CMU]
    await asyncio.gather(*(_check(scene, claim, unit, total.time_ns) for unit in summing))
    megawatts = float(str(total.value)) / 1e6
    claim.figures |= {"total_mw": round(megawatts, 4), "customers": len(scene.plan.customers)}
    moment, count = to_text(total.time_ns), len(scene.plan.customers)
    scene.say(f"{count} customers take {megawatts:.3f} MW together at {moment}; every sum on the way is right")
    await _hidden(scene, claim)


async def complete_total(scene: Scene, after_ns: int = 0) -> Instance:
    """The next sum at the top, of a time after the given one, in which nobody is missing."""
    top = await scene.asking.at(scene.top)
    within_s = MOST_PERIODS * scene.shape.live_s
    try:
        async with asyncio.timeout(within_s), await top.event(POWER, scene.top, initial=False) as sums:
            async for notice in sums:
                for instance in notice.instances:
                    if instance.quality == 0 and instance.time_ns > after_ns:
                        return instance
    except TimeoutError as error:
        raise RingmainError(f"no complete sum reached {scene.top} within {within_s:g} s") from error
    raise RingmainError(f"the subscription at {scene.top} ended: {sums.ended}")


async def _check(scene: Scene, claim: Claim, unit: UnitPlan, end_ns: int) -> None:
    """What the unit says is what its own members say."""
    own = await _sum_of(scene, unit.name, end_ns)
    parts, count = await _below(scene, unit, end_ns)
    claim.expect(len(own) == 1, f"{unit.name} has {len(own)} sums for one moment")
    claim.expect(len(parts) == count, f"{unit.name} has {len(parts)} of {count} values below it")
    right = isclose(fsum(own), fsum(parts), abs_tol=TOLERANCE_W)
    claim.expect(right, f"{unit.name} says {fsum(own):.2f} W, those below it say {fsum(parts):.2f} W")


async def _below(scene: Scene, unit: UnitPlan, end_ns: int) -> tuple[list[float], int]:
    """Values below a unit, and how many there must be: of meters by contract, of units as they say it themselves."""
    if unit.customers:
        client = await scene.asking.at(unit.name)
        period = f"time > {end_ns - scene.shape.live_s * 10**9} and time <= {end_ns}"
        return values(await client.query(POWER, "SM*", period)), len(unit.customers)
    found: list[float] = []
    for child in unit.children:
        found += await _sum_of(scene, child, end_ns)
    return found, len(unit.children)


async def _sum_of(scene: Scene, unit: str, end_ns: int) -> list[float]:
    """As the unit tells it itself; a sum is shown a moment before it is in history."""
    client = await scene.asking.at(unit)

    async def look() -> list[float] | None:
        return values(await client.query(POWER, unit, f"time == {end_ns}")) or None

    return await scene.until(f"the sum of {unit}", RECORDED_S, look)


async def _hidden(scene: Scene, claim: Claim) -> None:
    """Above their LVGMU single customers cannot be seen."""
    grid = next(unit for unit in scene.plan.units if unit.customers)
    meter, path = grid.customers[0].meter, f"//{grid.name}/{grid.customers[0].meter}"
    for unit in {scene.top, grid.parent}:
        client = await scene.asking.at(unit)
        for pattern in ("SM*", "CMU*", meter):
            text = await refusal(client.query(POWER, pattern))
            claim.expect(bool(text), f"{unit} shows {POWER} of {pattern}")
    supplier = await scene.asking.at(scene.top, SUPPLIER)
    text = await refusal(supplier.query(POWER, path))
    claim.expect("not allowed" in text, f"{SUPPLIER} reads {POWER} of {path} from {scene.top}")
    scene.say(f"no single customer is visible above {grid.name}; {SUPPLIER} asks for {path}: {text}")


def values(instances: Sequence[Instance]) -> list[float]:
    """Numbers alone."""
    return [
        float(each.value)
        for each in instances
        if isinstance(each.value, (int, float)) and not isinstance(each.value, bool)
    ]
