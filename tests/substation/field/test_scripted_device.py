"""A device that misbehaves, and what the unit makes of it: image, event list, and what automation may still use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from open61850.data import BoolData, FloatData, IECData, UIntData, VisibleStringData
from open61850.mms import OptFlds
from open61850.server import protocol

from models.alarm import Severity
from models.difference import Difference
from models.driver import Sink
from models.errors import LinkError
from models.point import Dbpos, PointSpec, SampleBatch
from models.record import Record
from protocols.iec61850.client import create
from substation.acquisition import Acquisition
from substation.image import Missing
from substation.link_board import LinkBoard
from tests.protocols.iec61850.bench import group_point, link, points, until
from tests.protocols.iec61850.misbehaving.device import SOUND, Request, Script, ScriptedDevice, bit_string, scripted
from tests.substation.parts import Core, core, no_records

SPECS: tuple[PointSpec, ...] = tuple(replace(spec, link="IED1") for _, spec in (*points(), group_point()))
NAMES = {spec.name.variable: spec.name for spec in SPECS}


@dataclass
class UnitSink(Sink):
    """The driver's sink without a process between: as the front end and its connection hand things on."""

    acquisition: Acquisition
    name: str = "IED1"

    async def events(self, batch: SampleBatch) -> None:
        await self.acquisition.events(batch)

    def measurands(self, batch: SampleBatch) -> None:
        self.acquisition.measurands(batch)

    def connected(self) -> None:
        self.acquisition.link(self.name, True, "")

    async def record(self, record: Record) -> None:
        await self.acquisition.record(self.name, record)

    def notice(self, text: str) -> None:
        self.acquisition.notice(self.name, text)

    def differences(self, found: tuple[Difference, ...]) -> None:
        self.acquisition.differences(self.name, found)


@dataclass
class Desk:
    """One unit before one device; `ended`: why the link ended."""

    ied: ScriptedDevice
    core: Core
    board: LinkBoard
    run: asyncio.Task[None]
    ended: str = ""

    def missing(self, variable: str) -> str:
        """Why automation must not use the point; '' where it may."""
        found = self.core.image.freeze(self.core.clock()).read(NAMES[variable])
        return found.reason if isinstance(found, Missing) else ""

    def told(self, words: str, severity: Severity | None = None) -> bool:
        return any(words in each.text and severity in (None, each.severity) for each in self.core.told)

    @property
    def up(self) -> bool:
        return self.board.links[0].up


@asynccontextmanager
async def desk(folder: Path, script: Script = SOUND, **settings: str | float) -> AsyncIterator[Desk]:
    with scripted(script) as ied:
        async with core(folder, SPECS) as made:
            config = link(ied.port, **settings)
            board = LinkBoard([config], made.clock, lambda health: None)
            acquisition = Acquisition(made.image, made.history, made.events, board, made.clock, no_records)
            driver = create(config, list(made.image.register.items()), time.time_ns)
            made.clock.now_ns = time.time_ns()

            async def run() -> None:
                try:
                    await driver.run(UnitSink(acquisition))
                except LinkError as error:
                    running.ended = str(error)
                    acquisition.link("IED1", False, str(error))

            running = Desk(ied, made, board, asyncio.create_task(run()))
            try:
                await until(lambda: running.up or running.run.done(), "connected or refused")
                yield running
            finally:
                running.run.cancel()
                await asyncio.gather(running.run, return_exceptions=True)


Scenario = Callable[[Desk], Awaitable[None]]


def play(folder: Path, scenario: Scenario, script: Script = SOUND, **settings: str | float) -> None:
    async def main() -> None:
        async with desk(folder, script, **settings) as made:
            await scenario(made)

    asyncio.run(main())


async def lost(made: Desk, words: str) -> None:
    """The link is lost for that reason, once in the event list; nothing of it may be used any more."""
    await until(made.run.done, "the link ended")
    assert words in made.ended
    lines = [each for each in made.core.told if "link lost" in each.text and words in each.text]
    assert [each.severity for each in lines] == [Severity.MEDIUM]
    assert all(made.missing(variable) for variable in NAMES)


def report(*values: IECData, conf_rev: int = 7, data_set: str = "dsStatus", rpt_id: str = "status") -> bytes:
    """A report of the first members of a data set, by a device that lies."""
    options = OptFlds(data_set_name=True, sequence_number=True, conf_revision=True).to_bitstring()
    name = VisibleStringData(f"IED1LD0/LLN0${data_set}")
    head = [VisibleStringData(rpt_id), options, UIntData(9), name, UIntData(conf_rev)]
    included = bit_string("".join("1" if i < len(values) else "0" for i in range(8 if data_set == "dsStatus" else 2)))
    return protocol.information_report([*head, included, *values], list_name="RPT")


