"""The simulated devices through their protocols: RTU by our IEC 104 master, IED by our MMS client."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import Driver
from models.errors import ConfigError, LinkError
from models.point import Dbpos, Handle, PointName
from protocols.iec104 import master
from protocols.iec61850 import client
from sim_ied.addresses import earlier_ports
from sim_ied.disturbance import Disturbance
from sim_ied.fault import Fault
from sim_ied.server import Simulator
from sim_ied.site import Site, read_site
from tests.sim_ied.site_files import Memory, write_site

CREATE = {"iec104": master.create, "iec61850": client.create}
HOST = "127.0.0.1"
OPERATOR = Originator(OriginatorCategory.STATION_CONTROL, "test")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return read_site(write_site(tmp_path_factory.mktemp("site")), speed=20.0)


class Link:
    """A driver at one simulated device."""

    def __init__(self, simulator: Simulator, ied: str) -> None:
        link = next(link for link in simulator.site.links if link.ied == ied)
        host, port = simulator.addresses[ied]
        self.points = [
            (Handle(number), spec) for number, spec in enumerate(simulator.site.specs, start=1) if spec.link == ied
        ]
        self.memory = Memory(self.points)
        self.driver: Driver = CREATE[link.protocol](replace(link, host=host, port=port), self.points, time.time_ns)
        self._number = 0

    async def send(self, point: str, action: Action, value: Dbpos | bool) -> CommandResult:
        name = PointName.parse(point)
        handle = next(handle for handle, spec in self.points if spec.name == name)
        self._number += action is Action.SELECT
        return await self.driver.execute(Command(self._number, handle, action, value, OPERATOR, time.time_ns()))


def play(site: Site, scenario: Callable[[Simulator], Awaitable[None]]) -> None:
    """Run the whole simulator of the site, and the scenario beside it."""

    async def whole() -> None:
        simulator = Simulator(site, time.time_ns)
        await simulator.open()
        running = asyncio.ensure_future(simulator.run())
        try:
            async with asyncio.timeout(20.0):
                await scenario(simulator)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await simulator.close()

    asyncio.run(whole())


@asynccontextmanager
async def linked(simulator: Simulator, ied: str) -> AsyncIterator[Link]:
    """A link that is up, with its first complete picture."""
    link = Link(simulator, ied)
    running = asyncio.ensure_future(link.driver.run(link.memory))
    try:
        await link.memory.until(lambda: link.memory.is_connected or running.done())
        assert not running.done(), running.exception()
        if ied.startswith("ST"):  # totals come after the picture
            await link.memory.until(lambda: len({name for name, _ in link.memory.samples}) == len(link.points))
        yield link
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_rtu_answers_interrogation_and_moves_its_switch(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        async with linked(simulator, "ST1") as link:
            names = {str(spec.name) for _, spec in link.points}
            assert {name for name, _ in link.memory.samples} == names
            position = "ST1/K1/E02/Q0/CSWI1.Pos"
            assert link.memory.value(position) is Dbpos.ON
            first = [sample for name, sample in link.memory.samples if name == position]
            assert [sample.source_time_ns for sample in first] == [None]  # interrogated: no event
            before_ns = time.time_ns()
            assert (await link.send(position, Action.SELECT, Dbpos.OFF)).accepted
            assert (await link.send(position, Action.OPERATE, Dbpos.OFF)).accepted
            await link.memory.until(lambda: link.memory.value(position) is Dbpos.OFF)
            events = [sample for name, sample in link.memory.samples if name == position][-2:]
            assert [sample.value for sample in events] == [Dbpos.INTERMEDIATE, Dbpos.OFF]
            assert all(sample.source_time_ns is not None for sample in events)
            assert before_ns - 1_000_000 <= (events[0].source_time_ns or 0) <= time.time_ns()

    play(site, scenario)


def test_rtu_refuses_what_the_process_refuses(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        await simulator.disturb(Disturbance("stuck", "ST1/K1/E02/Q0"))
        async with linked(simulator, "ST1") as link:
            refused = await link.send("ST1/K1/E02/Q0/CSWI1.Pos", Action.SELECT, Dbpos.OFF)
            assert refused.outcome is Outcome.REFUSED
            unselected = await link.send("ST1/K1/E01/Q0/CSWI1.Pos", Action.OPERATE, Dbpos.OFF)
            assert unselected.outcome is Outcome.REFUSED

    play(site, scenario)


def test_rtu_that_freezes_says_nothing_until_it_thaws(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        async with linked(simulator, "ST7") as link:
            await simulator.disturb(Disturbance("freeze", "ST7"))
            count = len(link.memory.samples)
            await simulator.disturb(Disturbance("battery low", "ST7"))
            async with linked(simulator, "ST1") as other:  # the others go on
                assert other.memory.value("ST1/LLN0.Loc") is False
            assert len(link.memory.samples) == count
            await simulator.disturb(Disturbance("thaw", "ST7"))
            await link.memory.until(lambda: link.memory.value("ST7/ZBAT1.BatLo") is True)

    play(site, scenario)


def test_killed_rtu_drops_its_links_and_comes_back_at_its_address(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        link = Link(simulator, "ST2")
        running = asyncio.ensure_future(link.driver.run(link.memory))
        await link.memory.until(lambda: link.memory.is_connected)
        await simulator.disturb(Disturbance("kill", "ST2"))
        with pytest.raises(LinkError):
            await running
        await simulator.disturb(Disturbance("revive", "ST2"))
        async with linked(simulator, "ST2") as again:
            assert again.memory.is_connected

    play(site, scenario)


def test_ied_reports_a_trip_and_takes_commands(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        async with linked(simulator, "OBR1E03") as link:
            memory, bay, position = link.memory, "OBR1/K1/E03", "OBR1/K1/E03/Q0/CSWI1.Pos"
            await memory.until(lambda: memory.value(position) is Dbpos.ON)
            assert memory.value(f"{bay}/RREC1.AutoRecSt") == 1
            assert memory.value(f"{bay}/Q0/XCBR1.CBOpCap") == 4
            await simulator.disturb(Disturbance("fault", "F1", Fault("F1", "L01/W01")))
            await memory.until(
                lambda: memory.value(f"{bay}/RREC1.AutoRecSt") == 9 and not memory.value(f"{bay}/PTRC1.Tr")
            )
            trips = [sample for name, sample in memory.samples if name == f"{bay}/PTRC1.Tr" and sample.value is True]
            assert len(trips) == 3  # first trip and one for each of the two shots
            await memory.until(lambda: memory.value(position) is Dbpos.OFF)
            await simulator.disturb(Disturbance("repair", "F1"))
            await memory.until(lambda: memory.value(f"{bay}/Q0/XCBR1.CBOpCap") == 3)  # stored energy is back
            assert (await link.send(position, Action.SELECT, Dbpos.ON)).accepted
            assert (await link.send(position, Action.OPERATE, Dbpos.ON)).accepted
            await memory.until(lambda: memory.value(position) is Dbpos.ON)
            assert (await link.send(f"{bay}/RREC1.BlkRec", Action.OPERATE, True)).accepted
            await memory.until(lambda: memory.value(f"{bay}/RREC1.BlkRec") is True)

    play(site, scenario)


@pytest.mark.parametrize(
    ("kind", "target", "cause"),
    [
        ("local", "OBR1/K1/E03", AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
        ("stuck", "OBR1/K1/E03/Q0", AddCause.BLOCKED_BY_HEALTH),
    ],
)
def test_ied_refuses_with_the_cause_of_the_process(site: Site, kind: str, target: str, cause: AddCause) -> None:
    async def scenario(simulator: Simulator) -> None:
        await simulator.disturb(Disturbance(kind, target))
        async with linked(simulator, "OBR1E03") as link:
            refused = await link.send("OBR1/K1/E03/Q0/CSWI1.Pos", Action.SELECT, Dbpos.OFF)
            assert (refused.outcome, refused.add_cause) == (Outcome.REFUSED, cause)

    play(site, scenario)


def test_ied_whose_breaker_stops_midway_ends_the_command_negatively(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        await simulator.disturb(Disturbance("stops midway", "OBR1/K1/E03/Q0"))
        async with linked(simulator, "OBR1E03") as link:
            position = "OBR1/K1/E03/Q0/CSWI1.Pos"
            assert (await link.send(position, Action.SELECT, Dbpos.OFF)).accepted
            ended = await link.send(position, Action.OPERATE, Dbpos.OFF)
            assert (ended.outcome, ended.add_cause) == (Outcome.FAILED, AddCause.TIME_LIMIT_OVER)  # it had begun
            await link.memory.until(lambda: link.memory.value(position) is Dbpos.INTERMEDIATE)

    play(site, scenario)


def test_frozen_ied_does_not_hold_up_the_others(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        async with linked(simulator, "OBR1E03") as link:
            await simulator.disturb(Disturbance("freeze", "OBR1E03"))
            await simulator.disturb(Disturbance("local", "OBR1/K1/E03"))
            async with linked(simulator, "OBR1E04") as other:
                assert other.memory.value("OBR1/K1/E04/Q0/CSWI1.Pos") is Dbpos.ON
            assert link.memory.value("OBR1/K1/E03/LLN0.Loc") is False
            await simulator.disturb(Disturbance("thaw", "OBR1E03"))
            await link.memory.until(lambda: link.memory.value("OBR1/K1/E03/LLN0.Loc") is True)

    play(site, scenario)


def test_a_point_that_no_device_has_is_an_error_of_the_files(site: Site) -> None:
    spec = site.specs[0]
    strange = replace(spec, name=PointName(spec.name.location, "GGIO1.Ind1"))
    with pytest.raises(ConfigError, match=r"scd\.xml:\d+: no device has point .*GGIO1\.Ind1"):
        Simulator(replace(site, specs=(strange, *site.specs)), time.time_ns)


def test_an_unknown_device_is_named(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        with pytest.raises(ConfigError, match="no device of that name"):
            await simulator.disturb(Disturbance("kill", "ST99"))

    play(site, scenario)


def test_killed_ied_comes_back_with_what_happened_meanwhile(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        await simulator.disturb(Disturbance("kill", "OBR1E03"))
        await simulator.disturb(Disturbance("local", "OBR1/K1/E03"))
        await simulator.disturb(Disturbance("revive", "OBR1E03"))
        async with linked(simulator, "OBR1E03") as link:
            await link.memory.until(lambda: link.memory.value("OBR1/K1/E03/LLN0.Loc") is True)

    play(site, scenario)


def ports_that_nobody_is_given(wanted: int) -> list[int]:
    """Free ports below those that the system gives to whoever asks for any: no other test takes them by chance."""
    found: list[int] = []
    for port in range(20000, 30000):
        with contextlib.suppress(OSError), socket.create_server((HOST, port)):
            found.append(port)
        if len(found) == wanted:
            return found
    raise AssertionError("this machine has no free ports")


def test_a_simulator_that_starts_again_takes_the_ports_of_before_where_they_are_free(
    site: Site, tmp_path: Path
) -> None:
    file = tmp_path / "addresses.json"

    async def live(ports: dict[str, int]) -> None:
        simulator = Simulator(site, time.time_ns, ports)
        try:
            await simulator.open()
            simulator.write_addresses(file)
        finally:
            await simulator.close()

    assert earlier_ports(file) == {}
    asyncio.run(live({}))
    names = list(earlier_ports(file))
    assert len(names) > 10
    before = dict(zip(names, ports_that_nobody_is_given(len(names)), strict=True))
    with socket.create_server((HOST, before["ST1"])):
        asyncio.run(live(before))
    again = earlier_ports(file)
    assert {name for name in before if again[name] != before[name]} == {"ST1"}
    for rubbish in ("[]", '{"ST1": 5}', '{"ST1": ["h", "x"]}', "{"):
        file.write_text(rubbish, encoding="utf-8")
        assert earlier_ports(file) == {}
