"""A fault in the world: the relay trips, its IED records, and the MMS driver fetches the record by itself [OP5]."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from protocols.iec61850.files import fetching
from sim_ied.disturbance import Disturbance
from sim_ied.fault import Fault
from sim_ied.records.ied_files import sections_of
from sim_ied.server import Simulator
from sim_ied.site import read_site
from tests.sim_ied.site_files import write_site
from tests.sim_ied.test_faces import linked, play


def test_a_trip_gives_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "EAGER_S", (0.1,) * 20)

    async def scenario(simulator: Simulator) -> None:
        async with linked(simulator, "OBR1E03") as link:
            await simulator.disturb(Disturbance("fault", "F1", Fault("F1", "L02/W02")))
            await link.memory.until(lambda: bool(link.memory.records), 8.0)
            record = link.memory.records[0]
            assert record.name.startswith("COMTRADE/")
            assert record.time_ns is not None
            assert abs(record.time_ns - time.time_ns()) < 20e9
            with zipfile.ZipFile(io.BytesIO(record.content)) as archive:
                suffixes = [name.rpartition(".")[2] for name in archive.namelist()]
                assert suffixes == ["cfg", "dat", "hdr"]

    play(read_site(write_site(tmp_path), speed=20.0), scenario)


def test_the_files_of_a_set_are_the_sections_of_the_one_file() -> None:
    cff = (
        b"--- file type: CFG ---\r\nS,D,2013\r\n--- file type: INF ---\r\n--- file type: HDR ---\r\nwords\r\n"
        b"--- file type: DAT BINARY: 30 ---\r\n\x00--- file type: HDR ---\r\n12345"
    )
    parts = sections_of(cff)
    assert list(parts) == ["cfg", "inf", "hdr", "dat"]
    assert (parts["cfg"], parts["inf"], parts["hdr"]) == (b"S,D,2013\r\n", b"", b"words\r\n")
    assert parts["dat"].endswith(b"12345")
    assert len(parts["dat"]) == 30
