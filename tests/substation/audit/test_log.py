"""The log itself: groups, signed heads, full disk, torn lines, kill -9, retention, and what it says about its past."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.errors import StorageError
from substation.audit import log as log_module
from substation.audit.log import FOLDER, AuditLog
from substation.audit.reading import records
from substation.audit.record import ACCESS, DEFECT, GAP, HEAD, REMOVED, REPAIR, SYSTEM, Record
from substation.audit.segments import name_of, segments
from substation.audit.settings import AuditSettings
from substation.audit.verification import verify
from tests.substation.audit.logs import KEY, SMALL, audit, decision, findings, written

ROOT = Path(__file__).parents[3]


def read(data: Path) -> list[Record]:
    return list(records(data / FOLDER, 0, 2**63))


def test_what_a_record_says(tmp_path: Path) -> None:
    async def main() -> None:
        async with audit(tmp_path) as log:
            log.decided(decision(3))
            log.tell(SYSTEM, "OBR", "line\nbreak, \udc80 half a character and 🔑")
            await log.flush()

    asyncio.run(main())
    lines = (tmp_path / FOLDER / name_of(1)).read_bytes().splitlines()
    said = json.loads(lines[1].partition(b"\t")[0])
    assert said == {
        "n": 2,
        "t": 1_763_640_000_000_000_003,
        "kind": "access",
        "code": "ok",
        "who": "Olga3 (OPERATOR)",
        "what": "write ST3/K1/E01/Q0/CSWI1.Pos.Oper",
        "service": "hmi",
        "device": "",
    }
    assert [each.kind for each in read(tmp_path)] == ["segment", ACCESS, SYSTEM, HEAD]
    assert "line\nbreak" in read(tmp_path)[2].text("what")
    assert findings(tmp_path) == []
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    asyncio.run(written(tmp_path, 10))
    asyncio.run(written(tmp_path, 10))
    assert findings(tmp_path) == []
    assert [each.number for each in read(tmp_path)] == list(range(1, len(read(tmp_path)) + 1))


def test_a_quiet_log_is_signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "QUIET_S", 0.01)

    async def main() -> None:
        async with audit(tmp_path) as log:
            signed = asyncio.Event()
            log.subscribe(lambda new: signed.set() if new[-1].kind == HEAD else None)
            log.decided(decision(1))
            async with asyncio.timeout(20):
                await signed.wait()
            result = verify(tmp_path / FOLDER, "OBR", [KEY.public])
            assert (result.findings, result.unsigned) == ([], 0)

    asyncio.run(main())


def test_many_records_are_signed_in_between(tmp_path: Path) -> None:
    async def main() -> None:
        async with audit(tmp_path, AuditSettings()) as log:
            for number in range(1000):
                log.decided(decision(number))
                if number % 100 == 99:
                    await log.flush()
            heads = [each for each in read(tmp_path) if each.kind == HEAD]
            assert len(heads) == 3

    asyncio.run(main())


@contextmanager
def no_larger_files_than(octets: int) -> Iterator[None]:
    """As on a disk that has no room left: writes end in the middle, then fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_an_alarm_and_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_module, "MAX_WAITING", 30)
    monkeypatch.setattr(log_module, "RETRY_S", 0.01)

    async def main() -> None:
        told: list[str] = []
        async with audit(tmp_path, AuditSettings()) as log:
            log.on_failure = told.append
            log.decided(decision(0))
            await log.flush()
            size = (tmp_path / FOLDER / name_of(1)).stat().st_size
            with no_larger_files_than(size + 700):
                for number in range(1, 21):
                    log.decided(decision(number))
                with pytest.raises(StorageError, match="the audit log cannot be written"):
                    await log.flush()
                for number in range(21, 51):
                    log.decided(decision(number))  # nobody waits, nothing fails
            await log.flush()
            assert len(told) == 2
            assert told[0].endswith("free or replace the disk")
            assert told[1] == ""

    asyncio.run(main())
    assert findings(tmp_path) == []
    said = read(tmp_path)
    assert [each.text("who") for each in said if each.kind == ACCESS] == [f"Olga{n} (OPERATOR)" for n in range(31)]
    gap = next(each for each in said if each.kind == GAP)
    assert (gap.whole("lost"), gap.whole("from"), gap.whole("to")) == (
        20, decision(31).time_ns, decision(50).time_ns,
    )  # fmt: skip


