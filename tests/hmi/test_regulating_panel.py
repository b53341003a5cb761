"""Steps and set-points through the real window and a real link: two deliberate steps, nothing on doubt, no repeats."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hmi import operation
from hmi.main_window import MainWindow
from hmi.operation import Stage
from hmi.regulating_panel import RegulatingPanel
from models.command import AddCause
from models.control_causes import CAUSES
from models.point import PointName
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.variables import WriteResult
from tests.hmi.conftest import Opener
from tests.hmi.small_unit import VIEWER, SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
TAP = PointName("OBR1/T1", "YLTC1.TapChg")
LIMIT = PointName("ST0/K1/G1", "DWMX1.WLimSpt")
REGULATED: WireValue = [
    {"location": "OBR1/T1", "variable": "YLTC1.TapChg", "steps": True, "whole": True, "unit": "", "least": -9,
     "greatest": 9},
    {"location": "ST0/K1/G1", "variable": "DWMX1.WLimSpt", "steps": False, "whole": False, "unit": "W", "least": 0.0,
     "greatest": 61_000.0},
]  # fmt: skip


@pytest.fixture
def unit(unit: SmallUnit) -> Iterator[SmallUnit]:
    """With a tap changer and a set-point."""
    unit.more_of_model(regulated=REGULATED, regulation_s=5.0)
    unit.put(TAP.variable, 3, TAP.location)
    unit.put(LIMIT.variable, 61_000.0, LIMIT.location)
    unit.put("LLN0.Loc", False, "OBR1")
    unit.put("ATCC1.Auto", False, TAP.location)
    return unit


def confirm(unit: SmallUnit) -> None:
    """The tap changer moves as it is told, and the unit says so as the gate does."""

    def answer(variable: str, location: str, value: WireValue) -> WriteResult | None:
        if variable == f"{TAP.variable}.Oper":
            unit.put_later(TAP.variable, 3 + (1 if value == 2 else -1), location)
            return WriteResult(Code.OK, f"feedback confirmed: {3 + (1 if value == 2 else -1)}")
        return None

    unit.answer(answer)


def panel_for(window: MainWindow, qtbot: QtBot, name: PointName = TAP) -> RegulatingPanel:
    """Chosen as an operator does: the station, then the row that is marked."""
    face = window.faceplate
    window.choose(name.location.partition("/")[0])
    key = str(name)
    qtbot.waitUntil(lambda: key in [row.key for row in face.values.rows], timeout=20_000)
    place = next(number for number, row in enumerate(face.values.rows) if row.key == key)
    assert "⇅" in face.values.rows[place].cells[0]
    assert face.hint.isVisible()
    face.view.scrollTo(face.values.index(place, 0))
    viewport = face.view.viewport()
    assert viewport is not None
    qtbot.mouseClick(viewport, LEFT, pos=face.view.visualRect(face.values.index(place, 0)).center())
    assert face.regulating.isVisible()
    return face.regulating


def until(qtbot: QtBot, panel: RegulatingPanel, stage: Stage) -> None:
    qtbot.waitUntil(lambda: panel.stage is stage, timeout=20_000)


def select(qtbot: QtBot, panel: RegulatingPanel) -> None:
    qtbot.mouseClick(panel.up, LEFT)
    until(qtbot, panel, Stage.SELECTED)


def written(service: str, value: WireValue, name: PointName = TAP) -> Written:
    return Written(f"{name.variable}.{service}", name.location, value, "Olga")


def test_a_step_is_selected_executed_and_done_when_the_unit_says_so(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    confirm(unit)
    panel = panel_for(window, qtbot)
    assert panel.present.text().startswith("3  since ")
    assert panel.present.text().endswith("UTC, good;  range -9 to 9")
    assert panel.authority.text() == "control: remote;  tap control: manual"
    assert not panel.execute.isEnabled()
    assert not window.faceplate.command.isVisible()
    select(qtbot, panel)
    assert panel.target.text() == "OBR1/T1 Tap position:  3  →  4"
    assert panel.execute.text() == "Execute RAISE"
    assert unit.writes == [written("SBOw", 2)]
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.DONE)
    assert unit.writes == [written("SBOw", 2), written("Oper", 2)]
    assert panel.outcome.text() == "Done: feedback confirmed: 4"
    qtbot.waitUntil(lambda: panel.present.text().startswith("4  since "), timeout=20_000)


def test_a_set_point_is_entered_in_the_unit_that_people_read(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window, qtbot, LIMIT)
    assert "range 0 to 61 kW" in panel.present.text()
    assert not panel.select.isEnabled()
    for entered, fault in (
        ("62", "outside of 0 to 61 kW"),
        ("-1", "outside of 0 to 61 kW"),
        ("12,5", "write a number such as 12.5"),
        ("nan", "write a number such as 12.5"),
        ("12.5", ""),
    ):
        panel.edit.setText(entered)
        assert panel.hindrance.text() == fault
        assert panel.select.isEnabled() == (not fault)
    qtbot.mouseClick(panel.select, LEFT)
    until(qtbot, panel, Stage.SELECTED)
    assert not panel.edit.isEnabled()
    assert panel.target.text() == "ST0/K1/G1 Power limit:  61 kW  →  12.5 kW"
    assert panel.execute.text() == "Execute SET 12.5 kW"
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.DONE)
    assert unit.writes == [written("SBOw", 12_500.0, LIMIT), written("Oper", 12_500.0, LIMIT)]


@pytest.mark.parametrize("step", ["SBOw", "Oper"])
def test_a_refusal_is_told_with_its_rule(window: MainWindow, unit: SmallUnit, qtbot: QtBot, step: str) -> None:
    refusal = WriteResult(Code.REFUSED, "S18: automatic voltage control holds OBR1/T1", int(AddCause.BLOCKED_BY_MODE))
    unit.answer(lambda variable, location, value: refusal if variable.endswith(step) else None)
    panel = panel_for(window, qtbot)
    if step == "Oper":
        select(qtbot, panel)
        qtbot.mouseClick(panel.execute, LEFT)
    else:
        qtbot.mouseClick(panel.up, LEFT)
    until(qtbot, panel, Stage.REFUSED)
    cause = CAUSES[AddCause.BLOCKED_BY_MODE]
    assert (
        panel.outcome.text() == f"Refused: S18: automatic voltage control holds OBR1/T1 ({cause.name}; {cause.remedy})"
    )
    assert not panel.execute.isEnabled()


def test_an_outcome_that_nobody_knows_stays_so_whatever_the_value_becomes(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    lost = WriteResult(Code.FAILED, "accepted, but the feedback did not follow within 30 s")
    unit.answer(lambda variable, location, value: lost if variable.endswith("Oper") else None)
    panel = panel_for(window, qtbot)
    select(qtbot, panel)
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.UNKNOWN)
    assert panel.outcome.text().startswith("OUTCOME UNKNOWN: accepted, but the feedback did not follow")
    unit.put(TAP.variable, 4, TAP.location)
    qtbot.waitUntil(lambda: panel.present.text().startswith("4  since "), timeout=20_000)
    assert panel.stage is Stage.UNKNOWN
    assert [each.variable for each in unit.writes] == [f"{TAP.variable}.SBOw", f"{TAP.variable}.Oper"]


def test_a_link_that_breaks_after_execute_leaves_the_outcome_unknown(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    panel = panel_for(window, qtbot)
    select(qtbot, panel)
    unit.hold()
    qtbot.mouseClick(panel.execute, LEFT)
    window.link._socket.abort()  # noqa: SLF001 - the cable is pulled
    until(qtbot, panel, Stage.UNKNOWN)
    unit.let_go()
    assert not panel.up.isEnabled()


def test_the_value_that_changes_and_the_time_that_ends_give_a_selection_back(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = panel_for(window, qtbot)
    select(qtbot, panel)
    unit.put(TAP.variable, 2, TAP.location)
    until(qtbot, panel, Stage.EXPIRED)
    assert "the value has changed" in panel.outcome.text()
    monkeypatch.setitem(operation.LASTING_S, Stage.SELECTED, 0.3)
    qtbot.mouseClick(panel.down, LEFT)
    until(qtbot, panel, Stage.SELECTED)
    until(qtbot, panel, Stage.EXPIRED)
    assert "the time is over" in panel.outcome.text()
    cancelled = [written("SBOw", 2), written("Cancel", 2), written("SBOw", 1), written("Cancel", 1)]
    qtbot.waitUntil(lambda: unit.writes == cancelled, timeout=20_000)


@pytest.mark.parametrize("leave", ["cancel", "other point", "switch", "nothing"])
def test_leaving_cancels(window: MainWindow, unit: SmallUnit, qtbot: QtBot, leave: str) -> None:
    panel = panel_for(window, qtbot)
    select(qtbot, panel)
    if leave == "cancel":
        qtbot.mouseClick(panel.cancel, LEFT)
    elif leave == "other point":
        window.go_to(LIMIT.location)
        assert panel.point is not None
        assert panel.point.name == LIMIT
    else:
        window.choose("ST103/K1/E01/Q0" if leave == "switch" else "")
        assert not panel.isVisible()
    qtbot.waitUntil(lambda: unit.writes[1:] == [written("Cancel", 2)], timeout=20_000)


def test_nothing_is_regulated_on_doubt_or_beyond_the_range(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window, qtbot)
    for value, quality, why in (
        (3, 0x81, "the value is invalid, old: it is not regulated blindly"),
        (3, 0x400, "the value is substituted: it is not regulated blindly"),
        ("three", 0, "no value from the field: it is not regulated blindly"),
    ):
        unit.put(TAP.variable, value, TAP.location, quality)
        qtbot.waitUntil(lambda why=why: panel.hindrance.text() == why, timeout=20_000)
        assert not panel.up.isEnabled()
        assert not panel.down.isEnabled()
    unit.put(TAP.variable, 9, TAP.location)
    qtbot.waitUntil(lambda: panel.hindrance.text() == "the highest position is reached", timeout=20_000)
    assert (panel.up.isEnabled(), panel.down.isEnabled()) == (False, True)


def test_authority_and_tags_are_shown(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window, qtbot)
    unit.put("LLN0.Loc", True, "OBR1")
    unit.put("ATCC1.Auto", True, TAP.location)
    tag = {"id": 4, "kind": "work permit", "element": TAP.location, "holder": "Bo", "placed_ns": 1, "reference": ""}
    unit.put("Tags", {"tags": [tag]})
    words = "control: LOCAL at OBR1;  tap control: AUTOMATIC\ntagged: work permit (Bo)"
    qtbot.waitUntil(lambda: panel.authority.text() == words, timeout=20_000)
    assert panel.authority.property("tone") == "alarm"


def test_neither_keys_nor_double_clicks_regulate(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window, qtbot)
    select(qtbot, panel)
    for target in (window, panel, panel.execute, panel.cancel, panel.up, panel.edit, window.faceplate.view):
        target.setFocus()
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            QTest.keyClick(target, key)
    QTest.mouseDClick(panel.execute, LEFT, pos=QPoint(5, 5))
    assert unit.writes == [written("SBOw", 2)]
    assert panel.stage is Stage.SELECTED
    assert not panel.execute.geometry().intersects(panel.up.geometry().adjusted(-20, 0, 20, 0))


def test_a_viewer_sees_and_regulates_nothing(open_window: Opener, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(open_window(VIEWER), qtbot)
    assert panel.hindrance.text() == "the role VIEWER does not operate"
    assert not panel.up.isEnabled()


def test_a_search_for_a_tap_changer_opens_its_panel(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    window.navigator.setText("OBR1/T1")
    began = time.monotonic()
    window.navigator.returnPressed.emit()
    panel = window.faceplate.regulating
    qtbot.waitUntil(lambda: panel.isVisible() and panel.present.text().startswith("3"), timeout=20_000)
    assert window.faceplate.element == "OBR1"
    assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("name", [TAP, LIMIT])
def test_a_click_on_the_symbol_of_transformer_or_generator_opens_its_panel(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, name: PointName
) -> None:
    face = window.faceplate
    window.choose(name.location.partition("/")[0])
    symbol = next(each for each in face.single_line.diagram.stations if each.leads_to == name.location)
    face.single_line.grab()  # fits the diagram to the widget
    x, y = face.single_line._camera.to_screen(symbol.at)  # noqa: SLF001 - where it is painted
    qtbot.mouseClick(face.single_line, LEFT, pos=QPoint(round(x), round(y)))
    assert face.regulating.isVisible()
    assert face.regulating.point is not None
    assert face.regulating.point.name == name
