"""The pages of applications in a real window, with what a running unit has told (tests/cases/hmi/applications.json)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmi import style
from hmi.applications.board import ApplicationBoard
from hmi.applications.der_page import DerPage
from hmi.applications.earth_page import EarthPage
from hmi.applications.losses_page import LossesPage
from hmi.applications.opf_page import OpfPage
from hmi.applications.prevention_page import PreventionPage
from hmi.applications.vvc_page import VvcPage
from hmi.link import Link
from hmi.main_window import MainWindow
from hmi.theme import LIGHT
from models.wire.cbor import WireValue
from models.wire.session import ClientSession
from tests.hmi.applications.told_unit import recorded, tell
from tests.hmi.small_unit import OPERATOR, SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
T1, T2 = "OBR1/T1", "OBR2/T1"


@pytest.fixture(scope="module")
def unit(tmp_path_factory: pytest.TempPathFactory, network_text: str) -> Iterator[SmallUnit]:
    """One for all tests here, as the window: each tells everything anew."""
    with SmallUnit(tmp_path_factory.mktemp("unit"), network_text) as unit:
        yield unit


@pytest.fixture(scope="module")
def shared(qapp: QApplication, unit: SmallUnit) -> Iterator[MainWindow]:
    style.apply(qapp, LIGHT)
    window = MainWindow(Link(unit.url, ClientSession(OPERATOR, service="hmi")), LIGHT)
    window.show()
    window.link.start()
    yield window
    window.close()


@pytest.fixture
def window(shared: MainWindow, unit: SmallUnit, qtbot: QtBot) -> MainWindow:
    qtbot.waitUntil(lambda: shared.ready, timeout=20_000)
    shared.site.told.clear()
    shared.site.orders.clear()
    return shared


@pytest.fixture
def board(window: MainWindow) -> ApplicationBoard:
    window.diagrams.setCurrentWidget(window.applications)
    window.applications.show_page("Earth faults")
    return window.applications


Showing = Callable[..., ApplicationBoard]


@pytest.fixture
def showing(board: ApplicationBoard, unit: SmallUnit, qtbot: QtBot) -> Showing:
    """Tells the unit's values, and waits until the window has them."""

    def show(told: dict[str, Any], after_s: float = 0.0) -> ApplicationBoard:
        tell(unit, told, after_s)
        status_ns = told["Status"]["time_ns"] + round(after_s * 1e9)
        site = board.pages["Losses"].site
        variables = set(told) - {"Status", "Orders", "Cases"}
        qtbot.waitUntil(
            lambda: (
                variables <= set(site.told)
                and all(site.told[each].value == told[each] for each in variables)
                and site.status is not None
                and site.status.time_ns == status_ns
                and all(order["id"] in site.orders for order in told["Orders"])
            ),
            timeout=20_000,
        )
        return board

    return show


def state_of(board: ApplicationBoard, name: str) -> str:
    return next(line.cells[1].text for line in board.model.lines if line.key == name)


def test_the_overview_counts_what_is_abnormal_and_names_the_rest(window: MainWindow, showing: Showing) -> None:
    board = showing(recorded("calm"))
    assert window.diagrams.tabText(window.diagrams.indexOf(board)) == "Applications (3)"
    assert state_of(board, "Earth faults") == "no earth fault"
    assert state_of(board, "Reconfiguration").startswith("proposes: corrective, saves 0.3 kW")
    assert state_of(board, "Prevention").startswith("overload probable: L161/W183")
    bold = {line.key for line in board.model.lines if line.bold}
    assert bold == {"Reconfiguration", "Prevention", "Losses"}
    assert all(line.cells[2].text.endswith(" ago") for line in board.model.lines)


def test_opf_shows_both_states_what_is_switched_and_leads_to_its_order(
    window: MainWindow, showing: Showing, qtbot: QtBot
) -> None:
    told = recorded("calm")
    told["OPF"]["advice"]["explanation"].append("rejected: open L1 would lose 1 kW, but L2 carries 104 % of its rating")
    told["OPF"]["of_tomorrow"] = {"loss_w": 1000.0}
    board = showing(told)
    board.show_page("Reconfiguration")
    page = board.page
    assert isinstance(page, OpfPage)
    losses = [cell.text for cell in page.figures.lines[0].cells]
    assert losses == ["Losses", "65.0 kW", "64.8 kW", "64.5 kW", "-0.3 kW (-0.4%)"]
    assert [(line.cells[1].text, line.key) for line in page.operations.lines] == [
        ("close", "ST132/K1/E01/Q0"), ("open", "ST132/K1/E03/Q0"),
    ]  # fmt: skip
    text = page.text.toPlainText()
    assert text.index("Rejected") < text.index("104 % of its rating") < text.index("Why")
    assert page.validation.text().startswith("Validation (VOS): order proposed for 1 min; 70.9 kW")
    assert page.further.text() == "further: of tomorrow loss 1.0 kW"
    window.fdir.orders.choice.setCurrentIndex(-1)
    qtbot.mouseClick(page.order, LEFT)
    assert window.fdir.orders.order is not None
    assert window.fdir.orders.order.id == told["VOS"]["order"]


