"""Orders of the units below: shown beside the unit's own, edited as a draft, sent as a new revision."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.group.orders_below import OrdersBelow
from hmi.main_window import MainWindow
from models.order_document import to_plain
from models.switching import Order, OrderState
from models.wire.cbor import WireValue, outgoing
from models.wire.messages import Code
from substation.exchange.variables import WriteResult
from tests.hmi.conftest import Opener
from tests.hmi.orders import proposed
from tests.hmi.small_unit import VIEWER, SmallUnit

MEMBER: dict[str, WireValue] = {
    "name": "MV1",
    "kind": "unit",
    "level": "MVGMU",
    "state": "joined",
    "since_ns": 1_795_000_000_000_000_000,
    "last_seen_ns": 0,
    "reason": "",
    "version": "0.1.0",
    "configuration": "",
    "serves": ["LV1", "LV2", "LV3", "LV4"],
}


def tell(unit: SmallUnit, order: Order) -> None:
    unit.put("Orders", outgoing({"unit": "MV1", **to_plain(order)}, "Orders"), key=f"MV1/{order.id}")


def click(qtbot: QtBot, page: OrdersBelow, name: str) -> None:
    qtbot.mouseClick(page.buttons[name], Qt.MouseButton.LeftButton)


@pytest.fixture
def page(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> OrdersBelow:
    tell(unit, proposed())
    qtbot.waitUntil(lambda: len(window.below.draft) == 6, timeout=20_000)
    window.diagrams.setCurrentWidget(window.below)
    return window.below


def test_an_order_of_below_is_no_order_of_ours(window: MainWindow, page: OrdersBelow) -> None:
    assert window.site.orders == {}
    assert window.diagrams.isTabVisible(2)
    assert "revision 1" in page.title.text()
    assert not page.buttons["Send ..."].isEnabled()  # nothing has been edited


def test_an_edited_order_is_sent_as_it_was_seen(page: OrdersBelow, unit: SmallUnit, qtbot: QtBot) -> None:
    page.view.selectRow(4)
    click(qtbot, page, "Remove step")
    page.view.selectRow(2)
    click(qtbot, page, "Earlier")
    assert "draft" in page.title.text()
    click(qtbot, page, "Send ...")
    qtbot.mouseClick(page.confirmation.confirm, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(unit.writes), timeout=20_000)
    (written,) = unit.writes
    assert (written.variable, written.location) == ("Order.Edit", "MV1/orders/OBR-2026-0007")
    assert isinstance(written.value, dict)
    assert written.value["revision"] == 1
    steps = written.value["steps"]
    assert isinstance(steps, list)
    assert [step["element"] for step in steps] == [  # type: ignore[index, call-overload]
        "OBR2/K1/E03", "ST33/K1/E02/Q0", "ST103/K1/E02/Q0", "OBR2/K1/E03/Q0", "OBR2/K1/E03",
    ]  # fmt: skip


def test_a_newer_revision_withdraws_the_draft_and_says_so(page: OrdersBelow, unit: SmallUnit, qtbot: QtBot) -> None:
    page.view.selectRow(0)
    click(qtbot, page, "Remove step")
    click(qtbot, page, "Send ...")
    tell(unit, replace(proposed(), revision=2))
    qtbot.waitUntil(lambda: "revision 2" in page.title.text(), timeout=20_000)
    assert len(page.draft) == 6
    assert not page.confirmation.asking
    assert "newer revision" in page.outcome.text()


def test_a_refusal_is_shown_with_its_reason(page: OrdersBelow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.answer(lambda variable, location, value: WriteResult(Code.REFUSED, "revision 1 is not the newest (3)"))
    page.view.selectRow(0)
    click(qtbot, page, "Remove step")
    click(qtbot, page, "Send ...")
    qtbot.mouseClick(page.confirmation.confirm, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "not the newest (3)" in page.outcome.text(), timeout=20_000)


def test_what_is_approved_or_seen_by_a_viewer_is_not_edited(open_window: Opener, unit: SmallUnit, qtbot: QtBot) -> None:
    tell(unit, replace(proposed(), state=OrderState.APPROVED))
    viewer, operator = open_window(VIEWER), open_window()
    for window in (viewer, operator):
        qtbot.waitUntil(lambda page=window.below: bool(page.draft), timeout=20_000)
    assert not operator.below.buttons["Remove step"].isEnabled()
    tell(unit, proposed())
    qtbot.waitUntil(lambda: operator.below.buttons["Remove step"].isEnabled(), timeout=20_000)
    assert not viewer.below.buttons["Remove step"].isEnabled()


def test_members_that_are_missing_stand_first(window: MainWindow, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.put("Members", MEMBER, key="MV1")
    unit.put("Members", {**MEMBER, "name": "MV2", "state": "silent", "reason": "not heard for 10 s"}, key="MV2")
    model = window.members.model
    qtbot.waitUntil(lambda: model.rowCount() == 2, timeout=20_000)
    assert [row.cells[:2] for row in model.rows] == [("silent", "MV2"), ("joined", "MV1")]
    assert model.rows[1].cells[4] == "4 units"
