"""Devices of IEC 61850 behind a real front end: a trip's record is fetched, a killed front end loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.wire.aftermath import return_to_normal
from tests.wire.conftest import Scenario
from tests.wire.scene import BREAKER, FEEDER, TIE, Scene

DEVICE = FEEDER.replace("/K1/", "")
WITHIN_S = 20.0


async def record_of(scene: Scene, since_ns: int) -> dict[str, Any]:
    """The device's record of a trip since then."""
    deadline_s = time.monotonic() + WITHIN_S
    while True:
        shown = await scene.stage.unit.query("Records", scene.stage.site.name)
        listed = shown[-1].value["records"]  # type: ignore[call-overload, index]
        for each in listed:
            if each["link"] == DEVICE and each["trip"] is not None and each["trip"]["time_ns"] >= since_ns:
                return dict(each)
        assert time.monotonic() < deadline_s, f"{DEVICE} has given no record: {listed}"
        await scene.stage.pause()


def front_end_of(unit: int, name: str) -> int:
    """Process id of a front end of this unit."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if parent == unit and b"protocols.front_end" in words and name.encode() in words:
            return int(entry.name)
    raise AssertionError(f"process {unit} has no front end {name}")


def test_a_trip_is_followed_by_its_record_over_mms(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        begun_ns = time.time_ns() - 10**9
        await scene.fault(permanent=False)
        record = await record_of(scene, begun_ns)
        assert record["trip"]["location"] == FEEDER
        assert "protection" in record["trip"]["text"]
        assert abs(record["trip"]["time_ns"] - record["time_ns"]) < 10 * 10**9
        lines = await scene.stage.unit.query("Events", scene.stage.site.name)
        found = [line.value for line in lines if line.value["sequence"] == record["trip"]["event"]]  # type: ignore[call-overload, index]
        assert [line["text"] for line in found] == [record["trip"]["text"]]  # type: ignore[call-overload, index]
        await scene.hears(f"{DEVICE}: disturbance record")
        await return_to_normal(scene)

    play(scenario)


def test_a_front_end_killed_in_a_burst_of_reports_loses_nothing(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        stage = scene.stage
        unit = stage.children.process_ids["unit"]
        killed = await asyncio.to_thread(front_end_of, unit, "iec61850")
        await scene.fault(permanent=False)
        await scene.hears("protection pickup")
        os.kill(killed, signal.SIGKILL)
        await scene.told.until("lost links", lambda: not scene.told.links[DEVICE]["up"])
        await stage.whole_picture()
        assert await asyncio.to_thread(front_end_of, unit, "iec61850") != killed
        await scene.hears("reclosing successful")
        await scene.nothing_is_lost()
        await scene.is_safe()
        await return_to_normal(scene)

    play(scenario)


def test_a_breaker_that_gives_no_termination_stops_the_order(play: Callable[[Scenario], None]) -> None:
    """S21, S22: isolated, nothing fed onto the fault, one attempt, outcome unknown; a person reads the position."""

    async def scenario(scene: Scene) -> None:
        await scene.stage.set_mode("automatic")
        await scene.fault()
        order = await scene.proposal()
        await scene.stage.sim("says no end", BREAKER)
        order = await scene.end(within_s=25.0)
        assert order["state"] == "blocked", order
        closing = next(step for step in order["steps"] if step["point"] == f"{BREAKER}/CSWI1.Pos")
        assert closing["state"] == "failed"
        assert "no CommandTermination" in closing["reason"], closing["reason"]
        await scene.told.until("a command without outcome", lambda: scene.told.status["open_commands"])
        assert (await scene.switched()).count(f"on {BREAKER}") == 1
        assert f"on {TIE}" not in await scene.switched()
        await scene.is_safe()
        await return_to_normal(scene, sound=(BREAKER,))

    play(scenario)
