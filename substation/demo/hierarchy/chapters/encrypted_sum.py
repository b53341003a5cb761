"""The sum of encrypted readings, which nobody on the way can read, is that of the meters."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import RingmainError
from substation.demo.hierarchy.asking import answered
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.scene import Scene

CIPHER, TOTAL = "MeterSum.Cipher", "MeterSum.Total"


@dataclass(frozen=True, slots=True)
class _Total:
    start_ns: int
    energy_wh: int
    count: int


async def tell(scene: Scene, claim: Claim) -> None:
    total = await _total(scene)
    truth = await scene.simulation({"kind": "truth"})
    shown = [period["shown_wh"] for period in truth["periods"] if period["start"] == total.start_ns]
    claim.expect(len(shown) == 1, "the customers do not remember that period")
    plain_wh = sum(sum(each.values()) for each in shown)
    claim.expect(total.energy_wh == plain_wh, f"decrypted are {total.energy_wh} Wh, metered {plain_wh} Wh")
    await _unreadable(scene, claim)
    claim.figures |= {"energy_wh": total.energy_wh, "meters": total.count}
    scene.say(
        f"{total.count} encrypted readings of a minute, added on the way, decrypted at {scene.top} alone: "
        f"{total.energy_wh} Wh; the meters themselves count {plain_wh} Wh"
    )


async def _total(scene: Scene) -> _Total:
    """The first one in which every meter takes part."""
    top = await scene.asking.at(scene.top)
    async with await top.event(TOTAL, scene.top) as totals:
        async for notice in totals:
            for instance in notice.instances:
                value = instance.value
                if isinstance(value, dict) and value["count"] == len(scene.plan.customers):
                    return _Total(*(int(str(value[key])) for key in ("start", "energy_wh", "count")))
    raise RingmainError(f"the subscription at {scene.top} ended: {totals.ended}")


async def _unreadable(scene: Scene, claim: Claim) -> None:
    """What the units below show of their sums is a ciphertext, and no total."""
    grids = [unit.name for unit in scene.plan.units if unit.customers and unit.children]
    for name in (grids[0], grids[-1]):
        client = await scene.asking.at(name)
        shown = [each.value for each in await client.query(CIPHER, name)]
        sealed = [each for each in shown if isinstance(each, dict) and isinstance(each.get("cipher"), bytes)]
        claim.expect(bool(sealed), f"{name} shows no encrypted sum")
        claim.expect(not await answered(client.query(TOTAL, name)), f"{name} knows a total")
