"""`ringmain reliability`: the same month for people, for spreadsheets and for programs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from models.errors import RingmainError
from substation.commands.reliability import run
from substation.control.database import Database
from substation.history.settings import CONTROL_FILE
from substation.reliability.archive import InterruptionArchive
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span
from substation.reliability.month import Month
from tests.substation.commands.small_site import network, small_site

MINUTE_NS = 60_000_000_000
START_NS = Month(2024, 2).first_ns


def outage(load: str, customers: int, *spans: tuple[int, int | None]) -> LoadOutage:
    times = (Span(START_NS + since * MINUTE_NS, until and START_NS + until * MINUTE_NS) for since, until in spans)
    return LoadOutage(load, customers, 1, 60e3, tuple(times))


FAULT = Interruption(
    "20240201T001000.000-OBR1.K1.E03", START_NS + 10 * MINUTE_NS, Cause.FAULT, "OBR1/K1/E03", "C1", "trip: PTRC1.Tr",
    (outage("ST1/T1", 40, (10, 11)), outage("ST2/T1", 60, (10, 70))), "Ada",
)  # fmt: skip
LASTING = Interruption(
    "20240229T235000.000-ST3.K1.E01", START_NS + (29 * 1440 - 10) * MINUTE_NS, Cause.PLANNED, "ST3/K1/E01", "O1", "",
    (outage("ST3/T1", 10, (29 * 1440 - 10, None)),),
)  # fmt: skip


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    file = small_site(tmp_path)

    async def keep() -> None:
        (tmp_path / "data").mkdir()
        database = await Database.open(tmp_path / "data" / CONTROL_FILE)
        await (await InterruptionArchive.open(database)).keep([FAULT, LASTING])
        await database.close()

    asyncio.run(keep())
    return file


def printed(capsys: pytest.CaptureFixture[str], unit: Path, *given: str) -> str:
    capsys.readouterr()
    assert run([str(unit), "--month", "2024-02", *given]) == 0
    return capsys.readouterr().out


def test_for_people(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, unit, "--major-days")
    served = sum(load.customers for load in network().loads)
    assert f"2024-02 (UTC, up to 2024-03-01 00:00:00), {served:,} customers" in text
    assert "00:10:00 to 2024-02-01 01:10:00  fault, stated by Ada" in text
    assert "100 customers (2 critical), 120 kW, 61.0 kWh not supplied" in text
    assert "after 1.0 min: 40 customers, 60 kW back (ST1/T1)" in text
    assert "still without supply: 10 customers (ST3/T1)" in text
    assert "Major event days: cannot be told, only 0 days" in text


def test_for_programs(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = json.loads(printed(capsys, unit, "--json"))
    assert plain["indices"]["unplanned"]["customer_minutes"] == 60 * 60
    assert plain["indices"]["planned"]["customer_minutes"] == 10 * 10
    assert plain["indices"]["unplanned"]["saidi_min"] == pytest.approx(3600 / plain["served"])
    assert [len(event["stages"]) for event in plain["interruptions"]] == [2, 0]


def test_for_spreadsheets(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(capsys, unit, "--csv"))))
    assert [(row["cause"], row["customers"], row["until"]) for row in rows] == [
        ("fault", "100", "2024-02-01 01:10:00"),
        ("planned work", "10", ""),
    ]
    assert float(rows[0]["customer_minutes"]) == 40 + 3600


def test_another_month_has_what_lasts(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(unit), "--month", "2024-03", "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [event["id"] for event in plain["interruptions"]] == [LASTING.id]
    assert plain["indices"]["planned"]["customer_interruptions"] == 0
    assert plain["indices"]["planned"]["customer_minutes"] == 31 * 1440 * 10


@pytest.mark.parametrize("month", ["2024-13", "24-01", "2024-2", "2200-01"])
def test_what_is_no_month_is_refused(unit: Path, month: str) -> None:
    with pytest.raises(RingmainError, match="month|begun"):
        run([str(unit), "--month", month])


def test_a_unit_that_never_ran(tmp_path: Path) -> None:
    with pytest.raises(RingmainError, match="has the unit ever run"):
        run([str(small_site(tmp_path)), "--month", "2024-02"])