def test_a_configuration_that_changes_meanwhile_takes_everything_from_automation(tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        assert made.missing("CSWI1.Pos") == ""
        made.ied.say(report(BoolData(True), conf_rev=8))
        await lost(made, "confRev of IED1LD0/LLN0$BR$brcbStatus01 is 7 in the SCL, 8 in the device")

    play(tmp_path, scenario)


def test_an_association_that_is_lost_leaves_no_good_value(tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        made.ied.connections[0].close()
        await lost(made, "closed")
        assert "invalid, old data" in made.missing("CSWI1.Pos")

    play(tmp_path, scenario)


def test_a_silent_device_is_lost_within_two_integrity_periods(tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        began_s = time.monotonic()
        made.ied.script = Script(report=lambda said: [])
        await lost(made, "is silent for")
        assert time.monotonic() - began_s < 1.5

    play(tmp_path, scenario, integrity_s=0.2)


@pytest.mark.parametrize("octets", [b"\xa3\x05\xff\xff\xff", b"\x99\x01\x00", b"\xa3\x00", b"\xa1\x03\x02\x01"])
def test_what_cannot_be_decoded_ends_this_link_and_no_other(octets: bytes, tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        async with desk(tmp_path / "other") as other:
            made.ied.say(octets)
            await until(made.run.done, "the link ended")
            assert made.told("link lost")
            other.ied.position("CSWI1", "10")
            await until(lambda: other.told("closed"), "an event of the other")
            assert other.up

    (tmp_path / "other").mkdir()
    play(tmp_path, scenario)


POSITIONS = {"00": ("moves (intermediate position)", 0), "11": ("contradicting position indications", 3)}


@pytest.mark.parametrize("bits", POSITIONS)
def test_a_position_that_is_none_is_told_and_is_neither_open_nor_closed(bits: str, tmp_path: Path) -> None:
    words, value = POSITIONS[bits]

    async def scenario(made: Desk) -> None:
        made.ied.position("CSWI1", "01")
        await until(lambda: made.told("open"), "open")
        made.ied.position("CSWI1", bits)
        await until(lambda: made.told(words), "told")
        sample = made.core.image.get(made.core.handle(NAMES["CSWI1.Pos"]))
        assert sample is not None
        assert sample.value is Dbpos(value)

    play(tmp_path, scenario)


QUALITIES = {
    "invalid": "0100000000000",
    "questionable": "1100000000000",
    "overflow": "0010000000000",
    "oscillatory": "0000010000000",
    "failure": "0000001000000",
    "old data": "0000000100000",
    "substituted": "0000000000100",
    "test": "0000000000010",
    "operator blocked": "0000000000001",
}


@pytest.mark.parametrize("word", QUALITIES)
def test_a_value_that_is_not_good_is_shown_and_not_acted_upon(word: str, tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        made.ied.position("CSWI1", "10", quality=QUALITIES[word])
        await until(lambda: word in made.missing("CSWI1.Pos"), "not to be used")
        sample = made.core.image.get(made.core.handle(NAMES["CSWI1.Pos"]))
        assert sample is not None
        assert sample.value is Dbpos.ON
        made.ied.position("CSWI1", "10")
        await until(lambda: made.missing("CSWI1.Pos") == "", "good again")

    play(tmp_path, scenario)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_no_number_is_no_measurement_and_its_neighbours_stay_good(number: float, tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        made.ied.model.set("IED1LD0/MMXU1.TotW.mag.f[MX]", 5.0)
        await until(lambda: made.missing("MMXU1.TotW") == "", "good")
        made.ied.model.set("IED1LD0/MMXU1.TotW.mag.f[MX]", FloatData(number))
        await until(lambda: "invalid" in made.missing("MMXU1.TotW"), "invalid")
        assert made.missing("MMXU1.A.phsA") == ""
        made.ied.model.set("IED1LD0/MMXU1.TotW.mag.f[MX]", 6.0)
        await until(lambda: made.missing("MMXU1.TotW") == "", "good again")

    play(tmp_path, scenario, integrity_s=0.5)


def test_lost_reports_are_a_line_in_the_event_list(tmp_path: Path) -> None:
    async def scenario(made: Desk) -> None:
        made.ied.say(report())
        await until(lambda: made.told("events lost"), "told")
        assert made.up

    play(tmp_path, scenario)


def test_a_frozen_device_holds_up_no_other_unit(tmp_path: Path) -> None:
    """Its answers never come; the loop goes on meanwhile."""

    def never(request: Request, answer: bytes) -> list[bytes]:
        return []

    async def scenario(made: Desk) -> None:
        await until(made.run.done, "given up", 3.0)
        assert made.told("link cannot be opened")

    async def main() -> None:
        (tmp_path / "other").mkdir()
        async with desk(tmp_path / "other") as other:
            waiting = asyncio.create_task(frozen())
            longest_s = 0.0
            for _ in range(40):
                before_s = time.monotonic()
                await asyncio.sleep(0.005)
                longest_s = max(longest_s, time.monotonic() - before_s)
            other.ied.position("CSWI1", "10")
            await until(lambda: other.told("closed"), "an event of the other")
            assert longest_s < 0.3
            await waiting

    async def frozen() -> None:
        async with desk(tmp_path, Script(answer=never), timeout_s=0.3) as made:
            await scenario(made)

    asyncio.run(main())
