"""The two-step command through the real window and a real link: nothing but deliberate clicks operates."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hmi import operation
from hmi.command_panel import CommandPanel
from hmi.main_window import MainWindow
from hmi.operation import Stage
from hmi.widgets.command_button import CommandButton
from models.command import AddCause
from models.control_causes import CAUSES
from models.point import Dbpos
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.variables import WriteResult
from tests.hmi.conftest import Opener
from tests.hmi.small_unit import VIEWER, SmallUnit, Written

SWITCH = "ST103/K1/E01/Q0"
LEFT = Qt.MouseButton.LeftButton


def panel_for(window: MainWindow, switch: str = SWITCH) -> CommandPanel:
    window.choose(switch)
    return window.faceplate.command


def until(qtbot: QtBot, panel: CommandPanel, stage: Stage) -> None:
    qtbot.waitUntil(lambda: panel.stage is stage, timeout=20_000)


def select(qtbot: QtBot, panel: CommandPanel) -> None:
    qtbot.mouseClick(panel.select, LEFT)
    until(qtbot, panel, Stage.SELECTED)


def written(unit: SmallUnit, service: str, value: int, switch: str = SWITCH) -> Written:
    return Written(f"CSWI1.Pos.{service}", switch, value, "Olga")


def test_select_execute_and_the_word_of_the_field(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window)
    assert panel.select.text() == "Select to OPEN"
    assert not panel.execute.isEnabled()
    select(qtbot, panel)
    assert panel.target.text() == f"{SWITCH}:  CLOSED  →  OPEN"
    assert "Execute within" in panel.outcome.text()
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.DONE)
    assert unit.writes == [written(unit, "SBOw", 1), written(unit, "Oper", 1)]
    assert "confirmed by the field" in panel.outcome.text()
    assert window.state.position(SWITCH) is Dbpos.OFF


def test_nothing_is_drawn_before_the_field_says_so(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.stuck()
    panel = panel_for(window)
    select(qtbot, panel)
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.AWAITING)
    assert window.state.position(SWITCH) is Dbpos.ON
    unit.position(SWITCH, Dbpos.INTERMEDIATE)
    qtbot.waitUntil(lambda: window.state.position(SWITCH) is Dbpos.INTERMEDIATE, timeout=20_000)
    assert panel.stage is Stage.AWAITING
    unit.position(SWITCH, Dbpos.OFF)
    until(qtbot, panel, Stage.DONE)


def test_device_that_does_not_move(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(operation.LASTING_S, Stage.AWAITING, 0.3)
    unit.stuck()
    panel = panel_for(window)
    select(qtbot, panel)
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.NO_CHANGE)
    assert "has not changed" in panel.outcome.text()


@pytest.mark.parametrize("step", ["SBOw", "Oper"])
def test_refusal_is_told_in_words(window: MainWindow, unit: SmallUnit, qtbot: QtBot, step: str) -> None:
    refusal = WriteResult(Code.REFUSED, "S13: the feeder breaker is closed", int(AddCause.BLOCKED_BY_INTERLOCKING))
    unit.answer(lambda variable, location, value: refusal if variable.endswith(step) else None)
    panel = panel_for(window)
    if step == "Oper":
        select(qtbot, panel)
        qtbot.mouseClick(panel.execute, LEFT)
    else:
        qtbot.mouseClick(panel.select, LEFT)
    until(qtbot, panel, Stage.REFUSED)
    cause = CAUSES[AddCause.BLOCKED_BY_INTERLOCKING]
    assert panel.outcome.text() == f"Refused: S13: the feeder breaker is closed ({cause.name}; {cause.remedy})"
    assert not panel.execute.isEnabled()
    assert window.state.position(SWITCH) is Dbpos.ON


def test_outcome_that_nobody_knows(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    lost = WriteResult(Code.FAILED, "no answer from the device")
    unit.answer(lambda variable, location, value: lost if variable.endswith("Oper") else None)
    panel = panel_for(window)
    select(qtbot, panel)
    qtbot.mouseClick(panel.execute, LEFT)
    until(qtbot, panel, Stage.UNKNOWN)
    assert "Look at the position before anything else" in panel.outcome.text()
    assert [each.variable for each in unit.writes] == ["CSWI1.Pos.SBOw", "CSWI1.Pos.Oper"]


def test_link_that_breaks_while_selected(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window)
    select(qtbot, panel)
    unit.silence()
    until(qtbot, panel, Stage.EXPIRED)
    assert not panel.execute.isEnabled()
    assert not panel.select.isEnabled()
    unit.speak()
    qtbot.waitUntil(lambda: window.link.live, timeout=20_000)
    assert [each.variable for each in unit.writes] == ["CSWI1.Pos.SBOw"]  # nothing was sent afterwards


def test_neither_enter_nor_space_nor_double_click_operates(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window)
    select(qtbot, panel)
    targets = [window, panel, panel.execute, panel.cancel, panel.select, window.map, window.ladder, window.navigator]
    for target in targets:
        target.setFocus()
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            QTest.keyClick(target, key)
    at = window.map.screen_of(SWITCH)
    assert at is not None
    qtbot.mouseDClick(window.map, LEFT, pos=QPoint(round(at[0]), round(at[1])))
    qtbot.mouseDClick(panel.execute, LEFT)  # the second press of a double click
    assert [each.variable for each in unit.writes] == ["CSWI1.Pos.SBOw"]
    assert panel.stage is Stage.SELECTED


def test_execute_is_elsewhere_than_select(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window)
    select(qtbot, panel)
    assert not panel.execute.geometry().intersects(panel.select.geometry().adjusted(-20, 0, 20, 0))
    assert panel.execute.geometry().left() > panel.select.geometry().right()


def test_countdown_ends_a_selection_and_gives_it_back(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(operation.LASTING_S, Stage.SELECTED, 0.3)
    panel = panel_for(window)
    qtbot.mouseClick(panel.select, LEFT)
    until(qtbot, panel, Stage.EXPIRED)
    qtbot.waitUntil(lambda: len(unit.writes) == 2, timeout=20_000)
    assert unit.writes == [written(unit, "SBOw", 1), written(unit, "Cancel", 1)]
    assert "the time is over" in panel.outcome.text()


@pytest.mark.parametrize("leave", ["cancel", "other switch", "nothing"])
def test_leaving_cancels(window: MainWindow, unit: SmallUnit, qtbot: QtBot, leave: str) -> None:
    panel = panel_for(window)
    select(qtbot, panel)
    if leave == "cancel":
        qtbot.mouseClick(panel.cancel, LEFT)
    else:
        window.choose("ST41/K1/E01/Q0" if leave == "other switch" else "")
    qtbot.waitUntil(lambda: len(unit.writes) == 2, timeout=20_000)
    assert unit.writes[1] == written(unit, "Cancel", 1)
    assert panel.stage is Stage.IDLE


def test_position_that_changes_meanwhile_ends_the_selection(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = panel_for(window)
    select(qtbot, panel)
    unit.position(SWITCH, Dbpos.INTERMEDIATE)
    until(qtbot, panel, Stage.EXPIRED)
    assert "the position has changed" in panel.outcome.text()
    qtbot.waitUntil(lambda: unit.writes[-1].variable == "CSWI1.Pos.Cancel", timeout=20_000)


@pytest.mark.parametrize(
    ("position", "quality", "why"),
    [
        (Dbpos.OFF, 0x81, "the position is invalid, old"),
        (Dbpos.OFF, 0x400, "the position is substituted"),
        (Dbpos.INTERMEDIATE, 0, "the position is intermediate"),
        (Dbpos.BAD, 0, "the position is invalid"),
    ],
)
def test_nothing_is_operated_on_doubt(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot, position: Dbpos, quality: int, why: str
) -> None:
    panel = panel_for(window)
    unit.position(SWITCH, position, quality)
    qtbot.waitUntil(lambda: panel.hindrance.text() == why, timeout=20_000)
    assert not panel.select.isEnabled()


def test_local_operation_only(window: MainWindow) -> None:
    panel = panel_for(window, "OBR1/K1/E03/Q8")
    assert panel.hindrance.text() == "operated at the station only: no remote control"
    assert not panel.select.isEnabled()


def test_viewer_does_not_operate(open_window: Opener) -> None:
    panel = panel_for(open_window(VIEWER))
    assert panel.hindrance.text() == "the role VIEWER does not operate"
    assert not panel.select.isEnabled()


def test_every_button_of_the_window_is_deaf_to_keys(window: MainWindow) -> None:
    from PyQt6.QtWidgets import QPushButton

    buttons = window.findChildren(QPushButton)
    assert len(buttons) > 10
    assert [button.text() for button in buttons if not isinstance(button, CommandButton)] == []
    assert [b.text() for b in buttons if b.isDefault() or b.autoDefault()] == []


def test_what_the_rules_say_stands_there_before_anybody_selects(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    said: list[WireValue] = [
        {"rule": "S13", "text": "carries load", "cause": "blocked by process", "remedy": "wait"},
        {"rule": "S17", "text": "tagged", "cause": "blocked by interlocking", "remedy": ""},
    ]
    unit.put("Interlocking", {"open": said, "close": [], "remote": True, "held": ""}, SWITCH)
    panel = panel_for(window)
    qtbot.waitUntil(lambda: panel.why_not.rules.isVisible(), timeout=20_000)
    assert panel.why_not.title.text() == "OPEN would be refused by 2 rules:"
    assert panel.why_not.rules.text().splitlines() == [
        "S13: carries load [blocked by process: wait]",
        "S17: tagged [blocked by interlocking]",
    ]
    assert panel.select.isEnabled()  # the gate decides, when it is asked
    unit.position(SWITCH, Dbpos.OFF)
    qtbot.waitUntil(lambda: panel.why_not.title.text() == "no rule forbids CLOSE now", timeout=20_000)
    assert not panel.why_not.rules.isVisible()
