"""Events over the lives of a unit: nothing new without a change, nothing lost, RTUs wait for the disk."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.point import PointName, Sample
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Observation, Service
from protocols.iec104.event_store import event_log
from protocols.iec104.link.session import Parameters, Role, Session
from tests.substation.unit_bench import FIRST_NS, Running, running

FLAG = PointName("ST1/K1/E01", "SFPI1.FwdFlt")
OTHER = PointName("ST1/K1/E01", "SFPI1.RvFlt")


class ControlCentre:
    """Written from the session up: it starts data transfer, acknowledges or not, and keeps what it hears."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._loop = asyncio.get_running_loop()
        self.session = Session(Role.CONTROLLING, Parameters(w=1), self._loop.time())
        self.heard: list[Asdu] = []

    @classmethod
    async def connect(cls, host: str, port: int, start: bool = True) -> ControlCentre:
        made = cls(*await asyncio.open_connection(host, port))
        if start:
            made.session.start(made._loop.time())  # noqa: SLF001
            await made.until(lambda: any(unit.type_id == 70 for unit in made.heard) or made.session.room > 0)
        return made

    async def ask(self, unit: Asdu) -> None:
        self.session.send(codec.encode(unit), self._loop.time())
        await self._write()

    async def _write(self) -> None:
        self._writer.write(self.session.take_output())
        await self._writer.drain()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            await self._write()
            while not condition():
                data = await self._reader.read(65536)
                if not data:
                    raise ConnectionError("closed by the unit")
                for frame in self.session.receive(data, self._loop.time()):
                    self.heard.append(codec.decode(frame.asdu))
                    self.session.acknowledge(frame.number, self._loop.time())
                await self._write()

    async def interrogate(self, station: int) -> None:
        """Everything that was sent before its end has been heard after this."""
        known = len(self.heard)
        await self.ask(Asdu(100, 6, station, (Service(0, 20),)))
        await self.until(lambda: any(unit.type_id == 100 and unit.cause == 10 for unit in self.heard[known:]))

    def spontaneous(self) -> list[tuple[int, Observation]]:
        return [(unit.type_id, item) for unit in self.heard if unit.cause == 3 for item in unit.observations()]

    def events(self) -> list[tuple[int, Observation]]:
        """Spontaneous values of event types: no measurands."""
        return [(type_id, item) for type_id, item in self.spontaneous() if type_id not in (9, 11, 13, 34, 35, 36)]

    async def close(self) -> None:
        self._writer.close()
        await asyncio.gather(self._writer.wait_closed(), return_exceptions=True)


def run(folder: Path, *lives: Callable[[Running], Awaitable[None]]) -> None:
    """A unit that is started once for every scenario."""

    async def main() -> None:
        for life in lives:
            async with running(folder) as unit:
                await life(unit)

    asyncio.run(main())


def address(unit: Running, name: PointName) -> tuple[int, int]:
    spec = next(spec for spec in unit.site.points if spec.name == name)
    assert spec.monitor is not None
    return spec.monitor.common_address, spec.monitor.object_address


async def heard(unit: Running, after: int = 0) -> list[tuple[int, Observation]]:
    """Connect, interrogate, and see which events came before the picture ended."""
    centre = await ControlCentre.connect(*unit.centre)
    await centre.interrogate(address(unit, FLAG)[0])
    events = centre.events()
    await centre.close()
    return events


def test_neither_the_first_start_nor_a_restart_makes_events_of_the_first_picture(tmp_path: Path) -> None:
    async def life(unit: Running) -> None:
        assert await heard(unit) == []

    run(tmp_path, life, life)


def test_what_was_told_while_the_unit_ran_is_told_once_over_restarts(tmp_path: Path) -> None:
    async def first(unit: Running) -> None:
        await unit.field.tell(FLAG, True)
        await unit.field.tell(OTHER, True)
        assert [item.address for _, item in await heard(unit)] == [address(unit, FLAG)[1], address(unit, OTHER)[1]]

    async def second(unit: Running) -> None:  # the field has gone back meanwhile: both flags are off in its picture
        events = await heard(unit)
        assert [(type_id, item.value, item.time_ns) for type_id, item in events] == [(1, False, None)] * 2

    async def third(unit: Running) -> None:
        assert await heard(unit) == []

    run(tmp_path, first, second, third)


