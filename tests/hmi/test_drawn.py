"""The single-line diagram as an SCD draws it, in the window of a unit that knows its grid from the SCD alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmi import style
from hmi.diagram.drawn import station_diagram
from hmi.diagram.looks import Looks
from hmi.diagram.shapes import StationKind
from hmi.diagram.single_line import single_line
from hmi.link import Link
from hmi.main_window import MainWindow
from hmi.site_model import SiteModel
from hmi.theme import LIGHT
from models.drawing import drawing_to_plain
from models.network.writer import write_network
from models.point import Dbpos
from models.scl.drawing import drawings_of
from models.scl.grid import derive_grid
from models.scl.points import points
from models.scl.reader import read_scl
from models.wire.cbor import outgoing
from models.wire.session import ClientSession
from tests.hmi.small_unit import OPERATOR, SmallUnit

FILE = Path(__file__).parents[1] / "cases" / "scl" / "double_busbar.scd"


@pytest.fixture(scope="module")
def told() -> tuple[str, list[dict[str, object]]]:
    """Network and drawings as a unit tells them."""
    scl = read_scl(FILE.read_bytes(), FILE.name)
    network = derive_grid(scl, points(scl)).network
    return write_network(network), [drawing_to_plain(each) for each in drawings_of(scl)]


@pytest.fixture
def unit(tmp_path: Path, told: tuple[str, list[dict[str, object]]]) -> Iterator[SmallUnit]:
    with SmallUnit(tmp_path, told[0]) as unit:
        unit.more_of_model(drawings=outgoing(told[1], "drawings"))
        yield unit


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, unit: SmallUnit) -> Iterator[MainWindow]:
    style.apply(qapp, LIGHT)
    window = MainWindow(Link(unit.url, ClientSession(OPERATOR, service="hmi")), LIGHT)
    qtbot.addWidget(window)
    window.show()
    window.link.start()
    qtbot.waitUntil(lambda: window.site.model is not None and bool(window.site.energisation), timeout=20_000)
    qtbot.waitUntil(lambda: len(window.mirror) >= len(unit.network.switches), timeout=20_000)
    window.mirror.flush()
    yield window
    window.close()


def test_the_station_is_drawn_as_its_scd_says(window: MainWindow, tmp_path: Path) -> None:
    model = window.site.model
    assert model is not None
    diagram = station_diagram(model, "AA1")
    assert {each.switch for each in diagram.switches} == set(model.switches)
    kinds = [each.kind for each in diagram.stations]
    assert kinds.count(StationKind.TRANSFORMER) == 2
    assert kinds.count(StationKind.INFEED) == 2
    assert kinds.count(StationKind.EARTH) == sum(not each.to_node for each in model.network.switches)
    breaker = next(each for each in diagram.switches if each.switch == "AA1/D1/Q00/QA1")
    assert breaker.at == (18.5 * 40, 6 * 40)
    assert [each.switch for each in window.ladder.diagram.switches] == [each.switch for each in diagram.switches]
    window.choose("AA1/D1/Q01/QA1")
    bay = {each.switch for each in window.faceplate.single_line.diagram.switches}
    assert bay == {each for each in model.switches if each.startswith("AA1/D1/Q01/")}
    assert window.grab().save(str(tmp_path / "drawn.png"))


def test_without_a_normal_diagram_nothing_is_away_from_it(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.position("AA1/D1/Q01/QA1", Dbpos.OFF)
    qtbot.waitUntil(lambda: window.state.position("AA1/D1/Q01/QA1") is Dbpos.OFF, timeout=20_000)
    assert window.state.off_normal() == []


def test_what_an_infeed_feeds_has_its_colour(window: MainWindow) -> None:
    model = window.site.model
    assert model is not None
    assert model.feeds == ("AA1/D1/Q01/IFL1", "AA1/D1/Q02/IFL1")
    looks = Looks(LIGHT, model.feeds)
    assert looks.of("energised:AA1/D1/Q02/IFL1") != looks.of("unknown")


def test_without_coordinates_bays_stand_side_by_side(window: MainWindow) -> None:
    model = window.site.model
    assert model is not None
    plain = SiteModel(model.unit, model.level, model.network, model.positions, model.controllable)
    assert station_diagram(plain, "AA1") == single_line(plain, "AA1")
