"""IEDs of `ringmain sim --scl FILE` under libiec61850's client, in a process of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.command import AddCause
from sim_ied.device_tls import read_tls_file
from sim_ied.disturbance import Disturbance
from sim_ied.scl_site.reading import read_scl_site
from sim_ied.scl_site.simulator import SclSimulator
from tests.peers.mms import MmsPeer, MmsPeerError, mms_client
from tests.protocols.iec61850.bench import ICD
from tests.sim_ied.scl_site.sites import simulated
from tests.sim_ied.scl_site.test_tls import FILE as RECORDER
from tests.sim_ied.scl_site.test_tls import tls_file

LD = "IED1LD0"
STATUS = f"{LD}/LLN0.BR.brcbStatus01"
GROUPS, PICKUP = f"{LD}/LLN0.SGCB", f"{LD}/PTOC1.StrVal.setMag.f"
ACCEPTED = {"accepted": True, "add_cause": 0}
OFF, ON = "01", "10"
FAST = 50.0
MODELS = {"CSWI2": 1, "CSWI3": 2, "CSWI5": 3, "CSWI1": 4}
"""ctlModel: direct, select before operate, both with enhanced security."""


def refused(cause: AddCause) -> dict[str, Any]:
    return {"accepted": False, "add_cause": int(cause)}


def play(*scenes: Callable[[MmsPeer], None], before: Disturbance | None = None) -> None:
    """One simulator of device.icd, and for each scene a connection of its own."""

    def connections(address: tuple[str, int]) -> None:
        for scene in scenes:
            with mms_client(*address) as peer:
                scene(peer)

    async def whole() -> None:
        async with simulated(ICD, speed=FAST) as simulator:
            if before is not None:
                await simulator.disturb(before)
            await asyncio.to_thread(connections, simulator.addresses["IED1"])

    asyncio.run(whole())


def arrives(peer: MmsPeer, node: str, bits: str) -> None:
    """The switch has travelled; without enhanced security nobody says so."""
    end = time.monotonic() + 5.0
    while (shown := peer.order("read", f"{LD}/{node}.Pos.stVal", "ST")) != bits:
        assert time.monotonic() < end, f"{node} shows {shown}"


def test_all_four_control_models() -> None:
    def scene(peer: MmsPeer) -> None:
        for node, model in MODELS.items():
            position = f"{LD}/{node}.Pos"
            assert peer.order("read", f"{position}.ctlModel", "CF") == model
            answer = peer.order("operate", position, False)
            assert answer == {
                "select": ACCEPTED if model in (2, 4) else None,
                "operate": ACCEPTED,
                "termination": ACCEPTED if model in (3, 4) else None,
            }
            arrives(peer, node, OFF)
            again = peer.order("operate", position, False)
            assert again["select" if model == 4 else "operate"] == refused(AddCause.POSITION_REACHED)

    play(scene)


def test_a_selection_is_cancelled_and_an_unselected_operate_refused() -> None:
    def scene(peer: MmsPeer) -> None:
        for node, model in MODELS.items():
            if model in (2, 4):
                position = f"{LD}/{node}.Pos"
                for service in ("select", "cancel"):
                    assert peer.order("service", service, position, False) == ACCEPTED
                answer = peer.order("service", "operate", position, False)
                assert answer == refused(AddCause.OBJECT_NOT_SELECTED)
                arrives(peer, node, ON)

    play(scene)


def test_a_drive_that_is_stuck_is_told() -> None:
    def scene(peer: MmsPeer) -> None:
        assert peer.order("operate", f"{LD}/CSWI5.Pos", False)["operate"] == refused(AddCause.BLOCKED_BY_HEALTH)

    play(scene, before=Disturbance("stuck", f"{LD}/CSWI5"))


def test_buffered_reports_go_on_after_the_last_entry() -> None:
    last = {"entry": "", "sequence": 0}

    def first(peer: MmsPeer) -> None:
        peer.order("subscribe", STATUS)
        assert len(peer.order("report", 5.0)["members"]) == 8
        peer.order("operate", f"{LD}/CSWI1.Pos", False)
        while (report := peer.order("report", 5.0))["members"].get("0", [[None] * 3])[0][2] != OFF:
            pass
        last.update(report)

    def second(peer: MmsPeer) -> None:
        peer.order("operate", f"{LD}/CSWI3.Pos", False)  # nobody hears of it yet
        arrives(peer, "CSWI3", OFF)
        peer.order("resume", STATUS, last["entry"])
        missed = [peer.order("report", 5.0) for _ in range(2)]
        assert [each["members"]["2"][0][2] for each in missed] == ["00", OFF]
        assert [each["sequence"] for each in missed] == [0, 1]  # begins anew when a block is enabled
        entries = [str(last["entry"]), *(each["entry"] for each in missed)]
        assert entries == sorted(set(entries))
        assert not any(each["overflow"] for each in missed)

    def third(peer: MmsPeer) -> None:
        with pytest.raises(MmsPeerError):
            peer.order("resume", STATUS, "00000000deadbeef")
        peer.order("resume", STATUS, "0" * 16)
        assert peer.order("report", 5.0)["entry"] <= str(last["entry"])

    play(first, second, third)


def test_setting_groups_are_switched_edited_and_confirmed() -> None:
    def scene(peer: MmsPeer) -> None:
        assert peer.order("read", GROUPS, "SP")[:2] == [3, 1]
        peer.order("write", f"{GROUPS}.ActSG", "SP", "unsigned", 2)
        assert peer.order("read", PICKUP, "SG") == 200.0
        peer.order("write", f"{GROUPS}.EditSG", "SP", "unsigned", 3)
        peer.order("write", PICKUP, "SE", "float", 321.5)
        assert peer.order("read", PICKUP, "SG") == 200.0
        peer.order("write", f"{GROUPS}.CnfEdit", "SP", "boolean", True)
        peer.order("write", f"{GROUPS}.ActSG", "SP", "unsigned", 3)
        assert peer.order("read", PICKUP, "SG") == 321.5
        with pytest.raises(MmsPeerError):
            peer.order("write", f"{GROUPS}.ActSG", "SP", "unsigned", 9)
        with pytest.raises(MmsPeerError):
            peer.order("write", PICKUP, "SE", "float", 1.0)  # nothing is edited

    play(scene)


def test_records_are_listed_and_read_over_tls(tmp_path: Path) -> None:
    pki, file = tls_file(tmp_path)
    scl, models = read_scl_site(RECORDER, None)
    folder = pki.authority.file_of("OBR"), pki.authority.file_of("OBR", ".key"), pki.folder / "authority.pem"

    def session(address: tuple[str, int]) -> None:
        with mms_client(*address, *folder) as peer:
            assert peer.order("operate", "REC1LD0/RDRE1.RcdTrg", True)["operate"] == ACCEPTED
            end = time.monotonic() + 5.0
            while "COMTRADE/" not in peer.order("files", ""):
                assert time.monotonic() < end, "no record"
            files = peer.order("files", "COMTRADE")
            assert sorted(name.rpartition(".")[2] for name in files) == ["cfg", "dat", "hdr"]
            assert all(size > 0 and len(digest) == 64 for size, _, digest in files.values())
        with pytest.raises(MmsPeerError), mms_client(*address):  # without TLS
            pass

    async def whole() -> None:
        simulator = SclSimulator(scl, models, time.time_ns, speed=FAST, tls=read_tls_file(file))
        await simulator.open()
        running = asyncio.create_task(simulator.run())
        try:
            await asyncio.to_thread(session, simulator.addresses["REC1"])
        finally:
            running.cancel()
            await simulator.close()

    asyncio.run(whole())
