"""The window as a whole: drawn from the model, recoloured, hatched when the link is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from hmi.diagram.shapes import along
from hmi.diagram.view import DiagramView
from hmi.link import LinkState
from hmi.main_window import MainWindow
from hmi.theme import LIGHT
from models.point import Dbpos
from tests.hmi.small_unit import SmallUnit

BREAKER = "OBR1/K1/E03/Q0"


def colours_along(view: DiagramView, line: str) -> set[str]:
    """What is painted at some places of a line, away from its ends."""
    conductor = next(each for each in view.diagram.conductors if each.element == line)
    image = view.grab().toImage()
    found = set()
    for index in range(1, 40):
        place, _ = along(conductor.points, index / 88 * 1e9) if index > 40 else along(conductor.points, index * 20.0)
        x, y = view.camera.to_screen(place)
        found.add(QColor(image.pixel(QPoint(round(x), round(y)))).name())
    return found


def test_map_is_drawn_from_the_model(window: MainWindow, unit: SmallUnit) -> None:
    diagram = window.map.diagram
    stations = {each.name for each in diagram.stations if each.name}
    assert stations == {
        node.station for node in unit.network.nodes if node.station and not node.station.startswith("E")
    }
    assert {each.element for each in diagram.conductors} == {line.id for line in unit.network.lines}
    assert len(diagram.switches) == 318 + 4 * 2  # load-break switches, and breaker and disconnector of each feeder


def test_ladder_holds_every_line_and_station(window: MainWindow, unit: SmallUnit) -> None:
    diagram = window.ladder.diagram
    assert {line.id for line in unit.network.lines} <= {each.element for each in diagram.conductors}
    places = [each.at for each in diagram.stations]
    assert len(set(places)) == len(places)
    assert sum(each.tie for each in diagram.conductors) == 6


def test_change_of_energisation_recolours(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    line = unit.network.lines[100].id
    before = window.state.energisation(line)
    assert before.startswith("energised:")
    window.map.zoom_to(line, 20)
    colour = LIGHT.sources[["OBR1/T1", "OBR2/T1"].index(before.partition(":")[2])]
    assert colour in colours_along(window.map, line)
    for feeder in unit.network.feeders:
        unit.position(feeder.breaker, Dbpos.OFF)
    qtbot.waitUntil(lambda: window.state.energisation(line) == "dead", timeout=20_000)
    qtbot.waitUntil(lambda: colour not in colours_along(window.map, line), timeout=20_000)


def test_positions_reach_the_diagrams(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    assert window.state.position(BREAKER) is Dbpos.ON
    unit.position(BREAKER, Dbpos.OFF)
    qtbot.waitUntil(lambda: window.state.position(BREAKER) is Dbpos.OFF, timeout=20_000)
    assert window.state.off_normal() == [BREAKER]
    qtbot.waitUntil(lambda: window.off_normal.model.rowCount() == 1, timeout=20_000)
    assert "off normal: 1" in window.banner.cells["normal"].text()
    unit.position(BREAKER, Dbpos.OFF, quality=0x81)
    qtbot.waitUntil(lambda: window.state.position(BREAKER) is Dbpos.BAD, timeout=20_000)


@pytest.mark.parametrize("switch", [BREAKER, "ST103/K1/E01/Q0"])
def test_a_click_chooses_the_switch(window: MainWindow, qtbot: QtBot, switch: str) -> None:
    from PyQt6.QtCore import Qt

    window.map.zoom_to(switch, 20)
    at = window.map.screen_of(switch)
    assert at is not None
    qtbot.mouseClick(window.map, Qt.MouseButton.LeftButton, pos=QPoint(round(at[0]), round(at[1])))
    assert window.faceplate.element == switch
    assert window.map.selected == window.ladder.selected == switch


def test_lost_link_is_hatched_within_two_seconds(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    assert window.veil.isHidden()
    unit.silence()
    qtbot.waitUntil(window.veil.isVisible, timeout=2000)
    assert "values frozen at 20" in window.veil.frozen_text
    assert not window.link.live
    window.faceplate.show_element(BREAKER)
    assert not window.faceplate.command.select.isEnabled()
    unit.speak()
    qtbot.waitUntil(window.veil.isHidden, timeout=20_000)
    assert window.link.state is LinkState.LIVE
    unit.position(BREAKER, Dbpos.OFF)  # the subscriptions are in force again
    qtbot.waitUntil(lambda: window.state.position(BREAKER) is Dbpos.OFF, timeout=20_000)


def test_only_what_is_shown_is_subscribed_to(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    assert ("*", "ST103/*") not in unit.variables_subscribed
    window.choose("ST103")
    qtbot.waitUntil(lambda: ("*", "ST103/*") in unit.variables_subscribed, timeout=20_000)
    window.choose("ST41")
    qtbot.waitUntil(lambda: ("*", "ST103/*") not in unit.variables_subscribed, timeout=20_000)
    qtbot.waitUntil(lambda: ("*", "ST41/*") in unit.variables_subscribed, timeout=20_000)


def test_picture_of_a_calm_grid(window: MainWindow, unit: SmallUnit, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: window.site.status is not None, timeout=20_000)
    path = tmp_path / "calm.png"
    assert window.grab().save(str(path))
    assert path.stat().st_size > 50_000


def test_a_window_that_gets_wider_again_has_both_panels_beside_each_other(window: MainWindow, qtbot: QtBot) -> None:
    console, face = window.docks.console, window.docks.faceplate
    for width, height in ((1920, 1080), (1280, 800), (1920, 1080)):
        window.resize(width, height)
        beside = width == 1920
        qtbot.waitUntil(lambda beside=beside: (face in window.tabifiedDockWidgets(console)) != beside, timeout=20_000)
        assert (window.width(), window.height()) == (width, height)
        assert not face.isHidden()
    assert face.geometry().left() > console.geometry().right()
