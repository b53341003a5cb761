"""Units of medium voltage are killed and started again: nothing that passes through them is lost, or there twice."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from models.wire.cbor import WireValue
from models.wire.instance import Instance
from substation.demo.hierarchy.chapters.joining import until_states
from substation.demo.hierarchy.chapters.power import complete_total
from substation.demo.hierarchy.chapters.price import TODAY, arrival
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.plan import UnitPlan
from substation.demo.hierarchy.scene import Scene, written
from substation.demo.hierarchy.screens import PRICE
from substation.demo.hierarchy.site import MEDIUM_VOLTAGE
from substation.demo.hierarchy.unit_files import SUPPLIER

SERIES = ("MMXU1.TotW", "MMXU1.TotVAr", "MMTR1.DmdWh", "MMTR1.SupWh")
SILENT_S, BACK_S = 60.0, 120.0
AFTER_S = 3.0
"""After the end of a period: its sums have been made below."""
PRICES: list[WireValue] = [float(str(price)) + 0.05 for price in TODAY]

Copy = tuple[str, str, int, str]
"""Location, variable, time, value."""


async def tell(scene: Scene, claim: Claim) -> None:
    since_ns = time.time_ns()
    units, down_s = await _away(scene, claim)
    began_s, began_ns = time.monotonic(), time.time_ns()
    await scene.processes.start_again(MEDIUM_VOLTAGE)
    await until_states(scene, scene.top, _children(scene, units), "joined", BACK_S)
    back_s = time.monotonic() - began_s
    scene.say(f"{_named(units)}: members again {back_s:.1f} s after their start")
    times = await arrival(scene, claim, PRICES, began_ns)
    total = await complete_total(scene, after_ns=began_ns)
    copied = await _compare(scene, claim, since_ns, total.time_ns)
    claim.figures |= {"down_s": round(down_s, 1), "back_s": round(back_s, 1), "values_compared": copied}
    scene.say(f"the price written meanwhile was on all screens {max(times):.1f} s after the start")
    scene.say(f"{copied} sums and registers of that time are above what they are below, each once")


async def _away(scene: Scene, claim: Claim) -> tuple[set[str], float]:
    """Kill them and leave them away for longer than a period; a price is written meanwhile."""
    began_s = time.monotonic()
    units = await scene.processes.kill(MEDIUM_VOLTAGE)
    await scene.asking.forget(units)
    scene.say(f"{_named(units)}: killed (kill -9)")
    await until_states(scene, scene.top, _children(scene, units), "silent", SILENT_S)
    silent_s = time.monotonic() - began_s
    claim.figures["silent_after_s"] = round(silent_s, 2)
    scene.say(f"{scene.top} tells after {silent_s:.1f} s that they are silent")
    supplier = await scene.asking.at(scene.top, SUPPLIER)
    await written(supplier, PRICE, scene.top, PRICES)
    now_s, period_s = time.time(), scene.shape.live_s
    await asyncio.sleep((now_s // period_s + 1) * period_s + AFTER_S - now_s)
    return units, time.monotonic() - began_s


async def _compare(scene: Scene, claim: Claim, since_ns: int, until_ns: int) -> int:
    """What the units below say of themselves, and what those above have of them; how many values."""
    compared = 0
    for above in scene.plan.units:
        for name in above.children if not above.customers else ():
            said, kept = await _agreed(scene, above, scene.plan.unit(name), since_ns, until_ns)
            lost, surplus = said - kept, kept - said
            claim.expect(not lost, f"{above.name} has lost {lost.total()} values of {name}, such as {_first(lost)}")
            claim.expect(not surplus, f"{above.name} has {surplus.total()} of {name} too many, {_first(surplus)}")
            compared += said.total()
    claim.expect(compared > 0, "there was nothing to compare")
    return compared


async def _agreed(
    scene: Scene, above: UnitPlan, below: UnitPlan, since_ns: int, until_ns: int
) -> tuple[Counter[Copy], Counter[Copy]]:
    """Both sides as soon as they are the same, or as they are in the end: each writes its history in its own time."""
    deadline_s = time.monotonic() + BACK_S
    while True:
        kept = await _said(scene, above, below.name, since_ns, until_ns)
        said = await _said(scene, below, below.name, since_ns, until_ns)
        if kept == said or time.monotonic() > deadline_s:
            return said, kept
        await asyncio.sleep(1.0)


async def _said(scene: Scene, at: UnitPlan, location: str, since_ns: int, until_ns: int) -> Counter[Copy]:
    client = await scene.asking.at(at.name)
    condition = f"time >= {since_ns} and time <= {until_ns}"
    answers = [await client.query(variable, location, condition) for variable in SERIES]
    return Counter(_copy(instance) for answer in answers for instance in answer)


def _copy(instance: Instance) -> Copy:
    return instance.location, instance.variable, instance.time_ns, repr(instance.value)


def _children(scene: Scene, units: set[str]) -> set[str]:
    return units & set(scene.plan.top.children)


def _named(units: set[str]) -> str:
    return ", ".join(sorted(units))


def _first(copies: Counter[Copy]) -> str:
    return str(next(iter(copies), ""))
