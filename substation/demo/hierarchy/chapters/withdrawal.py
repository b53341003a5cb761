"""A customer grants the operator fast readings and takes that back; the contract's rate at the meter goes on."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from models.errors import RingmainError
from models.wire.cbor import WireValue
from protocols.exchange.client import Client
from protocols.exchange.subscription import Subscription
from substation.demo.hierarchy.asking import refusal
from substation.demo.hierarchy.chapters.power import POWER
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.plan import CustomerPlan
from substation.demo.hierarchy.scene import Scene, written
from substation.demo.hierarchy.unit_files import OPERATOR

POLICY, REGISTER = "Policy.Variable", "MMTR1.DmdWh"
GRANTED: WireValue = [[OPERATOR, "*", "r", 0]]


async def tell(scene: Scene, claim: Claim) -> None:
    customer = scene.plan.customers[1]
    owner, reader = await scene.screens.client(customer), await scene.asking.at(customer.unit)
    await scene.until(f"a reading of {customer.meter}", 3 * scene.shape.fast_s, partial(_present, owner, customer))
    before = await refusal(reader.query(POWER, customer.meter))
    claim.expect("not allowed" in before, f"{OPERATOR} reads fast values of {customer.meter} without a grant")
    await written(owner, POLICY, customer.meter, {"variable": POWER, "grants": GRANTED})
    async with await reader.event(POWER, customer.meter, initial=False) as fast:
        fast_s = await _interval(fast, 4 * scene.shape.fast_s)
        await written(owner, POLICY, customer.meter, {"variable": POWER, "grants": []})
        withdrawn_ns = time.time_ns()
        refused = await _refused(scene, reader, customer)
    claim.figures["fast_readings_every_s"] = fast_s
    scene.say(f"{OPERATOR} reads {customer.meter} every {fast_s:g} s, until {customer.owner} ends that: {refused}")
    await _contract_goes_on(scene, claim, customer, withdrawn_ns)


async def _present(owner: Client, customer: CustomerPlan) -> bool | None:
    return True if await owner.query(POWER, customer.meter) else None


async def _interval(readings: Subscription, within_s: float) -> float:
    """Seconds between two readings."""
    times: list[int] = []
    try:
        async with asyncio.timeout(within_s):
            async for notice in readings:
                times += [instance.time_ns for instance in notice.instances]
                if len(times) > 1:
                    return round((times[1] - times[0]) / 1e9, 1)
    except TimeoutError as error:
        raise RingmainError(f"only {len(times)} granted readings came within {within_s:g} s") from error
    raise RingmainError(f"the subscription ended: {readings.ended}")


async def _refused(scene: Scene, reader: Client, customer: CustomerPlan) -> str:
    """The words of the refusal: from the first reading on that was made after the withdrawal."""

    async def look() -> str | None:
        return await refusal(reader.query(POWER, customer.meter)) or None

    return await scene.until(f"the refusal of {customer.meter}", 3 * scene.shape.fast_s + 5, look)


async def _contract_goes_on(scene: Scene, claim: Claim, customer: CustomerPlan, withdrawn_ns: int) -> None:
    """At the meter, in the unit of the grid: at the contract's rate, and not faster."""
    grid = await scene.asking.at(scene.plan.unit(customer.unit).parent)
    within_s = 3 * scene.shape.live_s + 5
    try:
        async with asyncio.timeout(within_s), await grid.event(REGISTER, customer.meter) as readings:
            async for notice in readings:
                if any(instance.time_ns > withdrawn_ns for instance in notice.instances):
                    break
    except TimeoutError:
        claim.expect(False, f"no reading of {customer.meter} by contract within {within_s:g} s after the withdrawal")
        return
    too_early = await refusal(grid.query(REGISTER, customer.meter))
    claim.expect(bool(too_early), f"{REGISTER} of {customer.meter} is given faster than the contract says")
    scene.say(f"by contract {customer.meter} is read every {scene.shape.live_s} s as before; more often: {too_early}")
