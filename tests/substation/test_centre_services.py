"""Services of a control centre at a running unit, as unit.toml grants them: our own control centre asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.point import Dbpos, PointName, PointSpec
from models.quality import Quality
from protocols.iec104.application.asdu import Asdu, CounterReading, Order, Parameter, Service
from substation.clock import synchronisation
from substation.clock.kernel import ClockHealth
from tests.protocols.iec104.dialled import Dialled, dialled
from tests.substation.clock.test_synchronisation import FakeClock
from tests.substation.commands.small_site import change, small_site
from tests.substation.field.bench import until
from tests.substation.maintenance.node_bench import new_site, node
from tests.substation.unit_bench import FIRST_NS, Running, running

BREAKER = PointName("OBR1/K1/E03/Q0", "CSWI1.Pos")
BAY_LOCAL = PointName("OBR1/K1/E03", "LLN0.Loc")
POWER = PointName("OBR1/K1/E03", "MMXU1.TotW")
ENERGY = PointName("ST1/T1", "MMTR1.SupWh")
UNSYNCHRONISED = ClockHealth(False)
SERVICES = """clock = "when_unsynchronised"
parameters = true
reset = true

[control_centre.groups]
3 = "*/CSWI*.Pos"

[control_centre.counters.groups]
1 = "*/MMTR*.SupWh"

