"""`ringmain records`: what a unit has stored, and its octets; the errors in one line."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import ringmain
from models.record import Record
from substation.config import read_unit
from substation.control.database import Database
from substation.history.settings import CONTROL_FILE
from substation.records.settings import FOLDER, RecordSettings
from substation.records.store import RecordStore
from tests.substation.commands.small_site import small_site
from tests.substation.parts import START_NS, core


def filled(folder: Path) -> Path:
    """A unit with one record."""
    unit = small_site(folder)
    data = read_unit(unit).data
    data.mkdir(exist_ok=True)

    async def main() -> None:
        async with core(data) as parts:
            database = await Database.open(data / CONTROL_FILE)
            store = await RecordStore.open(database, data / FOLDER, RecordSettings(), parts.events, parts.clock)
            await store.keep("ST1", Record("1/60000/1", START_NS, b"--- file type: CFG ---\r\n..."))
            await database.close()

    asyncio.run(main())
    return unit


def test_list_and_get(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = filled(tmp_path)
    assert ringmain.main(["records", str(unit)]) == 0
    line = capsys.readouterr().out
    assert "ST1" in line
    assert "1/60000/1" in line
    assert ringmain.main(["records", str(unit), "--json"]) == 0
    [listed] = json.loads(capsys.readouterr().out)["records"]
    assert (listed["number"], listed["octets"]) == (1, 27)
    out = tmp_path / "one.cff"
    assert ringmain.main(["records", str(unit), "--get", "1", "--out", str(out)]) == 0
    assert out.read_bytes() == b"--- file type: CFG ---\r\n..."
    capsys.readouterr()
    assert ringmain.main(["records", str(unit), "--get", "1", "--out", str(out)]) == 1  # never over another file
    assert "cannot be written" in capsys.readouterr().err
    assert ringmain.main(["records", str(unit), "--get", "2"]) == 1
    assert "there is no disturbance record 2" in capsys.readouterr().err


def test_a_unit_that_has_never_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ringmain.main(["records", str(small_site(tmp_path))]) == 1
    assert "has the unit ever run?" in capsys.readouterr().err