def test_keys_alone_lead_to_a_page_and_from_an_operation_to_its_switch(
    window: MainWindow, showing: Showing, qtbot: QtBot
) -> None:
    board = showing(recorded("calm"))
    window.diagrams.setCurrentIndex(0)
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.diagrams.currentWidget() is board
    qtbot.keyClick(board.view, Qt.Key.Key_Down)
    page = board.page
    assert isinstance(page, OpfPage)
    page.view.selectRow(1)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert window.faceplate.element == "ST132/K1/E03/Q0"


def test_each_regulator_is_shown_and_what_is_locked_is_released_in_two_steps(
    showing: Showing, unit: SmallUnit, qtbot: QtBot
) -> None:
    told = recorded("calm")
    locked = {"locked": "hunting: 4 changes of direction within an hour", "automatic": False, "voltage_v": 18_500.0}
    told["VVC"]["regulators"][1] |= locked
    board = showing(told)
    board.show_page("Voltage")
    page = board.page
    assert isinstance(page, VvcPage)
    one, two = page.regulators.lines
    assert [cell.text for cell in one.cells[:7]] == [
        T1, "19.37 kV", "18.8 - 21.2 kV", "19.30 kV", "19.07 kV", "2 (-9 to 9)", "automatic",
    ]  # fmt: skip
    assert (two.cells[1].tone, two.cells[6].text, two.bold) == ("alarm_text", "MANUAL", True)
    assert state_of(board, "Voltage") == "advisory; 1 REGULATOR LOCKED"
    assert "tap 4: 62.89 kW lost: the voltage of bus" in page.text.toPlainText().partition("Rejected")[2]
    commands = page.commands
    assert commands.mode.currentText() == "advisory"
    assert not commands.release.isEnabled()
    commands.words.setText("worn contact, repaired")
    qtbot.mouseClick(commands.release, LEFT)
    assert unit.writes == []
    qtbot.mouseClick(commands.confirmation.confirm, LEFT)
    released = Written("VVC.Release", T2, "worn contact, repaired", "Olga")
    qtbot.waitUntil(lambda: unit.writes == [released], timeout=20_000)
    commands.mode.setCurrentText("automatic")
    qtbot.mouseClick(commands.set, LEFT)
    qtbot.mouseClick(commands.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes[1:] == [Written("VVC.Mode", "OBR", "automatic", "Olga")], timeout=20_000)


def test_prevention_has_a_colour_for_what_is_abnormal_alone(showing: Showing) -> None:
    told = recorded("calm")
    told["Prevention"]["calibration"] = {"brier": 0.04, "baseline": 0.09}
    told["Prevention"]["assets"][0]["hazard_share"] = 0.02
    board = showing(told)
    board.show_page("Prevention")
    page = board.page
    assert isinstance(page, PreventionPage)
    times = [page.assets.headerData(2 + place, Qt.Orientation.Horizontal) for place in range(8)]
    assert times == ["22:44", "23:14", "23:44", "00:14", "00:44", "01:14", "01:44", "02:14"]
    assert [page.view.isColumnHidden(place) for place in (9, 10)] == [False, True]
    worst = page.assets.lines[0]
    tones = {cell.text: cell.tone for line in page.assets.lines for cell in line.cells[2:10]}
    assert worst.key == "L161/W183"
    assert (tones["60 %"], tones["13 %"], tones["5.4 %"], tones[""]) == ("alarm_high", "alarm_low", "muted", "muted")
    text = page.text.toPlainText()
    assert "of its rating are expected" in text
    assert "hazard: 2.0 %" in text
    assert "baseline: 0.09" in text.partition("How good its forecasts were")[2]


def test_losses_and_generators_are_listed_by_asset_with_marks(showing: Showing) -> None:
    told = recorded("calm")
    told["Losses"]["assets"][2] |= {"expected_w": 900.0, "bound_w": 1200.0}
    told["DERPF"]["effects"]["caused"] = ["the voltage of ST29/K1/BB1/N1 is 1.11 p.u., above 1.10"]
    told["DERPF"]["generators"][0] |= {"power_w": None, "why": "its channel is dead"}
    board = showing(told)
    board.show_page("Losses")
    losses = board.page
    assert isinstance(losses, LossesPage)
    marked = [line for line in losses.assets.lines if line.cells[6].tone]
    assert [(line.key, line.cells[5].text) for line in marked] == [("L157/W157", "0.90 kW")]
    assert [line.cells[1].text for line in losses.assets.lines[:2]] == ["27.90 kW", "27.56 kW"]
    assert "68.2 kW are lost, 58.0 kW were expected" in losses.reasons.text()
    board.show_page("Generators")
    der = board.page
    assert isinstance(der, DerPage)
    first = der.plants.lines[0]
    assert [cell.text for cell in first.cells[:2]] == ["ST29/K1/G1/GEN1", "NOT KNOWN"]
    assert first.cells[5].text == "its channel is dead"
    assert (der.sums.lines[0].cells[0].text, der.sums.lines[0].bold) == ("all of the unit", True)
    assert "1 LIMIT EXCEEDED" in der.state.text()
    assert "above 1.10" in der.reasons.text()


