"""What the demonstration of the hierarchy is made of: claims, report, census, and the cable that is cut."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from substation.demo.hierarchy.cable import Cable
from substation.demo.hierarchy.census import DEMONSTRATION, Census
from substation.demo.hierarchy.claim import Claim
from substation.demo.hierarchy.report import MOST_PROCESSES, Report
from substation.neighbour_address import LISTENING, listening_at


def report(*claims: Claim, processes: int = 5) -> Report:
    return Report({"TLGMU": 1}, 5, claims, [], processes, 1.0, 2.0, [])


def test_a_claim_holds_only_when_it_was_told_to_its_end_without_objection() -> None:
    claim = Claim("power", "sums are right")
    assert not claim.held
    assert report(claim).objections == ["power: not told to its end"]
    claim.ended = True
    claim.expect(True, "never said")
    assert claim.held
    assert report(claim).verified
    claim.expect(False, "1 W is missing")
    assert report(claim).objections == ["power: 1 W is missing"]
    assert report(claim).plain()["verified"] is False


def test_without_a_claim_or_with_too_many_processes_nothing_is_verified() -> None:
    assert not report().verified
    many = report(Claim("price", "arrives", ended=True), processes=MOST_PROCESSES + 1)
    assert many.objections == ["7 processes at the same time, more than 6"]


def test_the_census_finds_what_a_process_has_started() -> None:
    nested = "import subprocess, sys; p = subprocess.Popen(['sleep', '30']); print(p.pid, flush=True); p.wait()"
    with subprocess.Popen([sys.executable, "-c", nested], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        try:
            census = Census()
            census.take({child.pid: "grid"})
            usages = {usage.process: usage for usage in census.usages}
            assert usages[os.getpid()].name == DEMONSTRATION
            assert usages[child.pid].name == "grid"
            assert usages[grandchild].name == "grid: arithmetic"
            assert usages[child.pid].memory_mb > 1
            assert census.most == 3
            without = Census()
            without.take({child.pid: "hmi"}, apart=["hmi"])
            assert without.most == 2
        finally:
            os.kill(grandchild, 9)
            child.kill()


def test_nothing_passes_a_cable_that_is_cut_and_all_of_it_afterwards(tmp_path: Path) -> None:
    here, parent = tmp_path / "cable", tmp_path / "parent"
    here.mkdir()
    parent.mkdir()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while octets := await reader.read(100):
            writer.write(octets)
        writer.close()

    async def scene() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        (parent / LISTENING).write_text(f'{{"data_interface": ["127.0.0.1", {port}]}}', encoding="utf-8")
        async with server, Cable(here, parent) as cable:
            near = int(listening_at(here).rpartition(":")[2])
            assert near != port
            reader, writer = await asyncio.open_connection("127.0.0.1", near)
            writer.write(b"one")
            assert await reader.readexactly(3) == b"one"
            cable.cut()
            writer.write(b"two")
            waiting = asyncio.create_task(reader.readexactly(3))
            done, _ = await asyncio.wait([waiting], timeout=0.2)
            assert not done
            cable.mend()
            assert await asyncio.wait_for(waiting, 20) == b"two"
        assert await asyncio.wait_for(reader.read(), 20) == b""  # an end that goes takes the other one along
        writer.close()

    asyncio.run(scene())
