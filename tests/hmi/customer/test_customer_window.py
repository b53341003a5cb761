"""The customer's window against a customer's unit: what is set there holds, and binds everybody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmi import style
from hmi.customer.figures import advice
from hmi.customer.window import CustomerWindow
from hmi.link import Link
from hmi.theme import LIGHT
from models.wire.instance import Instance
from models.wire.keys import SigningKey
from models.wire.session import ClientSession
from protocols.exchange.client import RequestError, connect
from tests.hmi.customer.home_unit import ANNA, DSO, HomeUnit

QUARTER_NS = 900 * 10**9


@pytest.fixture
def home(tmp_path: Path) -> Iterator[HomeUnit]:
    with HomeUnit(tmp_path / "home") as unit:
        yield unit


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, home: HomeUnit) -> Iterator[CustomerWindow]:
    style.apply(qapp, LIGHT)
    shown = CustomerWindow(Link(home.url, ClientSession(ANNA, service="customer window")), LIGHT)
    qtbot.addWidget(shown)
    shown.show()
    shown.link.start()
    qtbot.waitUntil(lambda: shown.link.live, timeout=20_000)
    yield shown
    shown.close()


def write(home: HomeUnit, key: SigningKey, variable: str, value: object) -> str:
    async def once() -> str:
        async with connect(home.url, key, service="test") as client:
            return (await client.write(variable, "CMU7", value)).code.value  # type: ignore[arg-type]

    return home.do(once())


def read(home: HomeUnit, key: SigningKey, variable: str) -> list[Instance]:
    async def once() -> list[Instance]:
        async with connect(home.url, key, service="billing") as client:
            return await client.query(variable, "CMU7")

    return home.do(once())


def click(qtbot: QtBot, button: object) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[arg-type]


def test_the_home_is_shown_as_it_is_told(window: CustomerWindow, home: HomeUnit, qtbot: QtBot) -> None:
    assert write(home, ANNA, "MMXU1.TotW", -1250.0) == "ok"
    cell = window.figures.cells["MMXU1.TotW"]
    qtbot.waitUntil(lambda: cell.text() == "1.25 kW into the grid", timeout=20_000)
    assert window.ready


def test_a_strategy_is_set_and_comes_back(window: CustomerWindow, home: HomeUnit, qtbot: QtBot) -> None:
    form = window.strategy
    form.goal.setCurrentIndex(form.goal.findData("own use"))
    form.goal.activated.emit(form.goal.currentIndex())
    qtbot.keyClicks(form.fields["flexible_power_w"], "2.5")
    click(qtbot, form.apply)
    qtbot.waitUntil(lambda: form.outcome.text() == "the strategy is set", timeout=20_000)
    (strategy,) = read(home, ANNA, "Strategy")
    assert strategy.value == {"goal": "own use", "flexible_power_w": 2500.0}


def test_what_is_no_number_is_not_sent(window: CustomerWindow, home: HomeUnit, qtbot: QtBot) -> None:
    qtbot.keyClicks(window.strategy.fields["budget_eur_day"], "much")
    click(qtbot, window.strategy.apply)
    assert "'much' is no number" in window.strategy.outcome.text()
    assert read(home, ANNA, "Strategy") == []


def test_a_rule_lets_others_read_from_now_on_and_its_end_stops_them(
    window: CustomerWindow, home: HomeUnit, qtbot: QtBot
) -> None:
    policy = window.policy
    write(home, ANNA, "MMXU1.TotW", 100.0)
    with pytest.raises(RequestError, match="policy"):
        read(home, DSO, "MMXU1.TotW")
    policy.variable.setCurrentText("MMXU1.TotW")
    policy.stakeholder.setText("DSO")
    policy.service.setText("billing")
    click(qtbot, policy.add)
    assert policy.confirmation.question.text() == "From now on: DSO may read MMXU1.TotW for billing."
    click(qtbot, policy.confirmation.confirm)
    qtbot.waitUntil(lambda: len(window.home.rules) == 1, timeout=20_000)
    with pytest.raises(RequestError):  # the value from before keeps its policy
        read(home, DSO, "MMXU1.TotW")
    write(home, ANNA, "MMXU1.TotW", 200.0)
    assert [each.value for each in read(home, DSO, "MMXU1.TotW")] == [200.0]
    policy.view.selectRow(0)
    click(qtbot, policy.remove)
    click(qtbot, policy.confirmation.confirm)
    qtbot.waitUntil(lambda: not window.home.rules, timeout=20_000)
    write(home, ANNA, "MMXU1.TotW", 300.0)
    with pytest.raises(RequestError):
        read(home, DSO, "MMXU1.TotW")


def test_a_rule_without_a_stakeholder_is_not_asked_for(window: CustomerWindow, qtbot: QtBot) -> None:
    click(qtbot, window.policy.add)
    assert "names a stakeholder" in window.policy.outcome.text()
    assert not window.policy.confirmation.asking


def test_advice_names_the_cheapest_hours_that_are_left() -> None:
    price = [0.3] * 8 + [0.1] * 8 + [0.3] * 64 + [0.2] * 8 + [0.3] * 8
    assert advice(price, 0) == "Cheapest two hours today: 02:00 to 04:00 UTC, 64% below the rest of the day."
    assert "20:00 to 22:00" in advice(price, 20 * QUARTER_NS)
    assert advice([0.3] * 96, 0) == advice("dear", 0) == advice(price, 95 * QUARTER_NS) == ""


def test_the_last_day_is_drawn_one_point_a_minute(window: CustomerWindow, home: HomeUnit, qtbot: QtBot) -> None:
    for value in (500.0, 700.0):
        write(home, ANNA, "MMXU1.TotW", value)
    points = window.chart.points
    qtbot.waitUntil(lambda: bool(points) and points[-1][1] == 700.0, timeout=20_000)
    assert len(points) <= 2
