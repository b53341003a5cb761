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
    assert state_of(board, "Reconfiguration").startswith("proposes: corrective, saves ")
    assert state_of(board, "Prevention").startswith("overload probable: L161/W183")
    bold = {line.key for line in board.model.lines if line.bold}
    assert bold == {"Reconfiguration", "Prevention", "Losses"}
    assert all(line.cells[2].text.endswith(" ago") for line in board.model.lines)


def test_opf_shows_both_states_what_is_switched_and_leads_to_its_order(
    window: MainWindow, showing: Showing, qtbot: QtBot
) -> None:
    told = recorded("calm")
    told["OPF"]["loss_w"], told["VOS"]["predicted_loss_w"] = 65_048.2, 70_857.6
    told["OPF"]["advice"] |= {"loss_w_before": 64_758.6, "loss_w": 64_484.1}
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
    window.activateWindow()  # short cuts are those of the window in front
    qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
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
    told["VVC"]["regulators"][0] |= {"voltage_v": 19_365.5, "set_point_v": 19_300.0, "proposed_v": 19_070.0, "tap": 2}
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
    assert state_of(board, "Voltage") == "advisory; OBR2/T1 LOCKED"
    assert "OBR2/T1 is LOCKED until a person releases it: hunting" in page.reasons.text()
    assert "kW lost: the voltage of bus" in page.text.toPlainText().partition("Rejected")[2]
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
    first, second = told["Prevention"]["assets"][:2]
    first |= {"probabilities": [0.0] * 7 + [0.6, 1.0, 1.0, 1.0, 0.97] + [0.0] * 4, "hazard_share": 0.02}
    second["probabilities"] = [0.0] * 7 + [0.13, 0.4, 0.0, 0.054] + [0.0] * 5
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
    shown = [tones[each] for each in ("60 %", "40 %", "13 %", "5.4 %", "")]
    assert shown == ["alarm_high", "alarm_medium", "alarm_low", "muted", "muted"]
    text = page.text.toPlainText()
    assert "of its rating are expected" in text
    assert "hazard: 2.0 %" in text


def test_banks_and_converters_have_lists_of_their_own_where_there_are_any(showing: Showing) -> None:
    told = recorded("calm")
    told["VVC"] |= {"banks": [], "converters": []}
    board = showing(told)
    board.show_page("Voltage")
    page = board.page
    assert isinstance(page, VvcPage)
    assert [page.parts.isTabVisible(place) for place in range(3)] == [True, False, False]
    bank = {"bank": "OBR1/K1/C1", "steps": 2, "most_steps": 3, "step_var": 150e3, "automatic": False, "switchings": 6}
    told["VVC"]["banks"] = [
        {**bank, "most_switchings": 6, "locked": "it does not follow", "why": "", "locked_ns": None}
    ]
    told["VVC"]["converters"] = [{"bay": "ST29/K1/G1", "given_var": 0.0, "most_var": 130e3, "proposed_var": -20e3}]
    showing(told)
    assert page.parts.isTabVisible(2)
    cells = [cell.text for cell in page.banks.lines[0].cells]
    assert cells == ["OBR1/K1/C1", "2 of 3 x 150.0 kvar", "", "MANUAL", "6 of 6", "LOCKED: it does not follow"]
    assert [cell.text for cell in page.converters.lines[0].cells[1:4]] == ["0.0 kvar", "± 130.0 kvar", "-20.0 kvar"]
    assert page.commands.releasable == "OBR1/K1/C1"


def test_faults_ahead_and_what_forecasts_were_worth_are_shown(showing: Showing) -> None:
    told = recorded("calm")
    row = {
        "at": "OBR2/K1/E03",
        "probability": 0.031,
        "low": 0.01,
        "high": 0.08,
        "times_usual": 5.2,
        "explanation": "3.1 % within 4 h; gusts x4.1",
    }
    score = {
        "forecasts": 1200, "happened": 24, "brier": 0.015, "baseline_brier": 0.02, "skill": 0.25, "hits": 3,
        "misses": 1, "false_alarms": 2, "mean_lead_s": 5400.0,
        "calibration": [{"from": 0.1, "forecasts": 40, "said": 0.15, "happened": 0.125}],
    }  # fmt: skip
    told["Prevention"] |= {"score": score, "basis": "own history"}
    told["Prevention"]["faults"] = {
        "basis": "published rates", "worth": "", "hours": 4, "weather": "none received", "feeders": [row],
        "sections": [{**row, "at": "L041/W041", "probability": 0.0004}], "warned": ["OBR2/K1/E03"],
        "score": {"forecasts": 0, "calibration": []},
    }  # fmt: skip
    board = showing(told)
    board.show_page("Prevention")
    page = board.page
    assert isinstance(page, PreventionPage)
    assert "FAULT PROBABLE at OBR2/K1/E03" in state_of(board, "Prevention")
    feeder, section = page.faults.model.lines
    assert [cell.text for cell in feeder.cells] == [
        "OBR2/K1/E03", "all of it", "3.1 % ▲", "1.0 % - 8.0 %", "5.2 times", "gusts x4.1",
    ]  # fmt: skip
    assert (feeder.cells[2].tone, section.cells[2].tone, section.cells[2].text) == ("alarm_medium", "", "0.04 %")
    text = page.scores.toPlainText()
    assert "Brier score 0.01500, baseline 0.02000" in text
    assert "3 came true, on average 1 h 30 min ahead, 1 were missed, 2 were false" in text
    assert "12 %" in text.partition("Calibration")[2]
    assert "nothing has been judged yet" in text.partition("Faults")[2]


def test_losses_and_generators_are_listed_by_asset_with_marks(showing: Showing) -> None:
    told = recorded("calm")
    for each in told["Losses"]["assets"]:
        each.pop("above", None)
    told["Losses"]["assets"][0] |= {"load_w": 630.0, "no_load_w": 27_270.0}
    told["Losses"]["assets"][2] |= {"load_w": 1776.8, "expected_w": 900.0, "bound_w": 1200.0, "above": True}
    told["DERPF"]["effects"]["caused"] = ["the voltage of ST29/K1/BB1/N1 is 1.11 p.u., above 1.10"]
    told["DERPF"]["generators"][0] |= {"power_w": None, "why": "its channel is dead"}
    board = showing(told)
    board.show_page("Losses")
    losses = board.page
    assert isinstance(losses, LossesPage)
    marked = [line for line in losses.assets.lines if line.cells[6].tone]
    assert [(line.key, line.cells[5].text) for line in marked] == [("L157/W157", "0.90 kW")]
    assert losses.state.text().endswith("; 1 asset above expectation")
    assert [cell.text for cell in losses.assets.lines[0].cells[1:4]] == ["27.90 kW", "0.63 kW", "27.27 kW"]
    assert "58.0 kW were expected" in losses.reasons.text()
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


def test_a_coil_that_does_not_fit_is_told_without_any_fault(showing: Showing) -> None:
    told = recorded("calm")
    coil = {"network": "OBR2/K1", "state": "mistuned", "capacitive_a": 35.0, "coil_a": 60.0, "detuning_pu": 0.714}
    coil |= {"residual_a": 25.0, "since_ns": None, "problem": "over-compensated by 71%", "remedy": "set it to 37 A"}
    told["EarthFaults"]["coils"] = [coil]
    board = showing(told)
    page = board.page
    assert isinstance(page, EarthPage)
    assert page.state.text() == "no earth fault; COIL MISTUNED in OBR2/K1"
    assert "set it to 37 A" in page.reasons.text()
    assert "coil 60.0 A for 35.0 A of the lines, over-compensated by 71.4%" in page.text.toPlainText()


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
