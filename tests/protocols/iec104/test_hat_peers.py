"""hat-drivers as an independent control centre of our outstation and as an independent RTU of our master."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import time_ns

from models.command import Action, CommandResult, Outcome
from models.driver import LinkConfig
from models.point import Dbpos, Handle
from models.quality import Quality
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.master import create
from protocols.iec104.server import CommandDesk, Confirm, serve
from tests.peers.iec104 import control_centre, rtu
from tests.protocols.iec104.pair import POINTS, SPECS, STATION
from tests.protocols.iec104.site import History, order

STAMP_MS = 1_795_169_730_250
STAMP_NS = STAMP_MS * 1_000_000
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}


def test_hat_control_centre_of_our_outstation() -> None:
    async def main() -> None:
        outstation = Outstation(monitored(SPECS), controllable(SPECS), clock=time_ns)

        async def handler(request: CommandRequest, confirm: Confirm) -> None:
            confirm(CommandResult(Outcome.ACCEPTED))
            if request.action is Action.OPERATE:
                outstation.update([(STATION, 1, request.value, 0, STAMP_NS)])

        desk = CommandDesk(outstation, handler)
        outstation.update([(STATION, 1, Dbpos.OFF, 0, None), (STATION, 20, 24.5, 0, None)])
        server = await serve(outstation, "127.0.0.1", 0)
        async with control_centre("127.0.0.1", server.port) as peer:
            picture = await peer.order("interrogate", STATION)
            assert picture["objects"] == len(SPECS)
            assert picture["points"] == {
                "103/1": 1, "103/2": False, "103/3": False, "103/4": False, "103/5": 0,
                "103/11": 0.0, "103/12": 0.0, "103/20": 24.5,
            }  # fmt: skip
            outstation.update([(STATION, 3, True, int(Quality.SUBSTITUTED), STAMP_NS)])
            assert await peer.order("event", 5.0) == {
                "point": "103/3", "value": True, "time_ms": STAMP_MS, "quality": ["substituted"], "cause": 3,
            }  # fmt: skip
            assert await peer.order("command", STATION, 10_001, 2, False) == REFUSED
            assert await peer.order("command", STATION, 10_001, 2, True) == CONFIRMED
            assert await peer.order("command", STATION, 10_001, 2, False) == CONFIRMED
            moved = await peer.order("event", 5.0)
            assert (moved["point"], moved["value"], moved["time_ms"], moved["cause"]) == ("103/1", 2, STAMP_MS, 11)
            assert await peer.order("termination", 5.0) == {"cause": "ACTIVATION_TERMINATION", "negative": False}
            assert await peer.order("command", STATION, 10_002, True, False) == CONFIRMED
            unknown = {"cause": "UNKNOWN_IO_ADDRESS", "negative": True}
            assert await peer.order("command", STATION, 10_099, 2, False) == unknown
        await desk.close()
        await server.close()

    asyncio.run(main())


def test_our_master_of_a_hat_rtu() -> None:
    async def main() -> None:
        async with rtu() as (peer, port):
            await peer.order("set", {"103/1": 1, "103/2": False, "103/3": False, "103/11": 4.5, "103/99": True})
            link = LinkConfig("ST103", "iec104", "ST103", "127.0.0.1", port, {"w": 1, "clock_sync": True})
            driver, history = create(link, POINTS, time_ns), History()
            running = asyncio.create_task(driver.run(history))
            await history.until(lambda: history.connections == 1)
            first = {sample.handle: sample.value for sample in history.stored}
            assert first == {1: Dbpos.OFF, 2: False, 3: False}
            assert list(history.measured.values) == [4.5]
            assert await peer.order("tell", 103, 3, True, STAMP_MS) is True  # acknowledged, since it was stored
            assert list(history.stored)[-1][:4] == (Handle(3), True, 0, STAMP_NS)
            await peer.order("requests")
            for action in (Action.SELECT, Action.OPERATE):
                assert (await driver.execute(order(action))).accepted
            assert await peer.order("requests") == [
                ["CommandMsg", 103, 10_001, 2, True],
                ["CommandMsg", 103, 10_001, 2, False],
            ]
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(main())


def test_hat_rtu_waits_for_its_acknowledgement_until_history_has_stored() -> None:
    async def main() -> None:
        async with rtu() as (peer, port):
            link = LinkConfig("ST103", "iec104", "ST103", "127.0.0.1", port, {"w": 1})
            history = History()
            running = asyncio.create_task(create(link, POINTS, time_ns).run(history))
            await history.until(lambda: history.connections == 1)
            history.is_open.clear()
            telling = asyncio.create_task(peer.order("tell", 103, 3, True, STAMP_MS))
            done, _ = await asyncio.wait({telling}, timeout=0.3)
            assert not done
            history.is_open.set()
            assert await asyncio.wait_for(telling, 5.0) is True
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(main())