[[control_centre.deadband]]
points = "*/MMXU1.TotW"
value = 1e6
"""

Work = Callable[[Running, Dialled], Awaitable[None]]


def run(folder: Path, work: Work, services: str = SERVICES) -> None:
    async def main() -> None:
        change(small_site(folder), "port = 0\n\n[fdir]", f"port = 0\n{services}\n[fdir]")
        async with running(folder) as unit, dialled(*unit.centre) as centre:
            await work(unit, centre)

    asyncio.run(main())


def spec(unit: Running, name: PointName) -> PointSpec:
    return next(spec for spec in unit.site.points if spec.name == name)


def values(units: list[Asdu], cause: int | None = None) -> dict[tuple[int, int], object]:
    return {
        (unit.common_address, item.address): item.value
        for unit in units
        for item in unit.observations()
        if cause in (None, unit.cause)
    }


def causes(units: list[Asdu], address: tuple[int, int]) -> list[tuple[int, object]]:
    """Of the changes of one point that bear a time."""
    return [
        (unit.cause, item.value)
        for unit in units
        for item in unit.observations()
        if (unit.common_address, item.address) == address and item.time_ns is not None
    ]


def address(unit: Running, name: PointName) -> tuple[int, int]:
    monitor = spec(unit, name).monitor
    assert monitor is not None
    return monitor.common_address, monitor.object_address


async def _groups_and_counters_are_those_of_unit_toml(unit: Running, centre: Dialled) -> None:
    key = address(unit, BREAKER)
    found = values(await centre.answered(100, key[0], Service(0, 23), last=10), cause=23)
    positions = {address(unit, each.name) for each in unit.site.points if each.name.variable.startswith("CSWI")}
    assert found.keys() == {each for each in positions if each[0] == key[0]}
    energy = address(unit, ENERGY)
    await unit.field.tell(ENERGY, 4711)
    await centre.answered(101, energy[0], Service(0, 0x81), last=10)  # freeze and reset group 1
    await unit.field.tell(ENERGY, 4715)
    found = values(await centre.answered(101, energy[0], Service(0, 1), last=10), cause=38)
    assert found[energy] == CounterReading(4711)
    handle = unit.unit.parts.image.register.handle(ENERGY)
    assert handle is not None
    sample = unit.unit.parts.image.get(handle)
    assert sample is not None
    assert sample.value == 4715  # the process knows nothing of it
    assert unit.unit.parts.stores.history.load_state("IEC 104 counters of NCC") is not None


async def _dead_bands_are_those_of_unit_toml_and_change_at_run_time(unit: Running, centre: Dialled) -> None:
    key = address(unit, POWER)
    seen: Callable[[], list[object]] = lambda: [value for _, value in causes(centre.heard, key)]  # noqa: E731
    for number in (5e6, 5.5e6, 7e6):
        await unit.field.tell(POWER, number)
    await centre.until(lambda: len(seen()) == 2)
    assert seen() == [5e6, 7e6]
    answer = await centre.answered(112, key[0], Parameter(key[1], 1e5, 1))
    assert not answer[-1].negative
    await unit.field.tell(POWER, 7.2e6)
    await centre.until(lambda: len(seen()) == 3)
    assert any("threshold of OBR1/K1/E03/MMXU1.TotW set to 100000" in text for text in unit.texts())


async def _moves_say_because_of_whom(unit: Running, centre: Dialled) -> None:
    key, command = address(unit, BREAKER), spec(unit, BREAKER).command
    assert command is not None
    for select in (True, False):
        order = Order(command.object_address, Dbpos.OFF, select=select)
        await centre.answered(command.type_id, command.common_address, order)
    await centre.until(lambda: any(unit.cause == 10 for unit in centre.heard))
    await unit.field.tell(BREAKER, Dbpos.ON)  # somebody else
    await unit.field.tell(BAY_LOCAL, True)
    await unit.field.tell(BREAKER, Dbpos.OFF)  # at the panel
    await centre.until(lambda: len(causes(centre.heard, key)) == 3)
    assert causes(centre.heard, key) == [(11, Dbpos.OFF), (3, Dbpos.ON), (12, Dbpos.OFF)]


async def _a_unit_without_supervisor_refuses_a_reset_in_words(unit: Running, centre: Dialled) -> None:
    assert (await centre.mirrored(105, address(unit, BREAKER)[0], Service(0, 1))).negative
    assert any("not run by 'ringmain supervise'" in text for text in unit.texts())


GRANTED = (
    _groups_and_counters_are_those_of_unit_toml,
    _dead_bands_are_those_of_unit_toml_and_change_at_run_time,
    _moves_say_because_of_whom,
    _a_unit_without_supervisor_refuses_a_reset_in_words,
)


def test_a_control_centre_has_the_services_that_unit_toml_grants(tmp_path: Path) -> None:
    async def work(unit: Running, centre: Dialled) -> None:
        for service in GRANTED:
            await service(unit, centre)

    run(tmp_path, work)


async def _what_turns_stale_here_bears_the_time_of_the_unit(unit: Running, centre: Dialled) -> None:
    flag = PointName("ST1/K1/E01", "SFPI1.FwdFlt")
    key = address(unit, flag)
    await unit.field.tell(flag, True)
    unit.field.lose("ST1")
    await centre.until(lambda: len(causes(centre.heard, key)) == 2)
    first, lost = [
        item
        for each in centre.heard
        for item in each.observations()
        if (each.common_address, item.address) == key and item.time_ns is not None
    ]
    assert (first.time_ns, first.quality) == (FIRST_NS + 1_000_000, 0)
    assert lost.time_ns is not None
    assert lost.time_ns != first.time_ns
    assert lost.quality & int(Quality.CLOCK_NOT_SYNCHRONISED)


def test_the_clock_is_set_only_while_nothing_keeps_it_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeClock(UNSYNCHRONISED)
    monkeypatch.setattr(synchronisation, "KernelClock", lambda: fake)

    async def work(unit: Running, centre: Dialled) -> None:
        station = address(unit, BREAKER)[0]
        now_ns = unit.unit.parts.clock() // 1_000_000 * 1_000_000
        answer = await centre.mirrored(103, station, Service(0, 0, now_ns))
        assert (answer.negative, fake.set_to) == (False, [now_ns])
        own = answer.objects[0]
        assert isinstance(own, Service)
        assert own.quality == int(Quality.CLOCK_NOT_SYNCHRONISED)
        await _what_turns_stale_here_bears_the_time_of_the_unit(unit, centre)
        fake.state = ClockHealth(True)
        answer = await centre.mirrored(103, station, Service(0, 0, now_ns))
        assert (answer.negative, len(fake.set_to)) == (True, 1)
        assert any("S23" in text for text in unit.texts())
        assert any(text.startswith("clock set by control centre NCC") for text in unit.texts())

    run(tmp_path, work)


def test_a_reset_confirms_restarts_the_unit_and_is_told_afterwards(tmp_path: Path) -> None:
    """SAFETY S23: not while anything is under way."""
    releases, _ = new_site(tmp_path, "reset = true\n")

    def ends(centre: Dialled) -> set[int]:
        return {unit.objects[0].qualifier for unit in centre.heard if unit.type_id == 70}  # type: ignore[union-attr]

    async def main() -> None:
        async with node(releases) as made:
            assert made.unit.station is not None
            port = made.unit.station.northbound.ports["NCC"]
            station = min(
                spec.monitor.common_address for _, spec in made.unit.parts.image.register.items() if spec.monitor
            )
            async with dialled("127.0.0.1", port) as centre:
                await centre.until(lambda: bool(ends(centre)))
                assert ends(centre) == {0}
                await made.select()
                assert (await centre.mirrored(105, station, Service(0, 1))).negative
                assert any("S22" in text for text in made.texts())
                await made.unit.station.gate.cancel(made.request)
                assert not (await centre.mirrored(105, station, Service(0, 1))).negative
                await until(made.unit.maintenance.restart.is_set)
        async with node(releases) as made:
            assert made.unit.station is not None
            async with dialled("127.0.0.1", made.unit.station.northbound.ports["NCC"]) as centre:
                await centre.until(lambda: bool(ends(centre)))
                assert ends(centre) == {2}

    asyncio.run(main())
