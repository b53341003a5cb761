"""Interruptions of supply at the window: listed with what they cost, and another cause stated."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hmi.main_window import MainWindow
from models.wire.cbor import WireValue, outgoing
from substation.reliability.document import published
from substation.reliability.indices import Period
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span
from substation.reliability.month import by_kind, plain_indices
from tests.hmi.small_unit import SmallUnit, Written

S = 1_000_000_000
START_NS = 1_700_000_000 * S
BAY = "OBR1/K1/E03"
OVER = Interruption(
    "I1", START_NS, Cause.FAULT, BAY, "C1", "trip: PTRC1.Tr",
    (LoadOutage("ST1/T1", 1200, 3, 250e3, (Span(START_NS, START_NS + 600 * S),)),),
)  # fmt: skip
LASTING = Interruption(
    "I2", START_NS + 3600 * S, Cause.UNKNOWN, "", "", "nothing told",
    (LoadOutage("ST2/T1", 7, 0, 1e3, (Span(START_NS + 3600 * S),)),),
)  # fmt: skip


def told() -> tuple[WireValue, WireValue]:
    """What a unit publishes of both."""
    end_ns = START_NS + 7200 * S
    figures = by_kind([OVER, LASTING], 10_000, Period(START_NS, end_ns), 180.0)
    month = {"month": "2023-11", **{kind: plain_indices(each) for kind, each in figures.items()}}
    listed = {"interruptions": [published(LASTING, end_ns), published(OVER, end_ns)], "count": 2}
    return outgoing(listed, "x"), outgoing({"served": 10_000, "short_s": 180.0, "months": [month]}, "x")


def test_listed_and_another_cause_is_stated(unit: SmallUnit, window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    listed, indices = told()
    unit.put("Interruptions", listed)
    unit.put("Reliability", indices)
    page = window.interruptions
    qtbot.waitUntil(lambda: len(page.model.rows) == 2 and bool(page.months.text()), timeout=20_000)
    window.lists.setCurrentWidget(page)
    lasting, over = page.model.rows
    assert (lasting.cells[1], lasting.bold, over.bold) == ("lasts", True, False)
    assert over.cells[2:5] == ("fault", BAY, "1,200, 3 critical")
    assert over.cells[6] == "41.7 kWh"
    assert "1,200 customers back" in over.tip
    assert page.months.text().startswith("2023-11: unplanned SAIDI 1.24 min")
    assert window.lists.tabText(window.lists.indexOf(page)) == "Interruptions (1)"
    assert not page.state.isEnabled()
    page.view.selectRow(0)
    page.words.setText("digger, police report 12")
    page.cause.setCurrentText("fault")
    picture = tmp_path / "interruptions.png"
    assert window.grab().save(str(picture))
    qtbot.mouseClick(page.state, Qt.MouseButton.LeftButton)
    said: WireValue = {"cause": "fault", "text": "digger, police report 12"}
    written = Written("Interruption.State", "OBR/interruptions/I2", said, "Olga")
    qtbot.waitUntil(lambda: written in unit.writes, timeout=20_000)
