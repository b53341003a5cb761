"""Whatever somebody changes in a closed log, shows, with file and line."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from substation.audit.log import FOLDER
from substation.audit.segments import name_of, segments
from substation.audit.verification import Anchor, verify
from tests.substation.audit.logs import KEY, OTHER, audit, decision, findings, written

COUNT = 40


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("untouched")
    asyncio.run(written(data, COUNT))
    return data


@pytest.fixture
def data(untouched: Path, tmp_path: Path) -> Path:
    shutil.copytree(untouched, tmp_path / "data")
    return tmp_path / "data"


def test_a_log_that_nobody_touched_is_whole(data: Path) -> None:
    result = verify(data / FOLDER, "OBR", [KEY.public])
    assert result.findings == []
    assert result.unsigned == 0
    assert result.records > COUNT
    assert len(segments(data / FOLDER)) > 3


def test_every_byte_counts(data: Path) -> None:
    """Every byte of the last segment and of the head, and some hundred of the others."""
    files = [*segments(data / FOLDER).values(), data / FOLDER / "head"]
    chosen = [(file, place) for file in files[-2:] for place in range(file.stat().st_size)]
    dice = random.Random(5)
    chosen += [(file, dice.randrange(file.stat().st_size)) for file in dice.choices(files[:-2], k=300)]
    for file, place in chosen:
        content = file.read_bytes()
        changed = bytes((content[place] ^ (1 << dice.randrange(8)),))
        file.write_bytes(content[:place] + changed + content[place + 1 :])
        assert findings(data), f"{file.name}, byte {place}: {content[place : place + 1]!r} became {changed!r}"
        file.write_bytes(content)
    assert findings(data) == []


def _lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        file = folder / name_of(2)
        file.write_bytes(b"".join(change(file.read_bytes().splitlines(keepends=True))))

    return apply


def _swap_segments(folder: Path) -> None:
    second, third = folder / name_of(2), folder / name_of(3)
    content = second.read_bytes()
    second.write_bytes(third.read_bytes())
    third.write_bytes(content)


def _cut_last_line(folder: Path) -> None:
    last = list(segments(folder).values())[-1]
    last.write_bytes(b"".join(last.read_bytes().splitlines(keepends=True)[:-1]))


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a line deleted": (_lines(lambda lines: lines[:2] + lines[3:]), "000002.log:3: .*missing, moved or doubled"),
    "the first line deleted": (_lines(lambda lines: lines[1:]), "000002.log:1: "),
    "two lines swapped": (_lines(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]), "000002.log:2: "),
    "a line doubled": (_lines(lambda lines: [*lines[:2], lines[1], *lines[2:]]), "000002.log:3: "),
    "an empty line": (_lines(lambda lines: [*lines[:2], b"\n", *lines[2:]]), "000002.log:3: no record"),
    "the end of a segment cut": (_lines(lambda lines: lines[:-1]), "000003.log:1: "),
    "half of a line cut": (_lines(lambda lines: [*lines[:-1], lines[-1][:20]]), "000002.log:[0-9]+: "),
    "a segment emptied": (_lines(lambda lines: []), "000002.log: the segment is empty"),
    "a segment deleted": (lambda folder: (folder / name_of(2)).unlink(), "000002.log: the segment is missing"),
    "the first segment deleted": (lambda folder: (folder / name_of(1)).unlink(), "has not removed 1"),
    "two segments swapped": (_swap_segments, "000002.log:1: segment 2 does not begin"),
    "the last line cut": (_cut_last_line, "which was signed: it has been cut off"),
    "the last segment deleted": (lambda folder: list(segments(folder).values())[-1].unlink(), "has been cut off"),
    "everything deleted": (lambda folder: [each.unlink() for each in folder.iterdir()] and None, "no audit log"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_found_where_it_is(data: Path, change: str) -> None:
    apply, found = CHANGES[change]
    apply(data / FOLDER)
    told = findings(data)
    assert told
    assert any(re.search(found, each) for each in told), told


def test_a_segment_of_another_unit(data: Path, tmp_path: Path) -> None:
    async def other() -> None:
        async with audit(tmp_path / "other", unit="XYZ", key=OTHER) as log:
            for number in range(COUNT):
                log.decided(decision(number))
                await log.flush()

    asyncio.run(other())
    shutil.copy(tmp_path / "other" / FOLDER / name_of(2), data / FOLDER / name_of(2))
    assert any("000002.log:1: the segment is one of XYZ, not of OBR" in each for each in findings(data))


def test_a_log_that_is_written_anew_without_the_key(data: Path) -> None:
    """All hashes fit, the signatures cannot."""
    shutil.rmtree(data / FOLDER)

    async def forge() -> None:
        async with audit(data, key=OTHER) as log:
            log.decided(decision(1))

    asyncio.run(forge())
    assert any("the signature in record" in each for each in findings(data))


def test_what_is_kept_elsewhere_finds_a_log_cut_back_to_an_earlier_head(data: Path) -> None:
    """Whoever can change log and kept head alike is found by those who have kept a later head."""
    last = verify(data / FOLDER, "OBR", [KEY.public]).last
    assert last is not None
    (data / FOLDER / "head").unlink()
    for file in list(segments(data / FOLDER).values())[2:]:
        file.unlink()  # segments end with a signed head each
    assert findings(data) == []
    assert "cut off" in findings(data, anchors=(Anchor(last.number, last.hash),))[0]
