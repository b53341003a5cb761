"""Sessions between our sides and libiec61850's under a third decoder (tshark): files, data sets, groups, refusals."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.command import Action, AddCause, Outcome
from models.point import Dbpos
from protocols.iec61850.client import create
from sim_ied.scl_site.simulator import SclSimulator
from tests.peers.mms import MmsPeer, MmsPeerError, mms_client, mms_files_server
from tests.peers.test_mms_server import POINTS
from tests.peers.test_scl_site import FAST, GROUPS, ICD, LD, PICKUP, RECORDER, STATUS
from tests.protocols.iec104.capture import Sent, needs_tshark
from tests.protocols.iec61850.bench import GROUP, Recorder, command, link, running, until
from tests.protocols.iec61850.mms_capture import decoded, recorded
from tests.sim_ied.scl_site.sites import simulated

SERVICES = {1, 4, 5, 6, 11, 12, 13, 72, 73, 74, 77}
"""Confirmed services of ISO 9506-2: names, read, write, attributes, variable lists (11 to 13), files (72 to 77)."""
MEMBERS = [f"{LD}/CSWI1.Pos[ST]", f"{LD}/LLN0.Beh[ST]"]


async def under(simulator: SclSimulator, ied: str, scene: Callable[[MmsPeer], None]) -> list[Sent]:
    """libiec61850's client at a simulated IED."""

    def session(port: int) -> None:
        with mms_client("127.0.0.1", port) as peer:
            scene(peer)

    async with recorded(simulator.addresses[ied]) as between:
        await asyncio.to_thread(session, between.port)
        return between.sent


def groups_data_sets_and_refusals(peer: MmsPeer) -> None:
    peer.order("subscribe", STATUS)
    for name in (f"{LD}/LLN0.dsPeer", "@peer"):
        peer.order("create_data_set", name, MEMBERS)
        assert peer.order("data_set", name) == MEMBERS
        assert peer.order("delete_data_set", name)
    peer.order("write", f"{GROUPS}.EditSG", "SP", "unsigned", 2)
    peer.order("write", PICKUP, "SE", "float", 250.0)
    peer.order("write", f"{GROUPS}.CnfEdit", "SP", "boolean", True)
    for node in ("CSWI1", "CSWI2", "CSWI3", "CSWI5"):
        peer.order("operate", f"{LD}/{node}.Pos", True)  # it is there already
        peer.order("operate", f"{LD}/{node}.Pos", False)
    for order in (("write", f"{GROUPS}.ActSG", "SP", "unsigned", 9), ("delete_data_set", f"{LD}/LLN0.dsStatus")):
        with suppress(MmsPeerError):
            peer.order(*order)


def files(peer: MmsPeer) -> None:
    peer.order("operate", "REC1LD0/RDRE1.RcdTrg", True)
    end = time.monotonic() + 5.0
    while "COMTRADE/" not in peer.order("files", ""):
        assert time.monotonic() < end, "no record"
    assert len(peer.order("files", "COMTRADE")) == 3
    with suppress(MmsPeerError):
        peer.order("files", "NOWHERE")


async def at_a_device_of_theirs(base: Path) -> list[Sent]:
    """Our driver at libiec61850's server."""
    (base / "COMTRADE").mkdir()
    for name in ("A.cfg", "A.dat"):
        (base / "COMTRADE" / name).write_bytes(b"0123456789" * 1000)
    sink = Recorder()
    with mms_files_server(base) as (peer, port):
        async with recorded(("127.0.0.1", port)) as between:
            settings = {"reports": "IED1LD0/LLN0.BR.brcbStatus", "file_settle_s": 0.05}
            driver = create(link(between.port, **settings), POINTS, time.time_ns)
            async with running(driver, sink):
                await until(lambda: bool(sink.records), "record")
                assert (await driver.execute(command(GROUP, Action.OPERATE, 2))).accepted
                peer.order("check", int(AddCause.BLOCKED_BY_INTERLOCKING))
                refused = await driver.execute(command("CSWI1.Pos", Action.SELECT, Dbpos.ON))
                assert refused.add_cause is AddCause.BLOCKED_BY_INTERLOCKING
                peer.order("check", None)
                peer.order("end", int(AddCause.TIME_LIMIT_OVER))
                for action in (Action.SELECT, Action.CANCEL, Action.SELECT, Action.OPERATE):
                    result = await driver.execute(command("CSWI1.Pos", action, Dbpos.ON))
                assert result.outcome is Outcome.FAILED
            return between.sent


@needs_tshark
def test_an_independent_decoder_finds_nothing_wrong(tmp_path: Path) -> None:
    async def sessions() -> list[list[Sent]]:
        async with simulated(ICD, speed=FAST) as bays, simulated(RECORDER, speed=FAST) as recorder:
            first = await under(bays, "IED1", groups_data_sets_and_refusals)
            second = await under(recorder, "REC1", files)
        (tmp_path / "files").mkdir()
        return [first, second, await at_a_device_of_theirs(tmp_path / "files")]

    sent = asyncio.run(sessions())
    packets = decoded(tmp_path / "sessions.pcap", *sent)
    assert len(packets) == sum(len(each) for each in sent)
    assert [(number, packet) for number, packet in enumerate(packets) if packet[0]] == []
    assert {protocol for _, protocol, _, _ in packets} <= {"MMS", "COTP"}
    assert {int(service) for _, _, service, _ in packets if service} >= SERVICES
    assert any("confirmed-ErrorPDU" in words for *_, words in packets)
