"""The whole example through independent peers: every point at hat-drivers' control centre, the golden list at both.

The list is written by hand; what the peers read at its addresses must be what the simulator's own world shows.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from models.point import Cdc
from tests.peers.iec104 import Iec104Peer, control_centre
from tests.peers.mms import MmsPeer, mms_client
from tests.wire.addresses import monitored_at, specs_of
from tests.wire.loop import LoopThread
from tests.wire.site import EXAMPLE, ROOT, prepare
from tests.wire.stage import Stage

TOTAL = "total"
GOLDEN = json.loads((ROOT / "tests" / "cases" / "golden_points.json").read_text(encoding="utf-8"))["points"]
KINDS = {30: "single", 31: "double", 32: "stepposition", 35: "scaled", 36: "floating"}
"""What hat-drivers calls the values of these types."""
GENERAL, READ = 5, 0  # RQT and FRZ of a counter interrogation
POSITIONS = {"00": 0, "01": 1, "10": 2, "11": 3}
OFF, ON = 1, 2
ENDED = {"cause": "ACTIVATION_TERMINATION", "negative": False}
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
PATIENCE_S = 15.0


@pytest.fixture(scope="module")
def stage(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The example as it is, with all its devices."""
    stage = Stage(prepare(EXAMPLE, tmp_path_factory.mktemp("golden") / "site"), speed=1.0)
    try:
        loop.do(stage.open())
        yield stage
    finally:
        loop.do(stage.close())


@asynccontextmanager
async def centre_of(stage: Stage) -> AsyncIterator[Iec104Peer]:
    async with control_centre("127.0.0.1", stage.site.ports.centre) as peer:
        yield peer


async def everything(peer: Iec104Peer, devices: list[int], totals: set[int]) -> dict[str, Any]:
    """Kind and value per address, by interrogations of all devices and counter interrogations of those with totals."""
    picture = await peer.order("picture", devices)
    for device in sorted(totals):
        found = await peer.order("counters", device, GENERAL, READ)
        picture |= {address: [TOTAL, total] for address, total in found.items()}
    return dict(picture)


def test_every_point_is_interrogated_with_the_value_of_the_world(stage: Stage, loop: LoopThread) -> None:
    async def scenario() -> None:
        specs = specs_of(EXAMPLE)
        assert len(specs) >= 5000
        devices = sorted({spec.monitor.common_address for spec in specs.values() if spec.monitor is not None})
        names = {monitored_at(spec): name for name, spec in specs.items()}
        totals = {spec.monitor.common_address for spec in specs.values() if spec.monitor and spec.cdc is Cdc.BCR}
        since = await stage.values()
        async with centre_of(stage) as peer:

            async def wrong() -> list[str]:
                picture = await everything(peer, devices, totals)
                assert picture.keys() == names.keys()
                world = await stage.values()
                found = {names[address]: each for address, each in picture.items()}
                return [name for name, (kind, value) in found.items()
                        if kind != "floating" and not _is_now(kind, value, since[name], world[name])]  # fmt: skip

            await until_empty(wrong)

    loop.do(scenario())


def test_golden_addresses_at_the_control_centre(stage: Stage, loop: LoopThread) -> None:
    async def scenario() -> None:
        devices = sorted({point["casdu"] for point in GOLDEN})
        totals = {point["casdu"] for point in GOLDEN if point["class"] == "BCR"}
        since = await stage.values(*(point["point"] for point in GOLDEN))
        async with centre_of(stage) as peer:

            async def wrong() -> list[str]:
                picture = await everything(peer, devices, totals)
                world = await stage.values(*(point["point"] for point in GOLDEN))
                return [
                    f"{point['point']}: {picture[_address(point)]}, not {world[point['point']]}"
                    for point in GOLDEN
                    if not _fits(picture[_address(point)], point, since, world)
                ]

            await until_empty(wrong)

    loop.do(scenario())


def _address(point: dict[str, Any]) -> str:
    return f"{point['casdu']}/{point['ioa']}"


