"""A customer's unit that cannot be heard is told by the unit above, and heard again when its cable is whole."""

from __future__ import annotations

import time

from substation.demo.hierarchy.chapters.joining import until_states
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.scene import Scene

BACK_S = 60.0
SLACK_S = 30.0


async def tell(scene: Scene, claim: Claim) -> None:
    unit = scene.plan.cabled
    began_s = time.monotonic()
    began_ns = time.time_ns()
    scene.cable.cut()
    scene.say(f"the cable between {unit.name} and {unit.parent} is cut")
    try:
        await until_states(scene, unit.parent, {unit.name}, "silent", scene.shape.silence_s + SLACK_S)
        silent_s = time.monotonic() - began_s
    finally:
        scene.cable.mend()
    mended_s = time.monotonic()
    await until_states(scene, unit.parent, {unit.name}, "joined", BACK_S)
    back_s = time.monotonic() - mended_s
    events = [text for text in await _events(scene, unit.parent, began_ns) if unit.name in text]
    claim.expect(any("is silent" in text for text in events), f"{unit.parent} has no event of the silence")
    claim.figures |= {"silent_after_s": round(silent_s, 2), "back_after_s": round(back_s, 2)}
    told = next((text for text in events if "is silent" in text), "nothing")
    scene.say(f"{unit.parent} tells after {silent_s:.1f} s: {told}")
    scene.say(f"{unit.name} is heard again {back_s:.1f} s after its cable was mended")


async def _events(scene: Scene, unit: str, since_ns: int) -> list[str]:
    client = await scene.asking.at(unit)
    instances = await client.query("Events", unit, f"time >= {since_ns}")
    return [str(each.value["text"]) for each in instances if isinstance(each.value, dict)]
