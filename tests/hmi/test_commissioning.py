"""The list of what is set aside for commissioning: shown with who and why, ended after a second step."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from models.wire.cbor import WireValue

from .small_unit import SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
PLACE = "ST103/K1/E01"
INHIBITION: dict[str, WireValue] = {
    "id": 3,
    "place": f"{PLACE}/Q0/CSWI1.Pos",
    "kind": "suppressed",
    "holder": "Olga",
    "reason": "relay test",
    "placed_ns": 1_795_000_000_000_000_000,
    "until_ns": 1_795_003_600_000_000_000,
}
TEST: dict[str, WireValue] = {
    "id": 1,
    "scope": PLACE,
    "holder": "Olga",
    "started_ns": 1,
    "ended_ns": None,
    "tally": {},
    "open": 4,
    "passed": False,
}


def test_what_is_set_aside_is_listed_and_ended(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    shown = window.commissioning
    unit.put("Inhibitions", {"inhibitions": [INHIBITION]})
    unit.put("PointTests", TEST, key="1")
    substitution = {"location": f"{PLACE}/Q0", "variable": "CSWI1.Pos", "value": 1, "holder": "Bo", "reason": "broken"}
    unit.put("Substitutions", {"substitutions": [{**substitution, "placed_ns": 1}]})
    qtbot.waitUntil(lambda: len(shown.model.rows) == 3, timeout=20_000)
    rows = {row.cells[0]: row.cells[1:] for row in shown.model.rows}
    assert rows["alarm suppressed"][:2] == (f"{PLACE}/Q0/CSWI1.Pos", "Olga")
    assert rows["alarm suppressed"][3] == "relay test"
    assert rows["point-to-point test"] == (PLACE, "Olga", "4 not tested", "test 1")
    assert rows["value substituted"][0] == f"{PLACE}/Q0/CSWI1.Pos"
    row = [each.cells[0] for each in shown.model.rows].index("alarm suppressed")
    shown.view.setCurrentIndex(shown.model.index(row, 0))
    qtbot.mouseClick(shown.end, LEFT)
    assert unit.writes == []
    qtbot.mouseClick(shown.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("Inhibit.Lift", f"{PLACE}/Q0", 3, "Olga")], timeout=20_000)
    unit.put("Inhibitions", {"inhibitions": []})
    unit.put("PointTests", {**TEST, "ended_ns": 5}, key="1")
    qtbot.waitUntil(lambda: len(shown.model.rows) == 1, timeout=20_000)


def _point(variable: str, **more: WireValue) -> WireValue:
    plain: dict[str, WireValue] = {
        "number": 1,
        "location": f"{PLACE}/Q0",
        "variable": variable,
        "kind": "DPC",
        "address": "104",
        "commandable": True,
        "verdict": "not tested",
        "look": None,
        "note": "",
        "tester": "",
        "said_ns": None,
        "command": "",
    }
    return {**plain, **more}


def test_words_are_given_point_by_point(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = window.commissioning.points
    unit.put("PointTest.Points", {**TEST, "points": [_point("CSWI1.Pos"), _point("XCBR1.Loc")]}, "OBR/tests/1")
    unit.put("PointTests", TEST, key="1")
    window.lists.setCurrentWidget(window.commissioning)
    window.commissioning.parts.setCurrentWidget(panel)
    qtbot.waitUntil(lambda: panel.now.text().startswith("now: "), timeout=20_000)
    assert [row.cells[5] for row in panel.model.rows] == ["word, command"] * 2
    assert panel.words["seen"].isEnabled()
    panel.note.setText("closed on site")
    qtbot.mouseClick(panel.words["wrong"], LEFT)
    said: WireValue = {"test": 1, "variable": "CSWI1.Pos", "verdict": "wrong", "note": "closed on site"}
    qtbot.waitUntil(lambda: unit.writes == [Written("PointTest.Say", f"{PLACE}/Q0", said, "Olga")], timeout=20_000)
    qtbot.waitUntil(lambda: panel.now.text() == "has never been received", timeout=20_000)  # the next one
    assert not panel.words["seen"].isEnabled()
    look: WireValue = {"value": "off", "quality": "good", "time_ns": None, "arrival_ns": 1}
    told = _point("CSWI1.Pos", verdict="wrong", look=look, note="closed on site", tester="Olga", command="tried")
    unit.put("PointTest.Points", {**TEST, "points": [told, _point("XCBR1.Loc")]}, "OBR/tests/1")
    unit.put("PointTests", {**TEST, "open": 3}, key="1")
    qtbot.waitUntil(lambda: panel.model.rows[0].cells[2:6] == ("wrong", "off", "Olga", ""), timeout=20_000)


def test_a_test_is_started_by_its_scope(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = window.commissioning.points
    window.lists.setCurrentWidget(window.commissioning)
    window.commissioning.parts.setCurrentWidget(panel)
    assert not panel.start.isEnabled()
    panel.scope.setText(f" {PLACE} ")
    qtbot.mouseClick(panel.start, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("PointTest.Start", "OBR", PLACE, "Olga")], timeout=20_000)
