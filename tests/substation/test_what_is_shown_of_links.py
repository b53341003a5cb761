"""What a running unit shows of its control centres and of its links: variables, and lines of the event list."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from models.point import PointName
from models.record import Record
from models.wire import messages as m
from models.wire.instance import Instance
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from substation.exchange.access import Identity, Role
from substation.exchange.variables import Selection
from tests.substation.unit_bench import Running, running

PATIENCE_S = 20.0
FLAG = PointName("ST1/K1/E01", "SFPI1.FwdFlt")


async def published(unit: Running, variable: str, key: str) -> dict[str, Any]:
    """The newest instance of a variable of the unit about `key`; {} when there is none."""
    selection = Selection(variable, unit.unit.parts.config.name, None)
    found: list[Instance] = await unit.unit.parts.publication.read(selection)
    about = [each.value for each in found if isinstance(each.value, dict) and each.value["name"] == key]
    return about[-1] if about else {}


async def until(unit: Running, **expected: object) -> dict[str, Any]:
    """The control centre as it is shown, once it is so; the board is looked at more often than by itself."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            unit.station.northbound.board.look()
            shown = await published(unit, "ControlCentres", "NCC")
            if {key: shown.get(key) for key in expected} == expected:
                return shown
            await asyncio.sleep(0.01)


def test_a_control_centre_that_comes_goes_and_talks_rubbish_and_a_link_with_an_odd_device(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit:
            shown = await until(unit, state="no connection", up=False, peers=[], lost=0, late=False, lost_ns=0)
            for value in (True, False, True):
                await unit.field.tell(FLAG, value)
            waiting = (await until(unit, waiting=shown["waiting"] + 3))["waiting"]

            unit.station.northbound.board.absences.after_s = {"NCC": 0.0}
            await until(unit, late=True)
            alarms = [text for text in unit.texts() if text.startswith("no data transfer for 0 s, ")]
            assert alarms == [f"no data transfer for 0 s, {shown['waiting'] + 3:,} events wait"]

            reader, writer = await asyncio.open_connection(*unit.centre)
            shown = await until(unit, state="stopped", up=False)
            host, port = writer.get_extra_info("sockname")
            assert shown["peers"] == [f"{host}:{port}"]

            writer.write(apci.unnumbered(Function.STARTDT_ACT))
            shown = await until(unit, state="data transfer", up=True, window=12, late=False)
            assert shown["waiting"] == waiting
            assert 0 < shown["in_flight"] <= 12
            assert f"data transfer to {host}:{port}" in unit.texts()

            before = f"{host}:{port}"
            _, other = await asyncio.open_connection(*unit.centre)
            other.write(apci.unnumbered(Function.STARTDT_ACT))
            host, port = other.get_extra_info("sockname")
            await until(unit, state="data transfer", peers=[f"{host}:{port}"])
            assert f"data transfer to {host}:{port}, before to {before}" in unit.texts()
            writer.close()
            writer = other

            writer.write(b"\x00")
            shown = await until(unit, state="no connection", up=False)
            assert shown["last_reason"] == "frame starts with 0x00 instead of 0x68: link closed"
            assert shown["counters"]["closed: wrong start octet"] == 1
            assert shown["counters"]["frames sent"] > 0
            assert shown["waiting"] == waiting
            assert f"no connection: {shown['last_reason']}" in unit.texts()
            lines = [(event.location, event.text) for _, event in unit.unit.parts.events.newest]
            assert ("control centre NCC", f"{host}:{port}: {shown['last_reason']}") in lines
            assert unit.station.northbound.connected() == {"NCC": False}
            writer.close()
            await writer.wait_closed()
            del reader

            listener = unit.field._listener  # noqa: SLF001 - as a front end would tell it
            listener.notice("ST1", "sends object 1/7, which no point has")
            listener.counters("ST1", {"unknown objects": 1})
            assert "sends object 1/7, which no point has" in unit.texts()
            shown = await published(unit, "LinkCounters", "ST1")
            assert shown == {"name": "ST1", "counters": {"unknown objects": 1}}

            kept = await unit.station.records.keep("ST1", Record("1/60000/1", 1, b"what the device wrote"))
            door = await unit.unit.listener.door()
            request = m.Query(1, "Record.Content", f"OBR/records/{kept.number}/0")
            [content] = await door.processor.query(Identity(door.key.public.key_id, "Vito", Role.VIEWER), request)
            assert isinstance(content.value, dict)
            assert content.value["content"] == b"what the device wrote"

    asyncio.run(main())
