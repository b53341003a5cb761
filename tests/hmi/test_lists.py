"""Event list, banner, links, tags: what they show, and how fast."""

from __future__ import annotations

import time

import pytest
from PyQt6.QtCore import QModelIndex, Qt
from pytestqt.qtbot import QtBot

from hmi.event_model import KEPT, EventFilter, EventModel
from hmi.main_window import MainWindow
from hmi.reports import EventLine
from hmi.theme import LIGHT
from models.alarm import Severity
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.variables import WriteResult
from tests.hmi.small_unit import SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton


def lines(count: int, first: int = 0) -> list[EventLine]:
    categories = ("process", "command", "automation", "link")
    return [
        EventLine(
            number,
            1_795_000_000_000_000_000 + number * 1_000_000,
            1_795_000_000_000_000_000 + number * 1_000_000 + 1,
            categories[number % 4],
            Severity(number % 4),
            f"ST{number % 159}/K1/E01",
            f"load-break switch open, number {number}",
        )
        for number in range(first, first + count)
    ]


def test_filter_of_100_000_events_takes_less_than_100_ms(qtbot: QtBot) -> None:
    model = EventModel(LIGHT)
    model.add(lines(KEPT))
    for chosen in (
        EventFilter(text="number 999"),
        EventFilter("link"),
        EventFilter(severity=Severity.HIGH),
        EventFilter(),
    ):
        began = time.thread_time()
        model.filter(chosen)
        assert time.thread_time() - began < 0.1
    model.filter(EventFilter("process", Severity.INFORMATION, "NUMBER 99"))
    assert model.rowCount() == sum("number 99" in line.text and line.category == "process" for line in lines(KEPT))


def test_new_events_stand_on_top_and_are_inserted_as_a_batch(qtbot: QtBot) -> None:
    model = EventModel(LIGHT)
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda parent, start, end: inserted.append((start, end)))
    model.add(lines(10))
    model.add(lines(50, first=10))
    assert inserted == [(0, 9), (0, 49)]
    assert model.line(0).sequence == 59
    model.add(lines(5, first=100))
    model.add(lines(3, first=97))  # older ones, after a lost link
    assert [model.line(row).sequence for row in range(9)] == [104, 103, 102, 101, 100, 99, 98, 97, 59]


def test_list_is_bounded(qtbot: QtBot) -> None:
    model = EventModel(LIGHT)
    model.add(lines(KEPT))
    model.add(lines(1, first=KEPT))
    assert model.total <= KEPT
    assert model.line(0).sequence == KEPT


