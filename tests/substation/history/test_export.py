"""`ringmain export`: complete, in order, exact, and without what belongs to others."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import cbor2
import pyarrow.parquet
import pytest

from models.point import Cdc, Dbpos, PointName, PointSpec, Sample
from models.quality import Quality
from ringmain import main
from substation.history import export
from substation.history.document import Document
from substation.history.sqlite_engine import SqliteEngine
from substation.history.store import History
from tests.substation.history.disk import line
from tests.substation.history.places import Schema
from tests.substation.history.postgres import Server

T0 = 1_772_366_400_000_000_000  # 2026-03-01T12:00:00Z
VOLTAGE = PointSpec(PointName("ST1/T1", "MMXU1.PhV"), Cdc.MV, "ST1")
SWITCH = PointSpec(PointName("ST1/T1/Q0", "CSWI1.Pos"), Cdc.DPC, "ST1")
COUNTER = PointSpec(PointName("ST1/M1", "MMTR1.SupWh"), Cdc.INS, "ST1")
LARGE = 2**60 + 1


async def fill(history: History) -> None:
    (voltage, _), (switch, _), (counter, _) = history.handles([VOLTAGE, SWITCH, COUNTER])
    (price,) = history.series_handles([PointName("CMU1", "Price")])
    history.append_later([Sample(voltage, 230.1 + number / 7, 0, T0 + number, T0) for number in range(7)])
    old = int(Quality.INVALID | Quality.OLD_DATA)
    await history.append([Sample(switch, Dbpos.ON, old, None, T0 + 1), Sample(counter, LARGE, 0, T0, T0)])
    owned = [("", 1.5), ("supplier", {"a": 1}), ("household", "eco")]
    await history.append_documents(
        [Document(price, cbor2.dumps(value), 0, T0 + place, T0, owner) for place, (owner, value) in enumerate(owned)]
    )
    history.record(line('quotes " and, commas', T0))
    history.record(line("too late", T0 + 10**18))
    await history.flush()


def unit(folder: Path, section: str = "") -> Path:
    file = folder / "unit.toml"
    file.write_text(f'schema = 1\n[unit]\nname = "MV1"\nlevel = "MVGMU"\n{section}')
    return file


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """The unit.toml of a unit that has stored something."""

    async def run() -> None:
        history = History(SqliteEngine(tmp_path / "data" / "history.sqlite"))
        await fill(history)
        history.close()

    asyncio.run(run())
    return unit(tmp_path)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def ran(file: Path, *options: str, out: Path) -> list[dict[str, str]]:
    options = ("--from", "2026-03-01T12:00:00Z", "--to", str(T0 + 100), *options)
    assert main(["export", str(file), *options, "--out", str(out)]) == 0
    return rows_of(out)


def test_values_come_in_order_and_exact(running: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 3)
    rows = ran(running, "--points", "ST1/*", out=tmp_path / "all.csv")
    assert [row["variable"] for row in rows] == ["MMTR1.SupWh", *["MMXU1.PhV"] * 7, "CSWI1.Pos"]
    assert [float(row["value"]) for row in rows[1:8]] == [230.1 + number / 7 for number in range(7)]
    assert rows[0]["value"] == str(LARGE)
    assert rows[1]["time"] == "2026-03-01T12:00:00.000000000Z"
    assert (rows[8]["value"], rows[8]["quality_words"]) == ("2", "invalid (old data)")
    assert ran(running, "--points", "*/Q0/*", out=tmp_path / "some.csv") == rows[8:]
    assert ran(running, "--points", "nothing", out=tmp_path / "none.csv") == []


def test_what_belongs_to_others_is_left_out_unless_it_is_asked_for(running: Path, tmp_path: Path) -> None:
    mine = ran(running, "--points", "CMU1/*", out=tmp_path / "mine.csv")
    assert [(row["owner"], row["value"]) for row in mine] == [("", "1.5")]
    every = ran(running, "--points", "CMU1/*", "--with-customers", out=tmp_path / "every.csv")
    assert [(row["owner"], row["value"]) for row in every] == [
        ("", "1.5"), ("supplier", '{"a": 1}'), ("household", "eco"),
    ]  # fmt: skip


def test_the_event_list_of_a_time(running: Path, tmp_path: Path) -> None:
    (only,) = ran(running, "--events", out=tmp_path / "events.csv")
    assert (only["text"], only["severity"], only["category"]) == ('quotes " and, commas', "low", "system")


def test_parquet_holds_the_same(running: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.parquet"
    assert main(["export", str(running), "--points", "*", "--with-customers", "--out", str(out)]) == 0
    rows = pyarrow.parquet.read_table(out).to_pylist()
    assert len(rows) == 12
    assert [row["value"] for row in rows if row["variable"] == "MMXU1.PhV"] == [230.1 + n / 7 for n in range(7)]
    assert {row["text"] for row in rows if row["value"] is None} == {str(LARGE), '{"a": 1}', "eco"}
    lines = tmp_path / "events.parquet"
    assert main(["export", str(running), "--events", "--out", str(lines)]) == 0
    assert [row["text"] for row in pyarrow.parquet.read_table(lines).to_pylist()] == ['quotes " and, commas']


def test_a_running_units_file_is_read_beside_it(tmp_path: Path) -> None:
    async def main_() -> None:
        history = History(SqliteEngine(tmp_path / "data" / "history.sqlite"))
        await fill(history)
        out = tmp_path / "all.csv"
        command = ["export", str(unit(tmp_path)), "--points", "ST1/*", "--out", str(out)]
        assert await asyncio.to_thread(main, command) == 0
        assert len(rows_of(out)) == 9
        history.close()

    asyncio.run(main_())


def test_from_postgresql(server: Server, tmp_path: Path) -> None:
    async def run() -> None:
        place = Schema(server.url)
        place.unit = "MV1"
        history = History(place.engine())
        await fill(history)
        history.close()

    asyncio.run(run())
    file = unit(tmp_path, f'[history]\nengine = "postgresql"\ndatabase = "{server.url}"\n')
    rows = ran(file, "--points", "ST1/*", out=tmp_path / "all.csv")
    assert [float(row["value"]) for row in rows[1:8]] == [230.1 + number / 7 for number in range(7)]
    assert rows[0]["value"] == str(LARGE)
    assert main(["history", str(file), "check"]) == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--points", "*", "--from", "yesterday", "--out", "x.csv"], "--from 'yesterday' is no time"),
        (["--points", "*", "--out", "x.xls"], "ends with none of .csv, .parquet"),
        (["--points", "*", "--out", "no/folder/x.csv"], "x.csv: cannot be written: No such file or directory"),
        (["--events", "--out", "no/folder/x.parquet"], "x.parquet: cannot be written: "),
    ],
)
def test_what_cannot_be_done_is_one_line(
    running: Path, options: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(running), *options]) == 1
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
