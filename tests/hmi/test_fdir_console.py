"""Orders in the FDIR console: shown with their reasons, and answered in two steps."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from hmi.fdir.explanation import amounts
from hmi.fdir.order_panel import OrderPanel
from hmi.main_window import MainWindow
from models.switching import OrderKind, OrderState
from models.wire.messages import Code
from substation.exchange.variables import WriteResult
from tests.hmi.conftest import Opener
from tests.hmi.orders import case, executing, proposed
from tests.hmi.small_unit import VIEWER, SmallUnit, Written

LEFT = Qt.MouseButton.LeftButton
ID = "OBR-2026-0007"


@pytest.fixture
def orders(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> OrderPanel:
    unit.order(proposed())
    qtbot.waitUntil(lambda: window.fdir.orders.order is not None, timeout=20_000)
    return window.fdir.orders


def test_cases_say_what_was_seen_concluded_and_rejected(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    assert "No fault" in window.fdir.cases.toPlainText()
    unit.put("Cases", case(ID))  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: "Short circuit between ST103" in window.fdir.cases.toPlainText(), timeout=20_000)
    text = window.fdir.cases.toPlainText()
    assert "12:31:05.210 ST110/K1/E03 short circuit forward" in text
    assert "rejected: no indication at its near end, ST33/K1/E01" in text
    assert "not rejected" in text
    assert "99 %" in text
    assert "order proposed: CREW-7" in text


def test_steps_amounts_and_explanation_are_shown(orders: OrderPanel) -> None:
    assert [row.cells[1] for row in orders.steps.rows][:2] == ["block reclosing OBR2/K1/E03", "open ST103/K1/E02/Q0"]
    assert "interrupted 4.62 MW, 2140 customers;  plan: restores 4.47 MW;  leaves off 150 kW" in orders.facts.text()
    assert "Tie ST132 leaves 0.964 p.u." in orders.text.toPlainText()
    assert "not earthed; EN 50110-1" in orders.text.toPlainText()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (OrderState.EXECUTING, "plan: restores 4.47 MW;  leaves off 150 kW"),
        (OrderState.BLOCKED, "plan: restores 4.47 MW;  leaves off 150 kW"),
        (OrderState.ABORTED, "plan: restores 4.47 MW;  leaves off 150 kW"),
        (OrderState.COMPLETED, "restored 4.47 MW;  not restored 150 kW"),
    ],
)
def test_only_a_completed_order_has_restored(state: OrderState, said: str) -> None:
    assert amounts(replace(proposed(), state=state)).endswith(f"customers;  {said}")


def test_approval_repeats_the_id(orders: OrderPanel, unit: SmallUnit, qtbot: QtBot) -> None:
    qtbot.mouseClick(orders.buttons["Approve"], LEFT)
    question = orders.confirmation
    assert "revision 1: 6 steps" in question.question.text()
    assert not question.confirm.isEnabled()
    question.edit.setText("OBR-2026-0008")
    assert not question.confirm.isEnabled()
    question.edit.setText(ID)
    QTest.keyClick(question.edit, Qt.Key.Key_Return)
    assert unit.writes == []
    qtbot.mouseClick(question.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("Order.Approve", f"OBR/orders/{ID}", 1, "Olga")], timeout=20_000)
    assert question.isHidden()


def test_new_revision_withdraws_the_question(orders: OrderPanel, unit: SmallUnit, qtbot: QtBot) -> None:
    qtbot.mouseClick(orders.buttons["Approve"], LEFT)
    orders.confirmation.edit.setText(ID)
    unit.order(proposed(revision=2))
    qtbot.waitUntil(orders.confirmation.isHidden, timeout=20_000)
    assert orders.outcome.text() == "The order has changed; read it again."
    assert unit.writes == []


def test_lost_link_withdraws_the_question(
    orders: OrderPanel, window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    qtbot.mouseClick(orders.buttons["Approve"], LEFT)
    qtbot.mouseClick(window.fdir.modes.set, LEFT)
    unit.silence()
    qtbot.waitUntil(orders.confirmation.isHidden, timeout=20_000)
    assert window.fdir.modes.confirmation.isHidden()
    assert not orders.buttons["Approve"].isEnabled()


def test_refused_approval_is_told(orders: OrderPanel, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.answer(lambda *_: WriteResult(Code.REFUSED, "S5: the position of ST33/K1/E02/Q0 is invalid"))
    qtbot.mouseClick(orders.buttons["Approve"], LEFT)
    orders.confirmation.edit.setText(ID)
    qtbot.mouseClick(orders.confirmation.confirm, LEFT)
    qtbot.waitUntil(orders.outcome.isVisible, timeout=20_000)
    assert orders.outcome.text() == "refused: S5: the position of ST33/K1/E02/Q0 is invalid"


def test_abort_while_it_is_carried_out(orders: OrderPanel, unit: SmallUnit, qtbot: QtBot) -> None:
    assert not orders.buttons["Abort"].isEnabled()
    unit.order(executing(2))
    qtbot.waitUntil(orders.buttons["Abort"].isEnabled, timeout=20_000)
    assert not orders.buttons["Approve"].isEnabled()
    assert [row.cells[0] for row in orders.steps.rows] == ["✓", "✓", "▶", "4", "5", "6"]
    qtbot.mouseClick(orders.buttons["Abort"], LEFT)
    assert unit.writes == []
    qtbot.mouseClick(orders.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("Order.Abort", f"OBR/orders/{ID}", 2, "Olga")], timeout=20_000)


def test_repaired_leads_to_the_return_order(
    orders: OrderPanel, window: MainWindow, unit: SmallUnit, qtbot: QtBot
) -> None:
    done = replace(proposed(), state=OrderState.COMPLETED, revision=9)
    unit.order(done)
    qtbot.waitUntil(orders.buttons["Repaired"].isEnabled, timeout=20_000)
    assert window.state.fault_zone == frozenset(done.zone)
    qtbot.mouseClick(orders.buttons["Repaired"], LEFT)
    qtbot.mouseClick(orders.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: [each.variable for each in unit.writes] == ["Order.Repaired"], timeout=20_000)
    back = replace(proposed("OBR-2026-0008"), kind=OrderKind.RETURN_TO_NORMAL, created_ns=done.created_ns + 1)
    unit.order(back)
    qtbot.waitUntil(lambda: orders.order is not None and orders.order.id == back.id, timeout=20_000)
    assert window.state.fault_zone == frozenset()
    assert not orders.buttons["Repaired"].isEnabled()


def test_blocked_order_says_why(orders: OrderPanel, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.order(replace(proposed(), state=OrderState.BLOCKED, revision=3, reason="ST33/K1/E02/Q0 did not move"))
    qtbot.waitUntil(lambda: "did not move" in orders.text.toPlainText(), timeout=20_000)
    assert "[blocked]" in orders.title.text()


def test_viewer_answers_no_order(open_window: Opener, unit: SmallUnit, qtbot: QtBot) -> None:
    orders = open_window(VIEWER).fdir.orders
    unit.order(proposed())
    qtbot.waitUntil(lambda: orders.order is not None, timeout=20_000)
    assert [verb for verb, button in orders.buttons.items() if button.isEnabled()] == []


def test_modes_are_set_in_two_steps(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    modes = window.fdir.modes
    qtbot.waitUntil(lambda: modes.model.rowCount() == 5, timeout=20_000)
    assert modes.model.rows[1].cells == ("OBR1/K1/E03", "automatic", "manual")
    modes.view.selectRow(1)
    modes.rule.setCurrentText("disabled")
    qtbot.mouseClick(modes.set, LEFT)
    assert modes.confirmation.question.text() == "Set FDIR of OBR1/K1/E03 to 'disabled'?"
    qtbot.mouseClick(modes.confirmation.confirm, LEFT)
    qtbot.waitUntil(lambda: unit.writes == [Written("FDIR.Mode", "OBR1/K1/E03", "disabled", "Olga")], timeout=20_000)
    assert modes.model.rows[1].cells[1] == "automatic"  # until the unit says otherwise
