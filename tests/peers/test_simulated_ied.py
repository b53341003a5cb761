"""A simulated IED of the example site through libiec61850, which shares nothing with what serves it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from models.command import AddCause, CommandResult, Outcome
from models.point import Cdc, Dbpos, PointName, PointSpec, Value
from models.quality import Quality
from models.scl.points import points
from models.scl.reader import read_scl
from sim_ied.board import Change
from sim_ied.face import Ended
from sim_ied.ied import Ied
from sim_ied.mms.model_file import ModelFile
from sim_ied.world import Completion
from tests.peers.mms import MmsPeer, mms_client

SCD = Path(__file__).parents[2] / "examples" / "oberrhein" / "scd.xml"
IED = "OBR1E03"
BREAKER = PointName("OBR1/K1/E03/Q0", "CSWI1.Pos")
POSITION = f"{IED}LD0/CSWI1.Pos"
STATUS = f"{IED}LD0/LLN0.BR.brcbStatus01"
STAMP_MS = 1_790_000_000_123
ACCEPTED = {"accepted": True, "add_cause": 0}
DBPOS_BITS = {Dbpos.INTERMEDIATE: "00", Dbpos.OFF: "01", Dbpos.ON: "10", Dbpos.BAD: "11"}


@pytest.fixture(scope="module")
def specs() -> list[PointSpec]:
    return [spec for spec in points(read_scl(SCD.read_bytes(), SCD.name)) if spec.link == IED]


class Bay:
    """The process behind the IED: its switch moves at once, unless it is told to refuse."""

    def __init__(self) -> None:
        self.ied: Ied | None = None
        self.refusal: AddCause | None = None

    def check(self, point: PointName, value: Value, interlock: bool = True) -> CommandResult:
        if self.refusal is not None and interlock:
            return CommandResult(Outcome.REFUSED, self.refusal)
        return CommandResult(Outcome.ACCEPTED)

    def command(self, point: PointName, value: Value, ended: Ended, interlock: bool = True) -> CommandResult:
        result = self.check(point, value, interlock)
        if result.accepted:
            self.move(point, value, time.time_ns())
            ended(Completion(point, True, AddCause.NONE, time.time_ns()))
        return result

    def move(self, point: PointName, value: Value, time_ns: int, quality: int = 0) -> None:
        assert self.ied is not None
        self.ied.update([Change(point, value, quality, time_ns)])


def play(specs: list[PointSpec], scenario: Callable[[Bay, MmsPeer], Awaitable[None]]) -> None:
    """Serve the IED in this process and talk to it from another; orders of the peer never hold up the loop."""

    async def whole() -> None:
        bay = Bay()
        bay.ied = ied = Ied(IED, ModelFile(SCD.read_bytes(), SCD.name), specs, bay)
        port = await ied.open("127.0.0.1", 0)
        try:
            with mms_client("127.0.0.1", port) as peer:
                await scenario(bay, peer)
        finally:
            await ied.stop()

    asyncio.run(whole())


async def told(peer: MmsPeer, order: str, *arguments: Any) -> Any:
    """An order that keeps the loop free: the IED asks it before it answers a command."""
    return await asyncio.to_thread(peer.order, order, *arguments)


def test_every_point_can_be_read_with_quality_and_time(specs: list[PointSpec]) -> None:
    constraints = {Cdc.MV: "MX"}

    async def scenario(_: Bay, peer: MmsPeer) -> None:
        assert await told(peer, "devices") == [f"{IED}LD0"]
        for spec in specs:
            for attribute in ("q", "t"):
                constraint = constraints.get(spec.cdc, "ST")
                value = await told(peer, "read", f"{spec.reference}.{attribute}", constraint)
                assert "error" not in value, spec.reference

    play(specs, scenario)


def test_values_arrive_as_they_were_given(specs: list[PointSpec]) -> None:
    power = PointName("OBR1/K1/E03", "MMXU1.TotW")

    async def scenario(bay: Bay, peer: MmsPeer) -> None:
        described = await told(peer, "subscribe", STATUS)
        members = await told(peer, "data_set", described["data_set"].replace("$", "."))
        place = members.index(f"{POSITION}[ST]")
        bay.move(BREAKER, Dbpos.ON, STAMP_MS * 1_000_000, int(Quality.QUESTIONABLE | Quality.OLD_DATA))
        value, reason = await asyncio.to_thread(peer.report_with, STATUS, place, DBPOS_BITS[Dbpos.ON])
        assert {"ms": STAMP_MS, "quality": 0x0A} in value
        assert "1100000100000" in value  # questionable is 11, oldData the eighth bit (IEC 61850-8-1)
        assert reason == "data-change+quality-change"  # one entry for one change of the process
        bay.move(power, 1.25e6, STAMP_MS * 1_000_000)
        bay.move(BREAKER, Dbpos.OFF, STAMP_MS * 1_000_000)
        await asyncio.to_thread(peer.report_with, STATUS, place, DBPOS_BITS[Dbpos.OFF])
        assert await told(peer, "read", f"{IED}LD0/MMXU1.TotW.mag.f", "MX") == pytest.approx(1.25e6)

    play(specs, scenario)


def test_breaker_is_selected_operated_and_terminated(specs: list[PointSpec]) -> None:
    async def scenario(bay: Bay, peer: MmsPeer) -> None:
        for value, position in ((True, Dbpos.ON), (False, Dbpos.OFF)):
            answer = await told(peer, "operate", POSITION, value)
            assert answer == {"select": ACCEPTED, "operate": ACCEPTED, "termination": ACCEPTED}
            assert await told(peer, "read", f"{POSITION}.stVal", "ST") == DBPOS_BITS[position]

    play(specs, scenario)


def test_interlocking_refuses_with_its_cause(specs: list[PointSpec]) -> None:
    async def scenario(bay: Bay, peer: MmsPeer) -> None:
        bay.refusal = AddCause.BLOCKED_BY_INTERLOCKING
        answer = await told(peer, "operate", POSITION, True)
        refused = {"accepted": False, "add_cause": int(AddCause.BLOCKED_BY_INTERLOCKING)}
        assert answer == {"select": refused, "operate": None, "termination": None}
        assert await told(peer, "read", f"{POSITION}.stVal", "ST") == DBPOS_BITS[Dbpos.INTERMEDIATE]

    play(specs, scenario)


def test_operate_needs_a_selection(specs: list[PointSpec]) -> None:
    async def scenario(_: Bay, peer: MmsPeer) -> None:
        answer = await told(peer, "service", "operate", POSITION, True)
        assert answer == {"accepted": False, "add_cause": int(AddCause.OBJECT_NOT_SELECTED)}

    play(specs, scenario)
