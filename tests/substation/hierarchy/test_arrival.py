"""What a unit below says is taken as far as it is its to say: played by somebody who has its key."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from models.wire import cbor
from models.wire.instance import Instance, to_wire
from protocols.exchange.client import connect
from substation.exchange.key_files import unit_key
from substation.hierarchy.arrival import UP
from substation.links.engine import Parcel
from substation.links.seal import Said, seal, to_content
from tests.substation.hierarchy.tree import Node, Tree, tree

POWER = "MMXU1.TotW"
YEAR_NS = 365 * 86_400 * 10**9


async def say(at: Tree, *instances: Instance) -> None:
    key, now_ns = unit_key(at.folder / "LV" / "data"), time.time_ns()
    parcel = Parcel(now_ns, UP, cbor.encode([to_wire(each) for each in instances]))
    frame = seal(key, Said("LV", "MV", now_ns, 0, to_content([parcel])))
    async with connect(at.url("MV"), key, service="link") as link:
        answer = await link.write("Link.Parcels", "LV", frame)
        assert answer.code.value == "ok", answer


def test_a_unit_below_says_neither_the_future_nor_what_is_of_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with tree(tmp_path, Node("MV", "MVGMU", [Node("LV", "LVGMU"), Node("L2", "LVGMU")])) as at:
            await at.stop("LV")
            now_ns = time.time_ns()
            await say(
                at,
                Instance(POWER, "LV", 1.0, now_ns + YEAR_NS),
                Instance(POWER, "LV", 2.0, now_ns),
                Instance(POWER, "L2", 3.0, now_ns),
                Instance(POWER, "MV", 4.0, now_ns),
                Instance("EnergyLosses", "LV", 5.0, now_ns, 0, "customer1"),
            )
            assert [each.value for each in await at.present("MV", POWER, "L*")] == [2.0]
            told = [str(each.value) for each in await at.present("MV", "Events", "MV")]
            for refused in (
                f"LV/{POWER} refused: it is of a time that has not come yet",
                f"L2/{POWER} refused: it is not the sender's",
                f"MV/{POWER} refused: it is not the sender's",
                "LV/EnergyLosses refused: it belongs to 'customer1' there",
            ):
                assert any(refused in line for line in told), refused

    asyncio.run(scenario())
