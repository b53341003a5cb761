"""Unexplained trips and parallels are listed; a trip is examined by a statement after a second step."""

from __future__ import annotations

import time

from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from models.wire.messages import Code
from substation.exchange.variables import WriteResult

from .small_unit import SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
FEEDER = "OBR1/K1/E04"
NS = 1_000_000_000


def test_a_trip_is_examined_by_a_statement(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    shown = window.watched
    unit.put("Trips", [{"feeder": FEEDER, "tripped_ns": 1_795_000_000 * NS}])
    qtbot.waitUntil(lambda: len(shown.model.rows) == 1, timeout=20_000)
    assert shown.model.rows[0].cells[:2] == ("unexplained trip", FEEDER)
    assert window.lists.tabText(window.lists.indexOf(shown)).endswith("(1)")
    assert not shown.examined.isEnabled()
    shown.statement.setText(" a crane, gone ")
    assert shown.examined.isEnabled()
    unit.answer(lambda *_: WriteResult(Code.REFUSED, "S20: a market service examines no trip"))
    qtbot.mouseClick(shown.examined, LEFT)
    assert unit.writes == []
    qtbot.mouseClick(shown.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: "S20" in shown.outcome.text(), timeout=20_000)
    assert unit.writes == [Written("Trip.Examined", FEEDER, "a crane, gone", "Olga")]
    unit.put("Trips", [])
    qtbot.waitUntil(lambda: not shown.model.rows, timeout=20_000)
    assert not shown.statement.isEnabled()


def test_a_parallel_shows_the_time_that_is_left(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    shown = window.watched
    now_ns = time.time_ns()
    over = {"where": "ST1/K1/E02/Q0", "since_ns": now_ns - 900 * NS, "until_ns": now_ns - 600 * NS}
    unit.put("Parallels", [{**over, "until_ns": now_ns + 3600 * NS}, over])
    qtbot.waitUntil(lambda: len(shown.model.rows) == 2, timeout=20_000)
    assert "min left" in shown.model.rows[0].cells[3]
    assert "is over" in shown.model.rows[1].cells[3]
    assert not shown.examined.isEnabled()
