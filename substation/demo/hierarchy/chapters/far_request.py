"""A request for a customer's unit, asked at the top: answered to its owner, refused to strangers."""

from __future__ import annotations

import time

from models.wire.instance import Instance
from models.wire.messages import Code
from protocols.exchange.client import Client
from substation.demo.hierarchy.asking import refusal
from substation.demo.hierarchy.chapters.power import POWER, RECORDED_S, values
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.scene import Scene
from substation.demo.hierarchy.unit_files import SUPPLIER

TARGET, TARGET_W = "DemandTarget", 1800.0
ROUNDS = 10


async def tell(scene: Scene, claim: Claim) -> None:
    customer, stranger = scene.plan.customers[-2], scene.plan.customers[0]
    path = f"//{customer.unit}/{customer.meter}"
    owner, home = await scene.asking.at(scene.top, customer.owner), await scene.screens.client(customer)
    seconds = []
    for _ in range(ROUNDS):
        began_s = time.monotonic()
        (far,) = await owner.query(POWER, path)
        seconds.append(time.monotonic() - began_s)
    there = await _kept(scene, home, customer.meter, far.time_ns)
    claim.expect(there.value == far.value, f"{path} says {far.value!r} at the top, {there.value!r} at {customer.unit}")
    answer = await owner.write(TARGET, f"//{customer.unit}/{customer.unit}", TARGET_W)
    kept = [instance.value for instance in await home.query(TARGET, customer.unit)]
    claim.expect(answer.code is Code.OK and kept == [TARGET_W], f"{TARGET} of {customer.unit}: {answer.text or kept}")
    claim.figures |= {"first_s": round(seconds[0], 3), "best_s": round(min(seconds), 3)}
    power_w, best_ms = values([far])[0], min(seconds) * 1e3
    scene.say(f"{customer.owner} asks {scene.top} for {path}: {power_w:g} W, after {best_ms:.0f} ms")
    for who in (stranger.owner, SUPPLIER):
        client = await scene.asking.at(scene.top, who)
        text = await refusal(client.query(POWER, path))
        claim.expect("not allowed" in text, f"{who} reads {path}: {text or 'answered'}")
        scene.say(f"{who} asks {scene.top} for {path}: {text}")


async def _kept(scene: Scene, home: Client, meter: str, time_ns: int) -> Instance:
    """The reading of this time; one is shown a moment before it is in history."""

    async def look() -> Instance | None:
        return next(iter(await home.query(POWER, meter, f"time == {time_ns}")), None)

    return await scene.until(f"the reading of {meter} that was shown", RECORDED_S, look)
