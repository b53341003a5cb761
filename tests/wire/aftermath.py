"""What people do after a fault: repair, mend, read positions, take tags away, return to the normal diagram [OP2]."""

from __future__ import annotations

import re
import time
from typing import Any

from models.point import Dbpos
from models.wire.messages import Code
from tests.wire.scene import UNDER_WAY, Scene
from tests.wire.stage import Stage

RETURN = "return to normal"


async def return_to_normal(scene: Scene, sound: tuple[str, ...] = ()) -> None:
    """By the product's own means. sound: switches that fail and are mended."""
    stage = scene.stage
    for fault in scene.faults:
        await stage.sim("repair", fault)
    for switch in sound:
        await stage.sim("sound", switch)
    if any(order["state"] == "blocked" for order in stage.told.orders.values()):
        await release_commands(stage)
    await remove_tags(stage)
    for order in [each for each in stage.told.orders.values() if each["kind"] != RETURN]:
        await report_repaired(stage, order)
    await examine_trips(stage)
    await switch_back(stage)
    await is_normal(stage)


async def release_commands(stage: Stage) -> None:
    """Commands without outcome: the operator has read the positions."""
    now_ns = time.time_ns()
    await stage.told.until("a status of now", lambda: stage.told.status["time_ns"] > now_ns)
    open_commands = stage.told.status["open_commands"]
    numbers = [int(number) for each in open_commands for number in re.findall(r"number (\d+)", each)]
    if numbers:
        await stage.write("Commands.Release", stage.site.name, numbers)


async def remove_tags(stage: Stage) -> None:
    for tag in list(stage.told.tags):
        await stage.write("Tag.Remove", tag["element"], tag["id"])
    await stage.told.until("no tags", lambda: not stage.told.tags)


async def report_repaired(stage: Stage, order: dict[str, Any]) -> None:
    """Ends what is under way, reports the repair, carries the return order out; what was reported before is left."""
    if order["state"] == "proposed":
        await stage.of_order("Reject", order["id"], "not needed any more")
    first_line = stage.told.newest_line
    answer = await stage.unit.write("Order.Repaired", f"{stage.site.name}/orders/{order['id']}", None)
    if answer.code is not Code.OK:
        assert "already" in answer.text, answer.text
        return
    back = f"{order['id']}-return"
    await stage.told.until(
        f"{back}, or why there is none",
        lambda: back in stage.told.orders or any("normal position" in text for text in stage.told.texts(first_line)),
    )
    if back in stage.told.orders:
        await carry_out(stage, back)


async def carry_out(stage: Stage, order: str) -> None:
    """Approve and see it completed."""
    await stage.of_order("Approve", order, stage.told.orders[order]["revision"])
    await stage.told.until(f"the end of {order}", lambda: stage.told.orders[order]["state"] not in UNDER_WAY)
    assert stage.told.orders[order]["state"] == "completed", stage.told.orders[order]["reason"]


async def examine_trips(stage: Stage) -> None:
    """Those whose fault the unit has not located: until then nobody closes onto the feeder (S10)."""
    [shown] = await stage.unit.query("Trips", stage.site.name)
    trips: Any = shown.value
    for trip in trips:
        await stage.write("Trip.Examined", trip["feeder"], "the fault that was repaired")


async def switch_back(stage: Stage) -> None:
    """What is still away from the released normal diagram is switched by hand, sources first, open points last."""
    normal = {each.id: Dbpos.OFF if each.normally_open else Dbpos.ON for each in stage.site.network.switches}
    names = {switch: f"{switch}/CSWI1.Pos" for switch in normal if switch.endswith("/Q0")}
    values = await stage.values(*names.values())
    away = [switch for switch, name in names.items() if values[name] != normal[switch]]
    for switch in sorted(away, key=lambda each: normal[each], reverse=False):
        await stage.command(switch, "CSWI1.Pos", int(normal[switch]))
    for feeder in stage.site.network.feeders:
        blocked = f"{feeder.id}/RREC1.BlkRec"
        if (await stage.values(blocked))[blocked]:
            await stage.command(feeder.id, "RREC1.BlkRec", False)


async def is_normal(stage: Stage) -> None:
    """Everything is fed, nothing faulted, and no indicator is set any more."""
    flags = [f"{each.switch.rpartition('/')[0]}/SFPI1.{way}Flt" for each in stage.site.network.indicators
             for way in ("Fwd", "Rv")]  # fmt: skip
    await stage.sim_until("indicators reset", flags, lambda values: not any(values.values()))
    truth = await stage.truth()
    assert (truth["unfed_loads"], truth["faults"], truth["limits_exceeded"]) == ([], [], [])