def test_the_clock_of_an_earth_fault_runs_out_visibly(showing: Showing, window: MainWindow) -> None:
    told = recorded("earth_fault")
    board = showing(told)
    board.show_page("Earth faults")
    page = board.page
    assert isinstance(page, EarthPage)
    cells = page.cases.lines[0].cells
    assert [cell.text for cell in cells[3:]] == ["L041", ">99.9 %", "1 h 59 min left"]
    assert "over-compensated" in page.text.toPlainText()
    assert page.order.text() == f"Show order {told['EarthFaults']['cases'][0]['order']}"
    showing(told, 7200.0)
    late = page.cases.lines[0].cells[5]
    assert (late.text, late.tone) == ("EXCEEDED for 21 s", "alarm_high")


def test_what_is_old_or_has_failed_is_told_as_such(showing: Showing) -> None:
    told = recorded("calm")
    told["Status"]["applications"]["losses"]["trouble"] = "no decision: the loads cannot be carried"
    board = showing(told, 400.0)
    assert state_of(board, "Losses").startswith("NO DECISION since 22:14:50")
    assert state_of(board, "Reconfiguration").startswith("STALE: decided 6 min ago")
    board.show_page("Reconfiguration")
    assert board.page.progress.text().startswith("STALE: decided 6 min ago, expected every 10 s")
    assert board.page.progress.property("tone") == "alarm"


def test_what_is_off_says_how_it_is_switched_on(showing: Showing) -> None:
    told = recorded("calm")
    applications = told["Status"]["applications"]
    applications["optimised"] = {"mode": "off"}
    del applications["derpf"], told["DERPF"]
    board = showing(told)
    board.show_page("Reconfiguration")
    assert state_of(board, "Reconfiguration") == "off"
    assert '[opf] mode = "advisory"' in board.page.state.text()
    assert not board.page.body.isVisible()
    board.show_page("Generators")
    assert board.page.state.text().startswith("The unit tells nothing of it.")


GARBAGE: tuple[WireValue, ...] = (
    None, 7, "text", [], {}, {"state": 5, "advice": "x", "cases": [None, 3], "regulators": [{}, 1], "assets": {"a": 1}},
    {"assets": [{"probabilities": [0.1, None]}, {"probabilities": [0.5] * 40}], "totals": {"all": 1}, "effects": []},
    {"explanation": [1, "x"], "generators": [{"power_w": "much"}], "by_meters": [1], "cases": [{"id": 1}], "why": []},
)  # fmt: skip


def test_nothing_that_a_unit_may_tell_breaks_a_page(board: ApplicationBoard, unit: SmallUnit, qtbot: QtBot) -> None:
    site = board.page.site
    for value in GARBAGE:
        for page in board.pages.values():
            for variable in page.variables:
                unit.put(variable, value)
        qtbot.waitUntil(
            lambda value=value: (
                "EarthFaults" in site.told  # type: ignore[misc]
                and all(each.value == value for each in site.told.values())
                and len(site.told) == 7
            ),
            timeout=20_000,
        )
        for name in board.pages:
            board.show_page(name)
            board.page.show_now()


def test_a_page_with_much_to_say_makes_no_window_higher(window: MainWindow, showing: Showing, tmp_path: Path) -> None:
    board = showing(recorded("calm"))
    for name in board.pages:
        board.show_page(name)
        QApplication.processEvents()
        least = board.minimumSizeHint()
        assert least.height() < 300, name
        assert least.width() < 500, name
        assert window.grab().save(str(tmp_path / f"{name}.png"))


def test_with_the_link_everything_is_hatched_and_nothing_can_be_said(
    window: MainWindow, showing: Showing, unit: SmallUnit, qtbot: QtBot
) -> None:
    board = showing(recorded("calm"))
    board.show_page("Voltage")
    page = board.page
    assert isinstance(page, VvcPage)
    qtbot.mouseClick(page.commands.set, LEFT)
    unit.silence()
    qtbot.waitUntil(lambda: not window.link.live, timeout=20_000)
    assert window.veil.isVisible()
    assert not page.commands.confirmation.asking
    assert not page.commands.set.isEnabled()