def test_events_of_before_and_after_the_start_come_once(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.event("first", "ST103", age_ns=5_000_000)
    unit.event("second", "ST104", severity=3)
    qtbot.waitUntil(lambda: window.events.model.total == 2, timeout=20_000)
    unit.silence()
    unit.event("third, told while there was no link", "ST105")
    unit.speak()
    qtbot.waitUntil(lambda: window.events.model.total == 3, timeout=20_000)
    model = window.events.model
    texts = [model.data(model.index(row, 5, QModelIndex())) for row in range(3)]
    assert texts == ["third, told while there was no link", "second", "first"]
    assert [model.data(model.index(row, 2, QModelIndex())) for row in range(3)] == ["arrival", "arrival", ""]
    window.events.search("SECOND")
    assert model.rowCount() == 1


def test_banner_keeps_alarms_until_seen_and_goes_to_the_object(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    unit.event("a door is open", "ST41", severity=0)
    unit.event("link down", "ST41", severity=2)
    unit.event("protection trip", "OBR2/K1/E03/Q0", severity=3)
    qtbot.waitUntil(lambda: "1 high" in window.banner.counts.text(), timeout=20_000)
    assert "1 medium" in window.banner.counts.text()
    window.events.model.filter(EventFilter())
    qtbot.mouseClick(window.banner.lines[0], LEFT)
    assert window.faceplate.element == "OBR2/K1/E03/Q0"
    qtbot.mouseClick(window.banner.seen, LEFT)
    assert window.banner.counts.text() == ""
    assert window.events.model.total == 3


def test_broken_links_stand_first(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    for name, up in (("ST0", True), ("ST103", False), ("ST41", True)):
        health: WireValue = {"name": name, "protocol": "iec104", "up": up, "reason": "" if up else "t1", "since_ns": 1}
        unit.put("Links", health, key=name)
    qtbot.waitUntil(lambda: window.links.model.rowCount() == 3, timeout=20_000)
    assert [row.key for row in window.links.model.rows] == ["ST103", "ST0", "ST41"]
    assert window.links.model.rows[0].cells[0] == "DOWN"


def test_links_tell_what_they_have_counted(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.put("Links", {"name": "ST41", "protocol": "iec104", "up": True, "reason": "", "since_ns": 1}, key="ST41")
    counters: WireValue = {
        "connections": 2,
        "events": 12345,
        "frames received": 700,
        "unknown objects": 30,
        "closed: closed by the peer": 1,
        "closed: not reached": 9,
    }
    unit.put("LinkCounters", {"name": "ST41", "counters": counters}, key="ST41")
    qtbot.waitUntil(
        lambda: [row.cells[4:6] + row.cells[9:10] for row in window.links.model.rows] == [("2", "12,345", "30")],
        timeout=20_000,
    )
    tip = window.links.model.rows[0].tip.splitlines()
    assert "unknown objects: 30" in tip
    assert tip[-1] == "frames received: 700"


def test_links_of_iec_61850_tell_reports_what_was_missed_and_tls(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    unit.put("Links", {"name": "B1", "protocol": "iec61850", "up": True, "reason": "", "since_ns": 1}, key="B1")
    counters: WireValue = {
        "connections": 1,
        "reports": 5200,
        "points": 40_000,
        "reads": 12,
        "gaps": 2,
        "reports lost": 3,
        "records fetched": 1,
        "TLS handshakes": 1,
        "TLS sessions resumed": 0,
    }
    unit.put("LinkCounters", {"name": "B1", "counters": counters}, key="B1")
    shown = ("5,200", "2", "yes", "5")
    qtbot.waitUntil(lambda: [row.cells[6:10] for row in window.links.model.rows] == [shown], timeout=20_000)


def test_control_centres_without_connection_stand_first(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    for name, up in (("dispatch", True), ("reserve", False)):
        centre: WireValue = {
            "name": name,
            "up": up,
            "state": "data transfer" if up else "no connection",
            "since_ns": 1_795_000_000_000_000_000,
            "peers": ["10.8.0.2:50122"] if up else [],
            "waiting": 3 if up else 182_344,
            "lost": 0,
            "in_flight": 3 if up else 0,
            "window": 12,
            "last_reason": "" if up else "no acknowledgement of I frames within t1 = 15.0 s: link closed",
            "counters": {"connections": 4, "frames sent": 98_123, "closed: wrong start octet": 1},
        }
        unit.put("ControlCentres", centre, key=name)
    qtbot.waitUntil(lambda: window.centres.model.rowCount() == 2, timeout=20_000)
    rows = window.centres.model.rows
    assert [row.key for row in rows] == ["reserve", "dispatch"]
    assert rows[0].cells[0] == "NO CONNECTION"
    assert rows[0].cells[3:7] == (
        "182,344", "", "1", "no acknowledgement of I frames within t1 = 15.0 s: link closed",
    )  # fmt: skip
    assert rows[1].cells[3:7] == ("3", "", "1", "from 10.8.0.2:50122")
    assert "10.8.0.2:50122\nsend window: 3 of 12 frames" in rows[1].tip
    assert "since 2026-11-18 11:06:40 UTC" in rows[1].tip


def centre(name: str, **others: WireValue) -> WireValue:
    """A control centre as a unit tells it."""
    told: dict[str, WireValue] = {
        "name": name, "up": True, "state": "data transfer", "since_ns": time.time_ns() - 765 * 10**9,
        "peers": ["10.8.0.2:50122"], "waiting": 3, "lost": 0, "in_flight": 3, "window": 12, "last_reason": "",
        "counters": {}, "late": False, "lost_ns": 0,
    }  # fmt: skip
    return {**told, **others}


def test_who_is_away_for_too_long_or_has_lost_events_stands_in_the_banner(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    cell, tab = window.banner.cells["centres"], window.lists.indexOf(window.centres)

    def until(words: str, tone: str) -> None:
        qtbot.waitUntil(lambda: (cell.text(), cell.property("tone")) == (words, tone), timeout=20_000)

    unit.put("ControlCentres", centre("dispatch"), key="dispatch")
    until("centres: 1 of 1 up;  parent: up", "muted")
    away = {"up": False, "state": "no connection", "peers": [], "waiting": 182_344, "last_reason": "t1"}
    unit.put("ControlCentres", centre("NCC", **away), key="NCC")  # for a moment only
    until("centres: 1 of 2 up;  parent: up", "title")
    unit.put("ControlCentres", centre("NCC", **away, late=True), key="NCC")
    until("NCC away 12 min", "alarm")
    assert window.lists.tabText(tab) == "Centres (1 away)"
    assert "NCC: no connection for 12 min, 182,344 events wait" in cell.toolTip()
    qtbot.mouseClick(cell, LEFT)
    assert window.lists.currentWidget() is window.centres
    lost = {"lost": 1203, "lost_ns": time.time_ns()}
    unit.put("ControlCentres", centre("dispatch", **lost), key="dispatch")
    until("NCC away 12 min, dispatch lost 1,203", "alarm")
    assert window.banner.seen.isEnabled()
    qtbot.mouseClick(window.banner.seen, LEFT)
    until("NCC away 12 min", "alarm")  # what lasts stays, what has happened has been seen
    unit.put("ControlCentres", centre("NCC", waiting=90_000), key="NCC")
    until("centres: 2 of 2 up;  parent: up", "muted")
    unit.put("ControlCentres", centre("dispatch", **{**lost, "lost": 1210}), key="dispatch")
    until("dispatch lost 7", "alarm")
    rows = window.centres.model.rows
    assert [(row.key, row.cells[4]) for row in rows] == [("dispatch", "1,210"), ("NCC", "")]
    assert rows[0].cells[6].startswith("last event lost ")


def test_losses_of_before_the_units_start_are_no_alarm(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.put("ControlCentres", centre("NCC", lost=12), key="NCC")
    cell = window.banner.cells["centres"]
    qtbot.waitUntil(lambda: cell.text().startswith("centres: 1 of 1 up"), timeout=20_000)
    assert "12 lost, all before the unit's last start" in cell.toolTip()
    assert not window.banner.seen.isEnabled()


def test_broken_links_are_counted_on_their_tab_and_a_click_leads_there(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    health = {"name": "ST7", "protocol": "iec104", "up": False, "reason": "t1", "since_ns": time.time_ns()}
    unit.put("Links", health, key="ST7")
    tab = window.lists.indexOf(window.links)
    qtbot.waitUntil(lambda: window.lists.tabText(tab) == "Links (1 down)", timeout=20_000)
    window.lists.setCurrentWidget(window.events)
    qtbot.mouseClick(window.banner.cells["links"], LEFT)
    assert window.lists.currentWidget() is window.links


def test_tags_are_placed_and_removed_in_the_faceplate(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    switch = "ST103/K1/E01/Q0"
    window.choose(switch)
    tags = window.faceplate.tags
    qtbot.mouseClick(tags.place, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("Tag.Place", switch, "do not operate", "Olga")], timeout=20_000)
    tag: WireValue = {
        "id": 7,
        "kind": "do not operate",
        "element": switch,
        "holder": "Olga",
        "placed_ns": 1,
        "reference": "",
    }
    unit.put("Tags", {"tags": [tag]})
    qtbot.waitUntil(lambda: window.state.tags(switch) == "D", timeout=20_000)
    assert tags.outcome.isHidden()
    assert "tagged: do not operate (Olga)" in window.faceplate.command.hindrance.text()
    qtbot.mouseClick(tags.remove, LEFT)
    assert len(unit.writes) == 1
    qtbot.mouseClick(tags.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes[1:] == [Written("Tag.Remove", switch, 7, "Olga")], timeout=20_000)


def test_what_was_on_its_way_before_a_tag_is_told_with_it(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    words = "close ST103/K1/E01/Q0 by Ada went out before the tag"
    unit.answer(lambda variable, location, value: WriteResult(Code.OK, words))
    window.choose("ST103/K1/E01/Q0")
    tags = window.faceplate.tags
    qtbot.mouseClick(tags.place, LEFT)
    qtbot.waitUntil(lambda: tags.outcome.isVisible() and tags.outcome.text() == words, timeout=20_000)


def test_differences_from_the_scl_are_listed_with_the_dangerous_first(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    def told(severity: str, text: str, blocks: bool) -> dict[str, WireValue]:
        return {"severity": severity, "text": text, "where": "a.scd:7", "remedy": "correct it", "blocks": blocks}

    shown = [told("remark", "vendor is A", False), told("danger", "ctlModel is 4", True)]
    unit.put("Differences", {"link": "E03", "count": 102, "differences": [*shown]}, key="E03")
    page = window.differences
    qtbot.waitUntil(lambda: len(page.model.rows) == 3, timeout=20_000)
    assert page.model.rows[0].cells == ("danger", "E03", "blocked", "ctlModel is 4", "a.scd:7")
    assert "correct it" in page.model.rows[0].tip
    assert page.model.rows[2].cells[3].startswith("100 more;")
    assert window.lists.tabText(window.lists.indexOf(page)) == "Differences (1)"
    unit.put("Differences", {"link": "E03", "count": 0, "differences": []}, key="E03")
    qtbot.waitUntil(lambda: not page.model.rows, timeout=20_000)
    assert window.lists.tabText(window.lists.indexOf(page)) == "Differences"


@pytest.mark.parametrize("width_px", [1366, 1920])
def test_every_list_can_be_reached_at_every_width(window: MainWindow, width_px: int) -> None:
    window.resize(width_px, 768)
    lists = window.lists
    lists.pages.aboutToShow.emit()
    named = {action.text(): action for action in lists.pages.actions()}
    assert list(named) == [lists.tabText(index) for index in range(lists.count()) if lists.isTabVisible(index)]
    assert "Members" not in named  # this unit has none
    named["People"].trigger()
    assert lists.currentWidget() is window.people