def test_a_change_while_the_unit_was_down_is_one_event_with_its_own_time(tmp_path: Path) -> None:
    async def first(unit: Running) -> None:
        assert await heard(unit) == []

    async def second(unit: Running) -> None:
        await unit.field.tell(FLAG, True)  # the RTU kept it, and tells it with its time tag
        [(type_id, item)] = await heard(unit)
        assert (type_id, item.value, item.time_ns) == (30, True, unit.field.told[-1][2])

    run(tmp_path, first, second)


def test_events_that_nobody_acknowledged_come_again_after_a_restart_with_the_same_times(tmp_path: Path) -> None:
    told: list[int] = []

    async def first(unit: Running) -> None:
        for number in range(40):
            await unit.field.tell(FLAG, number % 2 == 0)
        told.extend(time_ns for _, _, time_ns in unit.field.told)

    async def second(unit: Running) -> None:
        assert [item.time_ns for _, item in await heard(unit)] == told

    run(tmp_path, first, second)


def test_a_centre_that_asks_before_the_field_has_answered_hears_the_states_later_without_events(
    tmp_path: Path,
) -> None:
    async def first(unit: Running) -> None:
        assert await heard(unit) == []

    async def second(unit: Running) -> None:
        outstation = unit.station.northbound._outstation  # noqa: SLF001
        slot = outstation.image.slot(*address(unit, FLAG))
        assert slot is not None
        outstation._unseen.add(address(unit, FLAG))  # noqa: SLF001 - as if its RTU had not answered yet
        slot.quality = 129
        centre = await ControlCentre.connect(*unit.centre)
        await centre.interrogate(address(unit, FLAG)[0])
        handle = unit.unit.parts.image.register.handle(FLAG)
        assert handle is not None
        unit.unit.parts.image.apply([Sample(handle, False, 0, None, FIRST_NS)])
        await centre.until(lambda: bool(centre.events()))
        assert centre.events() == [(1, Observation(address(unit, FLAG)[1], False, 0, None))]
        await centre.close()

    run(tmp_path, first, second)


def test_the_field_waits_for_the_buffer_and_the_control_centre_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "RETRY_S", 0.02)
    write, full = os.write, asyncio.Event()

    def refuse(handle: int, octets: bytes) -> int:
        if full.is_set() and os.readlink(f"/proc/self/fd/{handle}").endswith(".events"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(handle, octets)

    monkeypatch.setattr(os, "write", refuse)

    async def life(unit: Running) -> None:
        centre = await ControlCentre.connect(*unit.centre)
        await unit.field.tell(OTHER, True)
        full.set()
        task = asyncio.create_task(unit.field.tell(FLAG, True))
        await centre.until(lambda: len(centre.events()) == 2)
        assert not task.done()
        async with asyncio.timeout(20):
            while not any("stay in memory" in text for text in unit.texts()):
                await asyncio.sleep(0.005)
        assert not task.done()
        full.clear()
        await asyncio.wait_for(task, 20)
        assert any("can be written again" in text for text in unit.texts())
        await centre.close()

    run(tmp_path, life)


def test_damage_is_told_and_stops_nothing(tmp_path: Path) -> None:
    async def first(unit: Running) -> None:
        for number in range(20):
            await unit.field.tell(FLAG, number % 2 == 0)

    async def second(unit: Running) -> None:
        events = await heard(unit)
        assert 0 < len(events) < 20
        assert any("was damaged" in text for text in unit.texts())

    run(tmp_path, first)
    [file] = (tmp_path / "data" / "northbound" / "NCC" / "status").glob("*.events")
    octets = bytearray(file.read_bytes())
    octets[-150] ^= 1
    file.write_bytes(octets)
    run(tmp_path, second)


@pytest.mark.parametrize("vanished", ["the newest file", "the folder"])
def test_files_that_are_gone_are_missed(tmp_path: Path, vanished: str) -> None:
    async def first(unit: Running) -> None:
        for number in range(20):
            await unit.field.tell(FLAG, number % 2 == 0)

    async def second(unit: Running) -> None:
        [told] = [text for text in unit.texts() if "files were deleted" in text]
        assert told.startswith("event buffer of NCC was damaged: 20 events or more")

    async def third(unit: Running) -> None:
        await unit.field.tell(FLAG, True)
        assert sum("files were deleted" in text for text in unit.texts()) == 1, "in the list since the second start"

    run(tmp_path, first)
    folder = tmp_path / "data" / "northbound" / "NCC"
    if vanished == "the folder":
        shutil.rmtree(folder)
    else:
        sorted((folder / "status").glob("*.events"))[-1].unlink()
    run(tmp_path, second)
    run(tmp_path, third)
