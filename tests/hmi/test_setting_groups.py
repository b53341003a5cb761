"""The setting group of each device: what is active, and its switching in two steps."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from hmi.operation import Stage

from .small_unit import SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
GROUP, BARE = ("OBR1/K1/E03", "LLN0.ActSG"), ("B1/LD0", "LLN0.ActSG")


def test_the_active_group_is_shown_and_switched_wherever_the_device_stands(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    described = [
        {
            "location": location,
            "variable": variable,
            "steps": False,
            "whole": True,
            "unit": "",
            "least": 1,
            "greatest": 3,
        }
        for location, variable in (GROUP, BARE)
    ]
    unit.more_of_model(regulated=described, regulation_s=5.0)
    unit.put(BARE[1], 1, BARE[0])
    unit.silence()
    unit.speak()  # a unit that tells another model has started anew
    shown = window.setting_groups
    window.lists.setCurrentWidget(shown)
    qtbot.waitUntil(lambda: [row.cells[:3] for row in shown.model.rows] == [
        ("B1/LD0", "1", "3"), ("OBR1/K1/E03", "not known", "3"),
    ], timeout=20_000)  # fmt: skip
    viewport = shown.view.viewport()
    assert viewport is not None
    qtbot.mouseClick(viewport, LEFT, pos=shown.view.visualRect(shown.model.index(0, 0)).center())
    panel = shown.panel
    assert panel.isVisible()
    panel.edit.setText("2")
    qtbot.mouseClick(panel.select, LEFT)
    qtbot.waitUntil(lambda: panel.stage is Stage.SELECTED, timeout=20_000)
    qtbot.mouseClick(panel.execute, LEFT)
    qtbot.waitUntil(lambda: Written("LLN0.ActSG.Oper", "B1/LD0", 2, "Olga") in unit.writes, timeout=20_000)