def _fits(found: list[Any], point: dict[str, Any], since: dict[str, Any], world: dict[str, Any]) -> bool:
    """Type and value; a short floating point number has 24 bits."""
    (kind, value), name = found, point["point"]
    if kind == TOTAL:
        return point["type"] == 37 and _is_now(kind, value * point["scale"], since[name], world[name])
    return kind == KINDS[point["type"]] and _is(value, point, world[name])


def _is_now(kind: str, value: Any, since: Any, shown: Any) -> bool:
    """Totals count on while they are read: such a one was shown between the beginning of the test and now."""
    return since <= value <= shown if kind == TOTAL else value == shown


def _is(value: float, point: dict[str, Any], shown: float) -> bool:
    return value * point["scale"] == pytest.approx(float(shown), rel=1e-6)


def test_golden_references_at_the_simulated_devices(stage: Stage, loop: LoopThread) -> None:
    async def scenario() -> None:
        served = [point for point in GOLDEN if point["mms"]]
        addresses = json.loads((stage.site.folder / "addresses.json").read_text(encoding="utf-8"))
        for device in sorted({point["ied"] for point in served}):
            with mms_client(*addresses[device]) as peer:
                for point in [each for each in served if each["ied"] == device]:

                    async def wrong(peer: MmsPeer = peer, point: dict[str, Any] = point) -> list[str]:
                        value = await asyncio.to_thread(_read, peer, point)
                        world = (await stage.values(point["point"]))[point["point"]]
                        return [] if _is(value, point, world) else [f"{point['mms']}: {value}, not {world}"]

                    await until_empty(wrong)

    loop.do(scenario())


def _read(peer: MmsPeer, point: dict[str, Any]) -> float:
    item, constraint = _attribute(point)
    value = peer.order("read", f"{point['mms']}.{item}", constraint)
    return POSITIONS[value] if isinstance(value, str) else value


def _attribute(point: dict[str, Any]) -> tuple[str, str]:
    """Where IEC 61850-7-3 has the value of these classes; a phase of WYE or DEL is a complex value."""
    if point["class"] in ("ACT", "ACD"):
        return "general", "ST"
    if point["class"] == "MV":
        return ("cVal.mag.f" if ".phs" in point["point"] else "mag.f"), "MX"
    return "stVal", "ST"


def test_golden_commands_move_what_they_name(stage: Stage, loop: LoopThread) -> None:
    async def scenario() -> None:
        by_name = {point["point"]: point for point in GOLDEN}
        breaker, blocked = by_name["OBR1/K1/E03/Q0/CSWI1.Pos"], by_name["OBR2/K1/E04/RREC1.BlkRec"]
        assert (breaker["command"][1], blocked["command"][1]) == (46, 45)  # double command, single command
        async with centre_of(stage) as peer:
            for value in (True, False):
                assert await peer.order("command", blocked["casdu"], blocked["command"][0], value, False) == CONFIRMED
                assert await peer.order("termination", PATIENCE_S) == ENDED
                await shows(stage, blocked["point"], value)
            address = (breaker["casdu"], breaker["command"][0])
            for select in (True, False):
                answer = await peer.order("command", *address, OFF, select)
                assert answer == CONFIRMED, stage.told.texts()[-5:]
            await shows(stage, breaker["point"], OFF)
            event = await told(peer, _address(breaker), OFF)
            assert event[1] == "double"
            assert abs(event[3] - time.time_ns() // 1_000_000) < PATIENCE_S * 1000  # tagged: type 31

    loop.do(scenario())


async def shows(stage: Stage, point: str, value: object) -> None:
    await stage.sim_until(f"{point} = {value}", [point], lambda values: values[point] == value)


async def told(peer: Iec104Peer, address: str, value: object) -> list[Any]:
    """The event [address, kind, value, time_ms] at the control centre."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        found = [event for event in await peer.order("told", 0) if event[0] == address and event[2] == value]
        if found:
            return list(found[-1])
        assert time.monotonic() < deadline_s, f"{address} = {value} was not told"
        await Stage.pause()


async def until_empty(wrong: Callable[[], Awaitable[list[str]]]) -> None:
    """The world changes while it is read: what is wrong must become right at once, not later."""
    deadline_s = time.monotonic() + PATIENCE_S
    while found := await wrong():
        assert time.monotonic() < deadline_s, f"{len(found)} differ: {found[:5]}"
        await Stage.pause()
