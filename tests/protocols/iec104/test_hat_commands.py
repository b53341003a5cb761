"""Commands of every kind against hat-drivers: as control centre of our outstation, and as RTU of our master."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import time_ns

from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, Value
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import ControlPoint
from protocols.iec104.master import Master, create
from protocols.iec104.server import CommandDesk, Confirm, serve
from tests.peers.iec104 import control_centre, rtu
from tests.protocols.iec104.site import History

STATION = 103
KINDS: dict[str, tuple[int, object]] = {
    "single": (45, True),
    "double": (46, 2),
    "step": (47, 1),
    "normalised": (48, 0.25),
    "scaled": (49, -300),
    "floating": (50, 12.5),
    "bits": (51, 0x01020304),
}
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}
CANCELLED = {"cause": "DEACTIVATION_CONFIRMATION", "negative": False}
ENDED = {"cause": "ACTIVATION_TERMINATION", "negative": False}
FAILED = {"cause": "ACTIVATION_TERMINATION", "negative": True}


def test_hat_centre_commands_every_kind_of_our_outstation() -> None:
    """Object n: direct, n + 100: select before operate, n + 200: fails after its confirmation."""

    async def main() -> None:
        controls = [
            ControlPoint(STATION, first + number, type_id, first == 100)
            for number, (type_id, _) in enumerate(KINDS.values(), 1)
            for first in (0, 100, 200)
        ]
        outstation = Outstation([], controls, clock=time_ns)
        requests: list[CommandRequest] = []
        notices: list[str] = []
        outstation.on_notice = notices.append

        async def handler(request: CommandRequest, confirm: Confirm) -> None:
            requests.append(request)
            confirm(CommandResult(Outcome.ACCEPTED))
            if request.object_address > 200:
                confirm(CommandResult(Outcome.UNKNOWN, AddCause.TIME_LIMIT_OVER, "it did not move"))

        desk = CommandDesk(outstation, handler)
        server = await serve(outstation, "127.0.0.1", 0)
        async with control_centre("127.0.0.1", server.port) as peer:
            for number, (kind, (_, value)) in enumerate(KINDS.items(), 1):
                direct = {"station": STATION, "address": number, "kind": kind, "value": value}
                assert await peer.order("order", direct) == CONFIRMED
                assert await peer.order("termination", 5.0) == ENDED
                assert await peer.order("order", {**direct, "address": 200 + number}) == CONFIRMED
                assert await peer.order("termination", 5.0) == FAILED
                tagged = {**direct, "time_ms": time_ns() // 1_000_000}
                assert await peer.order("order", tagged) == CONFIRMED
                assert await peer.order("termination", 5.0) == ENDED
                assert await peer.order("order", tagged) == REFUSED  # the same frame once more
                assert await peer.order("order", {**tagged, "time_ms": tagged["time_ms"] - 60_000}) == REFUSED
                if kind == "bits":
                    continue
                twice = {**direct, "address": 100 + number}
                assert await peer.order("order", twice) == REFUSED  # not selected
                assert await peer.order("order", {**twice, "select": True}) == CONFIRMED
                assert await peer.order("order", {**twice, "select": True, "cancel": True}) == CANCELLED
                assert await peer.order("order", {**twice, "select": True}) == CONFIRMED
                assert await peer.order("order", twice) == CONFIRMED
                assert await peer.order("termination", 5.0) == ENDED
            pulse = {"station": STATION, "address": 1, "kind": "single", "value": True, "qualifier": 2, "test": True}
            assert await peer.order("order", {**pulse, "originator": 9}) == CONFIRMED
        assert (requests[-1].qualifier, requests[-1].test, requests[-1].originator) == (2, True, 9)
        sent = {request.object_address: request.value for request in requests if request.object_address < 100}
        assert list(sent.values())[:3] == [True, Dbpos.ON, Dbpos.OFF]
        assert abs(float(str(list(sent.values())[3])) - 0.25) < 1e-4  # hat multiplies by 32767
        assert list(sent.values())[4:6] == [-300, 12.5]
        assert all(" refused: " in notice for notice in notices)
        await desk.close()
        await server.close()

    asyncio.run(main())


def _point(number: int, cdc: Cdc, type_id: int, select: bool = False) -> tuple[Handle, PointSpec]:
    model = ControlModel.SBO_NORMAL if select else ControlModel.DIRECT_NORMAL
    spec = PointSpec(
        PointName("ST103/T1", f"GGIO{number}.Out"),
        cdc,
        "ST103",
        monitor=Iec104Address(STATION, number, {Cdc.BSC: 32, Cdc.APC: 36}.get(cdc, 35)),
        command=Iec104Address(STATION, 1000 + number, type_id),
        control_model=model,
    )
    return Handle(number), spec


POINTS = [
    _point(1, Cdc.BSC, 47), _point(2, Cdc.BSC, 60, True), _point(3, Cdc.APC, 48), _point(4, Cdc.INC, 49),
    _point(5, Cdc.APC, 50), _point(6, Cdc.INC, 51), _point(7, Cdc.APC, 63, True), _point(8, Cdc.SPC, 58),
]  # fmt: skip


async def execute(driver: Master, number: int, action: Action, value: Value) -> CommandResult:
    originator = Originator(OriginatorCategory.STATION_CONTROL, "test")
    return await driver.execute(Command(1, Handle(number), action, value, originator, time_ns(), qualifier=0))


def test_our_master_commands_every_kind_of_a_hat_rtu() -> None:
    async def main() -> None:
        async with rtu() as (peer, port):
            settings: dict[str, str | int | float | bool] = {"command_timeout_s": 0.3, "command_qualifier": 1}
            driver = create(LinkConfig("ST103", "iec104", "ST103", "127.0.0.1", port, settings), POINTS, time_ns)
            assert isinstance(driver, Master)
            history = History()
            running = asyncio.create_task(driver.run(history))
            await history.until(lambda: history.connections == 1)
            await peer.order("commands")
            sent: list[tuple[int, Action, Value]] = [
                (1, Action.OPERATE, Dbpos.ON), (2, Action.SELECT, Dbpos.OFF), (2, Action.OPERATE, Dbpos.OFF),
                (3, Action.OPERATE, 0.25), (4, Action.OPERATE, -300), (5, Action.OPERATE, 0.1),
                (6, Action.OPERATE, 0x01020304), (7, Action.SELECT, 2.5), (7, Action.CANCEL, 2.5),
                (8, Action.OPERATE, True),
            ]  # fmt: skip
            for number, action, value in sent:
                assert (await execute(driver, number, action, value)).outcome is Outcome.ACCEPTED, (number, action)
            seen = await peer.order("commands")
            assert [(each["kind"], each["select"], each["cancel"], each["tagged"]) for each in seen] == [
                ("step", False, False, False), ("step", True, False, True), ("step", False, False, True),
                ("normalised", False, False, False), ("scaled", False, False, False), ("floating", False, False, False),
                ("bits", False, False, False), ("floating", True, False, True), ("floating", True, True, True),
                ("single", False, False, True),
            ]  # fmt: skip
            assert [each["qualifier"] for each in seen if each["kind"] in ("step", "single")] == [1] * 4
            values = [each["value"] for each in seen]
            assert abs(values[3] - 0.25) < 1e-4  # hat divides by 32767
            assert values[4] == -300
            await peer.order("manners", {"1001": "refuses", "1003": "unknown", "1004": "silent", "1005": "fails"})
            assert (await execute(driver, 1, Action.OPERATE, Dbpos.ON)).outcome is Outcome.REFUSED
            missing = await execute(driver, 3, Action.OPERATE, 0.5)
            assert (missing.outcome, missing.add_cause) == (Outcome.REFUSED, AddCause.NOT_SUPPORTED)
            assert (await execute(driver, 4, Action.OPERATE, 5)).outcome is Outcome.UNKNOWN
            assert (await execute(driver, 5, Action.OPERATE, 5.0)).outcome is Outcome.ACCEPTED
            assert (await execute(driver, 4, Action.OPERATE, 32_768)).outcome is Outcome.REFUSED  # never sent
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    asyncio.run(main())
