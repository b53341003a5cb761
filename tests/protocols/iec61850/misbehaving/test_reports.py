"""Groups Rp, Br and Dset of IEC 61850-10, the negative cases: what a device refuses, leaves out, or does not say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from open61850.data import BoolData
from open61850.mms import MmsClient, pdu
from open61850.server import protocol

from models.errors import LinkError
from models.point import Dbpos, SampleBatch
from models.quality import is_actionable
from protocols.iec61850.client import MmsDriver

from ..bench import HANDLES, ICD, Recorder, driver_of, running, until
from .device import NO_ANSWER, SOUND, Request, Script, ScriptedDevice, scripted

DENIED = 3  # object-access-denied, DataAccessError of ISO 9506-2
BLOCK = "IED1LD0/LLN0$BR$brcbStatus01"
Scenario = Callable[[ScriptedDevice, MmsDriver, Recorder], Awaitable[None]]


def play(scenario: Scenario, script: Script = SOUND, file: Path = ICD, **settings: float) -> None:
    async def whole() -> None:
        with scripted(script, file) as ied:
            await scenario(ied, driver_of(ied.port, **settings), Recorder())

    asyncio.run(whole())


def refuse(ied: ScriptedDevice, *attributes: str, block: str = "") -> None:
    """Writes of these attributes of report control blocks are refused."""

    def hook(_: object, name: object, __: object) -> int | None:
        item = str(name)
        return DENIED if block in item and item.rpartition("$")[2] in attributes else None

    ied.write_hooks.insert(0, hook)


async def moves(ied: ScriptedDevice, sink: Recorder, bits: str = "10", value: Dbpos = Dbpos.ON) -> None:
    """What happens comes through, as a good value."""
    ied.position("CSWI1", bits)
    await until(lambda: bool(sink.of("CSWI1.Pos")) and sink.of("CSWI1.Pos")[-1].value is value, "an event")
    assert is_actionable(sink.of("CSWI1.Pos")[-1].quality)


def told(sink: Recorder, words: str) -> bool:
    return any(words in text for text in sink.notices)


REFUSED = {
    "OptFlds": "",
    "IntgPd": "sends no integrity reports; it is asked every 2 s",
    "TrgOps": "",
    "ResvTms": "",
    "Resv": "",
    "GI": "takes no general interrogation; the first integrity report is awaited",
}


@pytest.mark.parametrize("attribute", REFUSED)
def test_what_a_block_does_not_let_be_written_is_watched_otherwise(attribute: str) -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        refuse(ied, attribute)
        async with running(driver, sink):
            assert sink.handles == set(HANDLES.values())
            assert not REFUSED[attribute] or told(sink, REFUSED[attribute])
            assert bool(sink.notices) is bool(REFUSED[attribute])
            await moves(ied, sink)

    play(scenario, integrity_s=0.4 if attribute == "GI" else 2.0)


def test_a_block_that_refuses_everything_reports_all_the_same() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        refuse(ied, "OptFlds", "IntgPd", "TrgOps", "ResvTms", "Resv", "EntryID", "PurgeBuf", "BufTm")
        async with running(driver, sink):
            await moves(ied, sink)

    play(scenario)


def test_a_block_that_cannot_be_enabled_is_told_and_another_instance_serves() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        refuse(ied, "RptEna", block="brcbStatus01")
        with pytest.raises(LinkError, match="brcbStatus01 cannot be enabled: .*; another instance is looked for"):
            await driver.run(sink)
        async with running(driver, sink):
            await moves(ied, sink)
            assert "IED1LD0/LLN0$BR$brcbStatus02" in "".join(driver.resume_points())

    play(scenario)


def options(text: str, **fields: str) -> str:
    for name, value in fields.items():
        text = text.replace(f'{name}="true"', f'{name}="{value}"')
    return text


def test_reports_without_any_optional_field_are_read_and_their_lack_is_told(tmp_path: Path) -> None:
    file = tmp_path / "bare.icd"
    names = ("seqNum", "timeStamp", "dataSet", "reasonCode", "bufOvfl", "entryID", "configRef")
    file.write_text(options(ICD.read_text(), **dict.fromkeys(names, "false")))

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        refuse(ied, "OptFlds")
        async with running(driver, sink):
            assert sink.handles == set(HANDLES.values())
            before = len(sink.committed)
            await moves(ied, sink)
            await moves(ied, sink, "01", Dbpos.OFF)
            assert len(sink.committed) == before + 2  # without reasons, what only repeats is no event
            for lack in ("no SqNum", "no EntryID: after a break the whole buffer comes again", "no reason codes"):
                assert told(sink, lack)

    play(scenario, file=file, integrity_s=0.3)


def test_integrity_reports_that_stay_away_end_the_link() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink) as task:
            ied.script = Script(report=lambda report: NO_ANSWER)
            with pytest.raises(LinkError, match="is silent for .* s at an integrity period of 0.2 s"):
                await asyncio.wait_for(task, 2.0)

    play(scenario, integrity_s=0.2)


@pytest.mark.parametrize("refused", [(), ("IntgPd",)])
def test_a_block_that_somebody_else_disables_ends_the_link(refused: tuple[str, ...]) -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        refuse(ied, *refused)
        async with running(driver, sink) as task:
            assert ied.reports is not None
            for block in ied.reports.controls.values():
                block.set_attr("RptEna", BoolData(False))
                block.integrity_due = None
            words = "is not enabled any more; somebody else has disabled it" if refused else "is silent for"
            with pytest.raises(LinkError, match=words):
                await asyncio.wait_for(task, 2.0)

    play(scenario, integrity_s=0.2)


def test_a_buffer_that_another_client_has_purged_is_told_as_lost_events() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            await moves(ied, sink)
            await until(lambda: any(driver.resume_points().values()), "an entry remembered")
        await until(lambda: not ied.connections, "the association ended")
        ied.position("CSWI1", "01")  # while nobody listens
        await asyncio.to_thread(purge, ied)
        async with running(driver, sink):
            await until(lambda: told(sink, "events may be lost"), "told")
            await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.OFF, "what is now")

    play(scenario, reservation_s=0.4)


def purge(ied: ScriptedDevice) -> None:
    assert ied.reports is not None
    for block in ied.reports.controls.values():
        block.release()
    with MmsClient.connect("127.0.0.1", ied.port) as other:
        other.write(f"{BLOCK}$PurgeBuf", BoolData(True))


def error_for(service: int) -> Script:
    def answer(request: Request, sound: bytes) -> list[bytes]:
        return [protocol.confirmed_error(request.invoke_id, 2, 1) if request.service == service else sound]

    return Script(answer=answer)


MODEL = {
    "no types": pdu.SERVICE_GET_VARIABLE_ACCESS_ATTRIBUTES,
    "no list of names": pdu.SERVICE_GET_NAME_LIST,
    "nothing can be read": pdu.SERVICE_READ,
}


@pytest.mark.parametrize("name", MODEL)
def test_a_device_that_does_not_describe_itself_is_refused_in_words(name: str) -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        with pytest.raises(LinkError, match="the device does not describe its model as IEC 61850-8-1 asks it to"):
            await asyncio.wait_for(driver.run(sink), 3.0)
        assert (sink.connections, sink.committed) == (0, [])

    play(scenario, error_for(MODEL[name]))


def test_a_data_set_that_is_not_there_costs_its_reports_and_its_points_are_read() -> None:
    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            assert told(sink, "in no enabled report, so read every 5 s: IED1LD0/CSWI1.Pos")
            await until(lambda: sink.handles == set(HANDLES.values()), "every point, the setting group too")

    play(scenario, error_for(pdu.SERVICE_GET_NAMED_VARIABLE_LIST_ATTRIBUTES))


TYPES = {
    "a position that is a boolean": ('name="stVal" bType="Dbpos"', 'name="stVal" bType="BOOLEAN"', "CSWI1.Pos"),
    "a quality that is a number": ('name="q" bType="Quality"', 'name="q" bType="INT32"', "CSWI1.Pos"),
    "a time that is a number": ('name="t" bType="Timestamp"', 'name="t" bType="INT32"', "CSWI1.Pos"),
    "a measurand that is a text": ('name="f" bType="FLOAT32"', 'name="f" bType="VisString64"', "MMXU1.TotW"),
}


@pytest.mark.parametrize("name", TYPES)
def test_another_type_than_the_scls_is_told_and_never_a_good_value(name: str, tmp_path: Path) -> None:
    found, wanted, variable = TYPES[name]
    file = tmp_path / "other.icd"
    assert found in ICD.read_text()
    file.write_text(ICD.read_text().replace(found, wanted))

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            await until(lambda: told(sink, f"IED1LD0/{variable}: the device sends"), "told")
            assert not [each for each in sink.of(variable) if is_actionable(each.quality)]

    play(scenario, file=file)


def test_a_slow_answer_of_one_device_delays_no_other() -> None:
    def slow(request: Request, sound: bytes) -> list[bytes]:
        time.sleep(0.02)
        return [sound]

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        with scripted() as quick:
            other = Recorder()
            async with running(driver_of(quick.port), other):
                task = asyncio.create_task(driver.run(sink))
                began_s = time.monotonic()
                await moves(quick, other)
                assert time.monotonic() - began_s < 0.3
                await until(lambda: sink.connections == 1, "connected in the end")
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    play(scenario, Script(answer=slow))


def test_a_link_is_up_only_when_the_whole_buffer_before_its_picture_is_delivered() -> None:
    """The rest of a buffer may be read while its beginning is still on its way to the disk."""

    class Slow(Recorder):
        known = 0

        async def events(self, batch: SampleBatch) -> None:
            await asyncio.sleep(0.05)
            await super().events(batch)

        def connected(self) -> None:
            super().connected()
            self.known = len(self.of("CSWI1.Pos"))

    async def scenario(ied: ScriptedDevice, driver: MmsDriver, sink: Recorder) -> None:
        async with running(driver, sink):
            pass
        for number in range(20):
            ied.position("CSWI1", "01" if number % 2 else "10")
        first: list[bytes] = []

        def late(report: bytes) -> list[bytes]:
            if not first:
                first.append(report)
            elif len(first) == 1 and b"status" in report:
                first.append(report)
                time.sleep(0.02)  # so that the first entry of the buffer is read alone
            return [report]

        ied.script = Script(report=late)
        slow = Slow()
        anew = driver_of(ied.port)  # a front end that knows no entry
        async with running(anew, slow):
            assert slow.known == len(slow.of("CSWI1.Pos")) >= 20
            assert slow.of("CSWI1.Pos")[-1].value is Dbpos.OFF

    play(scenario)
