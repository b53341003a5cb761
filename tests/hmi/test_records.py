"""Disturbance records in the window: listed as the unit lists them, saved whole and verified or not at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from hmi.record_note import RecordNote
from models.record import Record
from models.wire.cbor import WireValue
from models.wire.condition import And
from substation.control.database import Database
from substation.exchange.variables import Selection
from substation.records.settings import RecordSettings
from substation.records.store import RecordStore
from substation.records.trips import RecordTrips
from substation.variables.publication import Publication
from substation.variables.record_content import PART_OCTETS, VARIABLE, RecordContent, parts_of
from substation.variables.records import RecordShow
from tests.hmi.small_unit import UNIT, SmallUnit
from tests.substation.parts import BAY, START_NS, TRIP, Clock, core

LEFT = Qt.MouseButton.LeftButton
CONTENT = random.Random(3).randbytes(2 * PART_OCTETS + 77)  # noqa: S311 - no secret
Parts = dict[str, WireValue]


@dataclass(frozen=True)
class Told:
    """What a unit's own variables tell of one record: the list, and its parts by location."""

    listed: WireValue
    parts: Parts


def told(folder: Path, content: bytes = CONTENT) -> Told:
    """Two records, the newer one with this content."""
    folder.mkdir()

    async def main() -> Told:
        async with core(folder) as made:
            database = await Database.open(folder / "control.sqlite")
            store = await RecordStore.open(database, folder / "records", RecordSettings(), made.events, Clock())
            trips = await RecordTrips.open(database, store, made.events, made.image.register)
            made.first_picture()
            made.put(TRIP, True, source_ns=START_NS)
            await store.keep("OBR1E03", Record("41/60000/1", None, b"an older one"))
            kept = await store.keep("ST103", Record("103/60001/1", START_NS, content))
            publication = Publication(UNIT, Clock())
            RecordShow(publication, store, trips)
            [listed] = await publication.read(Selection("Records", UNIT, And(())))
            contents, parts = RecordContent(UNIT, store), Parts()
            for number in range(parts_of(kept)):
                place = f"{UNIT}/records/{kept.number}/{number}"
                [part] = await contents.read(Selection(VARIABLE, place, And(())))
                parts[place] = part.value
            await database.close()
            return Told(listed.value, parts)

    return asyncio.run(main())


def show(window: MainWindow, unit: SmallUnit, qtbot: QtBot, what: Told) -> RecordNote:
    unit.put("Records", what.listed)
    for place, value in what.parts.items():
        unit.put(VARIABLE, value, place)
    qtbot.waitUntil(lambda: window.records.model.rowCount() == 2, timeout=20_000)
    return window.site.records[0]


def until_told(window: MainWindow, qtbot: QtBot, words: str) -> None:
    qtbot.waitUntil(lambda: words in window.records.line.text(), timeout=20_000)


def test_records_are_listed_the_newest_first(window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path) -> None:
    newest = show(window, unit, qtbot, told(tmp_path / "unit"))
    rows = window.records.model.rows
    assert [row.cells[:2] for row in rows] == [("ST103", "103/60001/1"), ("OBR1E03", "41/60000/1")]
    assert rows[0].cells[2:] == (
        "2027-01-15 08:00:00.000", "2027-01-15 08:00:00", f"{len(CONTENT):,}", "", newest.sha256[:12],
    )  # fmt: skip
    assert rows[1].cells[2] == "not told"
    assert newest.suggested_name == "ST103_20270115T080000Z_2.rec"
    assert not window.records.save.isEnabled()
    window.records.choose(2)
    assert window.records.save.isEnabled()


