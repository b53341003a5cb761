"""A customer's unit that cannot be heard is told by the unit above, and heard again when its cable is whole."""

from __future__ import annotations

import time
from functools import partial

from substation.demo.hierarchy.chapters.joining import until_states
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.scene import Scene

BACK_S = 60.0
SLACK_S = 30.0
RECORDED_S = 10.0


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
    told = await scene.until(f"the event of the silence at {unit.parent}", RECORDED_S, partial(_told, scene, began_ns))
    claim.figures |= {"silent_after_s": round(silent_s, 2), "back_after_s": round(back_s, 2)}
    scene.say(f"{unit.parent} tells after {silent_s:.1f} s: {told}")
    scene.say(f"{unit.name} is heard again {back_s:.1f} s after its cable was mended")


async def _told(scene: Scene, since_ns: int) -> str | None:
    """The line of the event list; a state is shown a moment before its line is in history."""
    unit = scene.plan.cabled
    client = await scene.asking.at(unit.parent)
    instances = await client.query("Events", unit.parent, f"time >= {since_ns}")
    texts = [str(each.value["text"]) for each in instances if isinstance(each.value, dict)]
    return next((text for text in texts if unit.name in text and "is silent" in text), None)
