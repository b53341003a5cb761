"""Our driver against libiec61850's server, an implementation that shares nothing with open61850."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import pytest

from models.command import Action, AddCause, CommandResult, Outcome
from models.driver import LinkConfig
from models.errors import LinkError
from models.point import Cdc, ControlModel, Dbpos
from models.quality import Quality
from protocols.iec61850.client import MmsDriver, create
from tests.peers.mms import MmsPeer, mms_server

from .bench import HANDLES, Recorder, command, link, running, spec, until

POINTS = [
    (HANDLES["CSWI1.Pos"], spec("CSWI1.Pos", Cdc.DPC, ControlModel.SBO_ENHANCED)),
    (HANDLES["CSWI2.Pos"], spec("CSWI2.Pos", Cdc.DPC, ControlModel.DIRECT_NORMAL)),
    (HANDLES["LLN0.Loc"], spec("LLN0.Loc", Cdc.SPS)),
    (HANDLES["MMXU1.TotW"], spec("MMXU1.TotW", Cdc.MV)),
]
REPORTS: dict[str, str | int] = {
    "reports": "IED1LD0/LLN0.BR.brcbStatus,IED1LD0/LLN0.RP.urcbMeasurands",
    "conf_rev:IED1LD0/LLN0.BR.brcbStatus": 7,
    "data_set:IED1LD0/LLN0.BR.brcbStatus": "LLN0.dsStatus",
}
ACCEPTED = CommandResult(Outcome.ACCEPTED)
ATTEMPTS = 10
Scenario = Callable[[MmsPeer, MmsDriver, Recorder], Awaitable[None]]


def configured(port: int, **more: str | int | float) -> LinkConfig:
    return link(port, **(REPORTS | more))


def play(scenario: Scenario) -> None:
    async def whole() -> None:
        sink = Recorder()
        with mms_server() as (peer, port):
            driver = create(configured(port), POINTS, time.time_ns)
            async with running(driver, sink):
                await scenario(peer, driver, sink)

    asyncio.run(whole())


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def test_reports_of_positions_and_power() -> None:
    async def scenario(peer: MmsPeer, _: MmsDriver, sink: Recorder) -> None:
        assert {sample.handle for sample in sink.committed + sink.measured} == {handle for handle, _ in POINTS}
        stamp_ms = now_ms()
        peer.order("position", "CSWI1", int(Dbpos.ON), stamp_ms, 0)
        peer.order("power", 1.25e6)
        await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "position")
        assert sink.of("CSWI1.Pos")[-1].source_time_ns == stamp_ms * 1_000_000
        assert sink.of("CSWI1.Pos")[-1].quality == 0
        await until(lambda: sink.of("MMXU1.TotW")[-1].value == pytest.approx(1.25e6), "power")

    play(scenario)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    # iec61850_common.h: VALIDITY_INVALID; VALIDITY_QUESTIONABLE and DETAIL_OLD_DATA; TEST
    [(2, Quality.INVALID), (3 | 128, Quality.QUESTIONABLE | Quality.OLD_DATA), (2048, Quality.TEST)],
)
def test_quality_means_the_same_on_both_sides(theirs: int, ours: Quality) -> None:
    async def scenario(peer: MmsPeer, _: MmsDriver, sink: Recorder) -> None:
        peer.order("position", "CSWI2", int(Dbpos.OFF), now_ms(), theirs)
        await until(lambda: sink.of("CSWI2.Pos")[-1].value is Dbpos.OFF, "position")
        assert sink.of("CSWI2.Pos")[-1].quality == ours

    play(scenario)


def test_select_operate_termination() -> None:
    async def scenario(_: MmsPeer, driver: MmsDriver, sink: Recorder) -> None:
        for action in (Action.SELECT, Action.OPERATE):
            assert await driver.execute(command("CSWI1.Pos", action, Dbpos.ON)) == ACCEPTED
        await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "confirmed")
        assert await driver.execute(command("CSWI2.Pos", Action.OPERATE, Dbpos.ON)) == ACCEPTED
        for action in (Action.SELECT, Action.CANCEL):
            assert await driver.execute(command("CSWI1.Pos", action, Dbpos.OFF)) == ACCEPTED
        result = await driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.OFF))
        assert (result.outcome, result.add_cause) == (Outcome.REFUSED, AddCause.OBJECT_NOT_SELECTED)

    play(scenario)


def test_refusals_carry_their_cause() -> None:
    async def scenario(peer: MmsPeer, driver: MmsDriver, _: Recorder) -> None:
        peer.order("check", int(AddCause.BLOCKED_BY_INTERLOCKING))
        refused = await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON))
        assert (refused.outcome, refused.add_cause) == (Outcome.REFUSED, AddCause.BLOCKED_BY_INTERLOCKING)
        peer.order("check", None)
        peer.order("end", int(AddCause.TIME_LIMIT_OVER))
        assert await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON)) == ACCEPTED
        ended = await driver.execute(command("CSWI1.Pos", Action.OPERATE, Dbpos.ON))
        assert (ended.outcome, ended.add_cause) == (Outcome.FAILED, AddCause.TIME_LIMIT_OVER)  # it had begun

    play(scenario)


def test_resumes_after_the_last_committed_entry() -> None:

    async def whole() -> None:
        sink = Recorder()
        with mms_server() as (peer, port):
            driver = create(configured(port), POINTS, time.time_ns)
            stamps_ms = [now_ms() + i for i in range(4)]
            async with running(driver, sink):
                for i in (0, 1):
                    peer.order("position", "CSWI1", 1 + i, stamps_ms[i], 0)
                await until(lambda: sink.of("CSWI1.Pos")[-1].value is Dbpos.ON, "two events")
            seen = len(sink.of("CSWI1.Pos"))
            for i in (2, 3):
                peer.order("position", "CSWI1", 1 + i % 2, stamps_ms[i], 0)
            await resumed(driver, sink)
            after = [(sample.value, sample.source_time_ns) for sample in sink.of("CSWI1.Pos")[seen:]]
            assert after == [(Dbpos.OFF, stamps_ms[2] * 1_000_000), (Dbpos.ON, stamps_ms[3] * 1_000_000)]

    asyncio.run(whole())


async def resumed(driver: MmsDriver, sink: Recorder) -> None:
    """The server needs a moment to see that the old association is gone; the caller of a driver tries again."""
    for _ in range(ATTEMPTS):
        try:
            async with running(driver, sink):
                return
        except LinkError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"no link after {ATTEMPTS} attempts")


def test_entry_that_the_device_forgot_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def whole() -> None:
        sink = Recorder()
        with mms_server() as (peer, port):
            peer.order("position", "CSWI1", int(Dbpos.ON), now_ms(), 0)
            forgotten = {"entry_id:IED1LD0/LLN0$BR$brcbStatus01": "00000000deadbeef"}
            async with running(create(configured(port, **forgotten), POINTS, time.time_ns), sink):
                assert sink.of("CSWI1.Pos")[-1].value is Dbpos.ON

    with caplog.at_level(logging.WARNING):
        asyncio.run(whole())
    assert "the device forgot entry 00000000deadbeef; its whole buffer follows" in caplog.text


def test_a_point_in_no_enabled_report_gets_a_data_set_of_the_association() -> None:

    async def whole() -> None:
        sink = Recorder()
        with mms_server() as (peer, port):
            driver = create(link(port, reports="IED1LD0/LLN0.BR.brcbStatus"), POINTS, time.time_ns)
            async with running(driver, sink):
                assert not [text for text in sink.notices if "read every" in text]
                peer.order("power", 1.25e6)
                await until(lambda: sink.of("MMXU1.TotW")[-1].value == pytest.approx(1.25e6), "power")

    asyncio.run(whole())


def test_a_second_client_is_told_who_has_the_blocks_and_reads_instead() -> None:

    async def whole() -> None:
        first, second = Recorder(), Recorder()
        with mms_server() as (peer, port):
            settings = {"dynamic_data_sets": "never", "read_period_s": 1.0}
            async with (
                running(create(configured(port), POINTS, time.time_ns), first),
                running(create(configured(port, **settings), POINTS, time.time_ns), second),
            ):
                told = "; ".join(second.notices)
                assert "no instance is free: IED1LD0/LLN0$BR$brcbStatus01 is enabled" in told
                stamp_ms = now_ms()
                peer.order("position", "CSWI1", int(Dbpos.ON), stamp_ms, 0)
                await until(lambda: second.of("CSWI1.Pos")[-1].value is Dbpos.ON, "a position that was read")
                assert second.of("CSWI1.Pos")[-1].source_time_ns == stamp_ms * 1_000_000

    asyncio.run(whole())