def test_from_a_record_to_its_trip_and_back(window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path) -> None:
    show(window, unit, qtbot, told(tmp_path / "unit"))
    records, events = window.records, window.events
    assert records.model.rows[1].cells[5] == f"{BAY}  PTRC1: protection trip"
    trip = window.site.records[1].trip
    assert trip is not None
    unit.sequence(trip.event)
    unit.event("PTRC1: protection trip", BAY, severity=3)
    unit.event("something after it", BAY)
    qtbot.waitUntil(lambda: events.model.rowCount() == 2, timeout=20_000)
    assert not records.trip.isEnabled()
    records.choose(2)
    assert not records.trip.isEnabled()
    records.choose(1)
    qtbot.mouseClick(records.trip, LEFT)
    assert window.lists.currentWidget() is events
    row = events.view.currentIndex().row()
    assert events.model.line(row).sequence == trip.event
    shown = events.model.data(events.model.index(row, 5))
    assert shown == "PTRC1: protection trip  [disturbance record 1]"
    qtbot.mouseClick(events.record, LEFT)
    assert window.lists.currentWidget() is records
    assert records.chosen == window.site.records[1]


def test_a_record_is_saved_as_the_device_wrote_it_and_progress_is_told(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path
) -> None:
    record = show(window, unit, qtbot, told(tmp_path / "unit"))
    lines: list[str] = []
    window.records.told.connect(lines.append)
    window.records.save_as(record, str(tmp_path / "one.cff"))
    until_told(window, qtbot, "SHA-256 verified")
    assert (tmp_path / "one.cff").read_bytes() == CONTENT
    shares = [line for line in lines if "%" in line]
    assert [line.rpartition("(")[2] for line in shares] == ["0 %)", "49 %)", "99 %)", "100 %)"]
    bar = window.statusBar()
    assert bar is not None
    assert "SHA-256 verified" in bar.currentMessage()


def test_the_selection_stays_with_its_record_when_new_ones_come(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path
) -> None:
    what = told(tmp_path / "unit")
    show(window, unit, qtbot, what)
    window.records.choose(1)
    assert isinstance(what.listed, dict)
    rows = what.listed["records"]
    assert isinstance(rows, list)
    assert isinstance(rows[0], dict)
    unit.put("Records", {"records": [{**rows[0], "number": 3}, *rows], "count": 3})
    qtbot.waitUntil(lambda: window.records.model.rowCount() == 3, timeout=20_000)
    assert window.records.chosen is not None
    assert window.records.chosen.number == 1


def _altered(parts: Parts) -> Parts:
    place, value = list(parts.items())[-1]
    assert isinstance(value, dict)
    return {place: {**value, "content": bytes(77)}}


def _without_last(parts: Parts) -> Parts:
    return {list(parts)[-1]: {"number": 2}}


def _endless(parts: Parts) -> Parts:
    place, value = list(parts.items())[1]
    assert isinstance(value, dict)
    return {place: {**value, "content": bytes(4 * PART_OCTETS)}}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_altered, "SHA-256 differs"),
        (_without_last, "'content' is missing"),
        (_endless, "the unit sent 655360 octets of"),
    ],
)
def test_what_is_not_what_the_unit_stored_leaves_no_file(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path, spoil: Callable[[Parts], Parts], words: str
) -> None:
    what = told(tmp_path / "unit")
    record = show(window, unit, qtbot, Told(what.listed, {**what.parts, **spoil(what.parts)}))
    folder = tmp_path / "saved"
    folder.mkdir()
    window.records.save_as(record, str(folder / "one.cff"))
    until_told(window, qtbot, words)
    assert "nothing was saved" in window.records.line.text()
    assert list(folder.iterdir()) == []


def test_a_record_that_is_gone_a_place_that_cannot_be_written_and_a_stop(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path
) -> None:
    what = told(tmp_path / "unit")
    record = show(window, unit, qtbot, Told(what.listed, {}))
    window.records.save_as(record, str(tmp_path / "one.cff"))
    until_told(window, qtbot, "nothing was saved")  # the unit has no such part
    window.records.save_as(record, str(tmp_path / "absent" / "one.cff"))
    until_told(window, qtbot, "cannot be written")
    window.records.choose(record.number)
    window.records.save_as(record, str(tmp_path / "two.cff"))
    qtbot.mouseClick(window.records.stop, LEFT)
    until_told(window, qtbot, "stopped; nothing was saved")
    assert not list(tmp_path.glob("*.cff*"))
    assert window.records.save.isEnabled()
