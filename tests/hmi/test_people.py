"""People at the window: what is placed, who has control, what waits for a second operator."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from models.point import Dbpos
from models.wire.cbor import WireValue
from tests.hmi.small_unit import SmallUnit, Written

UNIT = "OBR"


def placement(number: int, kind: str, element: str) -> dict[str, WireValue]:
    return {
        "id": number, "kind": kind, "element": element, "other": "", "holder": "Bo", "placed_ns": 1,
        "reference": "P-3", "rated_power_w": 0.0,
    }  # fmt: skip


def test_what_people_do_is_listed_and_drawn(unit: SmallUnit, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    line, switch = unit.network.lines[3].id, unit.network.switches[5].id
    unit.put("Placements", {"placements": [placement(7, "earth", line), placement(8, "position open", switch)]})
    unit.put(
        "Authority",
        {"level": "station", "holder": "Bo", "since_ns": 1, "asked_by": "Olga", "asked_why": "night"},
    )  # fmt: skip
    waiting: WireValue = {"number": 4, "who": "Bo", "what": "close X", "location": switch, "until_ns": 5}
    unit.put("SecondOperators", {"waiting": [waiting]})
    qtbot.waitUntil(lambda: len(window.people.model.rows) == 3, timeout=20_000)
    assert (window.state.tags(line), window.state.tags(switch)) == ("E", "M")
    assert "Bo (station), Olga asks for it" in window.people.holder.text()
    window.banner.refresh()
    told = window.banner.cells["people"]
    assert "1 await a second operator" in told.toolTip()  # all of it, whatever room the line has
    window.lists.setCurrentWidget(window.people)
    window.choose(line)
    window.map.zoom_to(line)
    picture = tmp_path / "people.png"
    assert window.grab().save(str(picture))
    menu = window.placing.menu(line)
    assert menu is not None
    assert [action.text() for action in menu.actions()][2:] == [
        "Place: earth", "Place: cut", "Place: mobile generator", "Place: jumper between two nodes",
    ]  # fmt: skip
    window.people.buttons["Agree ..."].click()
    window.people.confirmation.confirm.click()
    qtbot.waitUntil(lambda: Written("SecondOperator.Agree", UNIT, 4, "Olga") in unit.writes, timeout=20_000)
    assert window.state.position(switch) in tuple(Dbpos)
