"""Commands without outcome are listed, and released in two steps by somebody who may operate."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.fdir.release_panel import ReleasePanel
from hmi.main_window import MainWindow
from tests.hmi.conftest import Opener
from tests.hmi.small_unit import VIEWER, SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
ONE = {7: "open ST103/K1/E02/Q0/CSWI1.Pos by FDIR (number 7)"}
TWO = {**ONE, 9: "close ST132/K1/E01/Q0/CSWI1.Pos by Olga (number 9)"}


def with_one(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> ReleasePanel:
    panel = window.fdir.releases
    assert panel.isHidden()
    unit.status(open_commands=ONE)
    qtbot.waitUntil(lambda: not panel.isHidden(), timeout=20_000)
    return panel


def test_a_command_without_outcome_is_released_in_two_steps(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = with_one(window, unit, qtbot)
    assert "open ST103/K1/E02/Q0/CSWI1.Pos by FDIR" in panel.text.text()
    assert "1 command without outcome" in window.banner.cells["mode"].text()
    qtbot.mouseClick(panel.release, LEFT)
    assert "reading the position" in panel.confirmation.question.text()
    assert unit.writes == []
    qtbot.mouseClick(panel.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("Commands.Release", "OBR", [7], "Olga")], timeout=20_000)
    unit.status()
    qtbot.waitUntil(panel.isHidden, timeout=20_000)


def test_another_command_withdraws_the_question(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = with_one(window, unit, qtbot)
    qtbot.mouseClick(panel.release, LEFT)
    unit.status(open_commands=TWO)
    qtbot.waitUntil(panel.confirmation.isHidden, timeout=20_000)
    assert unit.writes == []


def test_a_viewer_reads_them_only(open_window: Opener, unit: SmallUnit, qtbot: QtBot) -> None:
    panel = with_one(open_window(VIEWER), unit, qtbot)
    assert not panel.release.isEnabled()