@pytest.mark.parametrize("torn", [b'{"n":1', b'{"n":1' + b"\0" * 300 + b'half a line\n"who"', b"\0" * 4096])
def test_a_line_that_was_being_written_is_cut_off_and_told(tmp_path: Path, torn: bytes) -> None:
    asyncio.run(written(tmp_path, 3, AuditSettings()))
    with (tmp_path / FOLDER / name_of(1)).open("ab") as stream:
        stream.write(torn)
    assert findings(tmp_path)
    asyncio.run(written(tmp_path, 3, AuditSettings()))
    assert findings(tmp_path) == []
    repair = next(each for each in read(tmp_path) if each.kind == REPAIR)
    assert f"cut off {len(torn)} octets of 000001.log" in repair.text("what")


def test_a_first_line_that_was_never_written(tmp_path: Path) -> None:
    asyncio.run(written(tmp_path, 10))
    last = max(segments(tmp_path / FOLDER))
    (tmp_path / FOLDER / name_of(last + 1)).write_bytes(b"")
    asyncio.run(written(tmp_path, 10))
    assert findings(tmp_path) == []


def test_what_was_changed_before_the_start_stays_and_is_told(tmp_path: Path) -> None:
    """The unit goes on in a new segment: the evidence is not touched."""
    asyncio.run(written(tmp_path, 5, AuditSettings()))
    file = tmp_path / FOLDER / name_of(1)
    changed = file.read_bytes().replace(b"Olga1", b"Anna1")
    file.write_bytes(changed)

    async def main() -> tuple[str, ...]:
        async with audit(tmp_path, AuditSettings()) as log:
            return log.found

    assert asyncio.run(main()) == ("finds 000001.log changed or damaged",)
    assert file.read_bytes() == changed
    told = findings(tmp_path)
    assert "000001.log:3: record 3 or one before it has been changed" in told[0]
    assert "000002.log:2: the unit itself told: finds 000001.log changed" in told[1]
    assert len(told) == 2


def test_an_end_that_was_cut_off_before_the_start_is_told(tmp_path: Path) -> None:
    asyncio.run(written(tmp_path, 5, AuditSettings()))
    file = tmp_path / FOLDER / name_of(1)
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-3]))
    asyncio.run(written(tmp_path, 5, AuditSettings()))
    assert any(each.kind == DEFECT and "although it was signed up to" in each.text("what") for each in read(tmp_path))
    assert findings(tmp_path)


def test_retention_removes_the_oldest_and_says_so(tmp_path: Path) -> None:
    settings = AuditSettings(segment_kib=1, keep_kib=6)
    asyncio.run(written(tmp_path, 100, settings))
    present = segments(tmp_path / FOLDER)
    assert min(present) > 1
    assert sum(file.stat().st_size for file in present.values()) < 10 * 1024
    assert any(each.kind == REMOVED for each in read(tmp_path))
    assert findings(tmp_path) == []
    present[min(present)].unlink()  # somebody else removes one more
    assert findings(tmp_path)


WRITER = """
import asyncio, sys
from pathlib import Path
from tests.substation.audit.logs import SMALL, audit, decision

async def main():
    async with audit(Path(sys.argv[1])) as log:
        for number in range(10**9):
            log.decided(decision(number))
            if number % 3 == 2:
                await log.flush()
                print(number, flush=True)

asyncio.run(main())
"""


def test_kill_loses_the_last_group_at_most(tmp_path: Path) -> None:
    flushed = 0
    for life in range(2):
        command = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            said = [process.stdout.readline() for _ in range(60 + 7 * life)]
            process.kill()
            said += process.stdout.readlines()
        flushed += int([line for line in said if line.endswith("\n")][-1]) + 1

    async def main() -> None:
        async with audit(tmp_path, SMALL):
            pass

    asyncio.run(main())
    assert findings(tmp_path) == []
    kept = sum(each.kind == ACCESS for each in read(tmp_path))
    assert flushed <= kept <= flushed + 2 * 6


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")

    async def main() -> None:
        with pytest.raises(StorageError, match="audit: File exists; correct 'data'"):
            await AuditLog.open(tmp_path, "OBR", KEY, SMALL, time.time_ns)

    asyncio.run(main())
