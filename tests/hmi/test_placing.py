"""What is placed from a diagram is stated first; whoever cancels has placed nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from hmi.placing_menu import PlacingMenu
from models.network.elements import SwitchKind
from models.point import PointName
from models.switching import CrewAct, CrewTask, StepState
from tests.hmi.orders import executing
from tests.hmi.small_unit import SmallUnit, Written
from tests.hmi.test_people import placement

LEFT = Qt.MouseButton.LeftButton
LINE = "L003/W003"
NEAR, FAR = "ST221/K1/E02/N1", "ST239/K1/E01/N1"


def act(menu: QMenu | None, title: str) -> None:
    """Choose an entry, of a submenu too."""
    assert menu is not None
    entries = [*menu.actions(), *(each for part in menu.findChildren(QMenu) for each in part.actions())]
    next(each for each in entries if each.text() == title).trigger()


def choose(placing: PlacingMenu, key: str, words: str) -> None:
    box = placing.form.field(key)
    assert isinstance(box, QComboBox)
    assert box.findText(words) >= 0, [box.itemText(index) for index in range(box.count())]
    box.setCurrentIndex(box.findText(words))


def write(placing: PlacingMenu, key: str, text: str) -> None:
    edit = placing.form.field(key)
    assert isinstance(edit, QLineEdit)
    edit.setText(text)


@pytest.mark.parametrize("way", ["cancel", "escape", "closed"])
def test_cancel_places_nothing(window: MainWindow, unit: SmallUnit, qtbot: QtBot, way: str) -> None:
    placing = window.placing
    switch = next(each.id for each in unit.network.switches if each.kind is not SwitchKind.EARTHING_SWITCH)
    asked = [(LINE, each) for each in ("Place: earth", "Place: cut", "Place: mobile generator", "work permit")]
    asked += [(LINE, "Place: jumper between two nodes"), (switch, "Place: jumper past the switch")]
    asked += [(switch, "Place: position open")]
    for element, title in asked:
        act(placing.menu(element), title)
        assert placing.form.isVisible()
        for key in placing.form.keys:
            if isinstance(placing.form.field(key), QLineEdit):
                write(placing, key, "P-7")
        qtbot.keyClick(placing.form, Qt.Key.Key_Return)
        assert placing.form.isVisible()  # Enter confirms nothing
        if way == "cancel":
            qtbot.mouseClick(placing.form.cancel, LEFT)
        elif way == "escape":
            qtbot.keyClick(placing.form, Qt.Key.Key_Escape)
        else:
            placing.form.close()
        assert not placing.form.isVisible()
        placing.form.confirm.click()  # what was asked is forgotten
    act(placing.menu(LINE), "caution")  # a later write arrives alone
    wanted = Written("Tag.Place", LINE, {"kind": "caution"}, "Olga")
    qtbot.waitUntil(lambda: bool(unit.writes), timeout=20_000)
    assert unit.writes == [wanted]


def test_ends_of_cuts_and_jumpers_are_chosen(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    placing = window.placing
    act(placing.menu(LINE), "Place: cut")
    choose(placing, "other", f"at {FAR}")
    write(placing, "reference", "P-7")
    qtbot.mouseClick(placing.form.confirm, LEFT)
    cut = {**placement(7, "cut", LINE), "other": FAR}
    unit.put("Placements", {"placements": [cut, placement(8, "earth", "placed/7/end")]})
    qtbot.waitUntil(
        lambda: window.state.tags(LINE) in ("XE", "EX"), timeout=20_000
    )  # its loose end is shown by the line
    act(placing.menu(LINE), "Place: jumper across the cut placed/7")
    qtbot.mouseClick(placing.form.confirm, LEFT)
    act(placing.menu(LINE), "Place: jumper between two nodes")
    choose(placing, "at", NEAR)
    choose(placing, "other", "placed/7/end")
    qtbot.mouseClick(placing.form.confirm, LEFT)
    act(placing.menu("ST221"), "Place: mobile generator")
    choose(placing, "at", NEAR)
    power = placing.form.field("rated_power_kw")
    assert isinstance(power, QDoubleSpinBox)
    power.setValue(250.0)
    qtbot.mouseClick(placing.form.confirm, LEFT)
    qtbot.waitUntil(lambda: len(unit.writes) == 4, timeout=20_000)
    assert [(each.location, each.value) for each in unit.writes] == [
        (LINE, {"kind": "cut", "reference": "P-7", "other": FAR}),
        (FAR, {"kind": "jumper", "reference": "", "other": "placed/7/end"}),
        (NEAR, {"kind": "jumper", "reference": "", "other": "placed/7/end"}),
        (NEAR, {"kind": "mobile generator", "reference": "", "rated_power_w": 250_000.0}),
    ]


def test_what_is_required_is_stated_before_anything_is_written(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    placing, switch = window.placing, unit.network.switches[5].id
    act(placing.menu(switch), "Place: position open")
    assert not placing.form.confirm.isEnabled()
    write(placing, "reference", "Bo, seen on the spot")
    assert placing.form.confirm.isEnabled()
    unit.silence()
    qtbot.waitUntil(lambda: not placing.form.isVisible(), timeout=20_000)  # a lost link withdraws the question
    assert not unit.writes


def test_a_crew_is_done_when_it_says_so_and_not_when_cancelled(
    window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    order = executing(2)
    step = replace(order.steps[2], point=PointName(order.steps[2].element, "Crew"), value=CrewTask(CrewAct.PLACE_EARTH))
    unit.order(replace(order, steps=(*order.steps[:2], replace(step, state=StepState.EXECUTING), *order.steps[3:])))
    panel = window.fdir.orders
    qtbot.waitUntil(lambda: panel.order is not None, timeout=20_000)
    qtbot.mouseClick(panel.buttons["Crew done"], LEFT)
    edit = panel.crew.field("name")
    assert isinstance(edit, QLineEdit)
    assert not panel.crew.confirm.isEnabled()
    edit.setText("Bo")
    qtbot.mouseClick(panel.crew.cancel, LEFT)
    assert not panel.crew.isVisible()
    qtbot.mouseClick(panel.buttons["Crew done"], LEFT)
    again = panel.crew.field("name")
    assert isinstance(again, QLineEdit)
    assert not again.text()
    again.setText("Cem")
    qtbot.mouseClick(panel.crew.confirm, LEFT)
    qtbot.waitUntil(lambda: bool(unit.writes), timeout=20_000)
    (written,) = unit.writes
    assert isinstance(written.value, dict)
    assert (written.variable, written.value["step"], written.value["name"]) == ("Order.CrewDone", 3, "Cem")
