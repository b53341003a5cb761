"""A unit and its control centre, played by hat-drivers: every point, events in order, commands through the gate."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from models.command import Action
from models.point import Cdc, Dbpos, PointName, Sample
from tests.peers.iec104 import Iec104Peer, control_centre
from tests.substation.unit_bench import FIRST_NS, Running, running

BREAKER = PointName("OBR1/K1/E03/Q0", "CSWI1.Pos")
RECLOSING = PointName("OBR1/K1/E03", "RREC1.BlkRec")
FLAG = PointName("ST1/K1/E01", "SFPI1.FwdFlt")
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}
DONE = {"cause": "ACTIVATION_TERMINATION", "negative": False}


def run(folder: Path, work: Callable[[Running], Awaitable[None]]) -> None:
    async def main() -> None:
        async with running(folder) as unit:
            await work(unit)

    asyncio.run(main())


def monitored(unit: Running, name: PointName) -> str:
    spec = next(spec for spec in unit.site.points if spec.name == name)
    assert spec.monitor is not None
    return f"{spec.monitor.common_address}/{spec.monitor.object_address}"


def command(unit: Running, name: PointName) -> tuple[int, int]:
    spec = next(spec for spec in unit.site.points if spec.name == name)
    assert spec.command is not None
    return spec.command.common_address, spec.command.object_address


async def next_of(peer: Iec104Peer, point: str) -> dict[str, Any]:
    """The next event with a time tag; the unit's first picture of the field has none."""
    while True:
        event: dict[str, Any] | None = await peer.order("event", 10.0)
        assert event is not None
        if event["point"] == point and event["time_ms"] is not None:
            return event


def test_interrogations_give_every_point_of_the_unit_and_every_total(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        stations = {spec.monitor.common_address for spec in unit.site.points if spec.monitor is not None}
        found: dict[str, Any] = {}
        totals: dict[str, int] = {}
        async with control_centre(*unit.centre) as peer:
            assert unit.station.northbound.connected() == {"NCC": True}
            for station in stations:
                picture = await peer.order("interrogate", station)
                assert picture["objects"] == len(picture["points"])
                found |= picture["points"]
                totals |= await peer.order("counters", station, 5, 0)  # general request, read
        points = {monitored(unit, spec.name): spec for spec in unit.site.points}
        assert totals.keys() == {key for key, spec in points.items() if spec.cdc is Cdc.BCR} != set()
        assert found.keys() == points.keys() - totals.keys()
        assert len(found) > 300
        assert found[monitored(unit, BREAKER)] == int(Dbpos.ON)
        assert {type(found[key]) for key, spec in points.items() if spec.cdc is Cdc.MV} == {float}

    run(tmp_path, work)


def test_events_bear_the_times_of_the_field_also_after_an_absence(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        point = monitored(unit, FLAG)
        async with control_centre(*unit.centre) as peer:
            await unit.field.tell(FLAG, True)
            event = await next_of(peer, point)
            assert (event["value"], event["time_ms"]) == (True, unit.field.told[-1][2] // 1_000_000)
            assert event["quality"] == []
        for number in range(60):
            await unit.field.tell(FLAG, number % 2 == 1)
        unit.field.lose("ST1")
        async with control_centre(*unit.centre) as peer:
            seen = [await next_of(peer, point) for _ in range(61)]
        told = [(value, time_ns // 1_000_000) for _, value, time_ns in unit.field.told[1:]]
        assert [(event["value"], event["time_ms"]) for event in seen[:60]] == told
        assert seen[60]["quality"] == ["invalid", "not_topical"]

    run(tmp_path, work)


def test_a_double_command_goes_through_the_gate_in_two_steps(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        station, address = command(unit, BREAKER)
        async with control_centre(*unit.centre) as peer:
            assert await peer.order("command", station, address, 1, False) == REFUSED  # not selected
            assert unit.field.commands == []
            assert await peer.order("command", station, address, 1, True) == CONFIRMED
            assert await peer.order("command", station, address, 1, False) == CONFIRMED
            moved = await next_of(peer, monitored(unit, BREAKER))
            assert (moved["value"], moved["time_ms"]) == (1, unit.field.told[-1][2] // 1_000_000)
            assert await peer.order("termination", 10.0) == DONE
        assert [(each.action, each.value) for each in unit.field.commands] == [
            (Action.SELECT, Dbpos.OFF),
            (Action.OPERATE, Dbpos.OFF),
        ]
        assert {each.originator.identity for each in unit.field.commands} == {"NCC"}
        journalled = [text for text in unit.texts() if text.startswith("NCC: ")]
        assert any("position confirmed" in text for text in journalled)

    run(tmp_path, work)


def test_a_direct_command_is_executed_at_once(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        station, address = command(unit, RECLOSING)
        async with control_centre(*unit.centre) as peer:
            assert await peer.order("command", station, address, True, False) == CONFIRMED
            assert await peer.order("termination", 10.0) == DONE
        assert [(each.action, each.value) for each in unit.field.commands] == [(Action.OPERATE, True)]

    run(tmp_path, work)


def test_what_the_rules_forbid_is_refused_to_the_control_centre_with_the_reason_in_the_event_list(
    tmp_path: Path,
) -> None:
    async def work(unit: Running) -> None:
        await unit.field.tell(PointName("OBR1/K1/E03", "LLN0.Loc"), True)
        station, address = command(unit, BREAKER)
        async with control_centre(*unit.centre) as peer:
            assert await peer.order("command", station, address, 1, True) == REFUSED
            assert await peer.order("command", station, 9_999_999, 1, True) == {
                "cause": "UNKNOWN_IO_ADDRESS",
                "negative": True,
            }
        assert unit.field.commands == []
        assert any("S18" in text and "NCC" in text for text in unit.texts())
        newest = unit.unit.parts.events.newest
        told = [event for _, event in newest if f"object {station}/9999999 refused: unknown object" in event.text]
        assert [event.location for event in told] == ["control centre NCC"]

    run(tmp_path, work)


def test_a_cancelled_selection_is_given_back(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        station, address = command(unit, BREAKER)
        async with control_centre(*unit.centre) as peer:
            assert await peer.order("command", station, address, 1, True) == CONFIRMED
        async with asyncio.timeout(20):  # the connection is gone, and with it its selection
            while [each.action for each in unit.field.commands] != [Action.SELECT, Action.CANCEL]:
                await asyncio.sleep(0.01)
            while not any("selection given back" in text for text in unit.texts()):
                await asyncio.sleep(0.01)
        assert any("NCC: open OBR1/K1/E03/Q0 accepted: selected (" in text for text in unit.texts())

    run(tmp_path, work)


def test_a_value_that_cannot_be_sent_takes_no_other_along(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        register = unit.unit.parts.image.register
        tap = next(spec for _, spec in register.items() if spec.cdc is Cdc.INS)
        unfit, good = register.handle(tap.name), register.handle(FLAG)
        assert unfit is not None
        assert good is not None
        async with control_centre(*unit.centre) as peer:
            for time_ns in (FIRST_NS, FIRST_NS + 1_000_000):
                samples = [Sample(unfit, "no number", 0, time_ns, 9), Sample(good, True, 0, time_ns, 9)]
                unit.unit.parts.image.apply(samples)
                assert (await next_of(peer, monitored(unit, FLAG)))["time_ms"] == time_ns // 1_000_000
        told = [text for text in unit.texts() if text.startswith("not told: ")]
        assert len(told) == 1
        assert "'no number' is no" in told[0]

    run(tmp_path, work)
