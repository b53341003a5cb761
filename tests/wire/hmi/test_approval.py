"""A person heals a fault through the window: reads, approves, returns to normal; unit and field are the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmi import style
from hmi.link import Link
from hmi.main_window import MainWindow
from hmi.theme import LIGHT
from models.switching import Order, OrderKind, OrderState
from models.wire.session import ClientSession
from tests.wire.aftermath import is_normal
from tests.wire.conftest import Theatre
from tests.wire.loop import LoopThread
from tests.wire.scene import BREAKER, FAR, LINE, NEAR, TIE, Scene
from tests.wire.stage import Stage

LEFT = Qt.MouseButton.LeftButton
SOON_MS, HEALED_MS = 20_000, 40_000


@pytest.fixture
def stage(theatre: Theatre) -> Stage:
    return theatre.set()


@pytest.fixture
def window(stage: Stage, qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    """Connected as the operator, with a complete picture."""
    style.apply(qapp, LIGHT)
    url = f"ws://127.0.0.1:{stage.site.ports.unit}"
    window = MainWindow(Link(url, ClientSession(stage.site.operator, service="hmi")), LIGHT)
    qtbot.addWidget(window)
    window.show()
    window.link.start()
    qtbot.waitUntil(lambda: window.ready, timeout=SOON_MS)
    yield window
    window.close()


class Person:
    """What a person does with the window: every decision is a click, every look waits for what is shown."""

    def __init__(self, window: MainWindow, qtbot: QtBot) -> None:
        self.window, self._qtbot = window, qtbot
        self.panel = window.fdir.orders

    def sees_order(self, kind: OrderKind, state: OrderState, within_ms: int = HEALED_MS) -> Order:
        def shown() -> bool:
            order = self.panel.order
            return order is not None and (order.kind, order.state) == (kind, state)

        self.until(shown, within_ms)
        assert self.panel.order is not None
        return self.panel.order

    def says(self, verb: str, phrase: str = "") -> None:
        """Both steps of a decision; the phrase is typed where it is asked for."""
        self._click(self.panel.buttons[verb])
        if phrase:
            self._qtbot.keyClicks(self.panel.confirmation.edit, phrase)
        self._click(self.panel.confirmation.confirm)

    def removes_tag(self, switch: str) -> None:
        self.window.choose(switch)
        tags = self.window.faceplate.tags
        self.until(lambda: tags.model.rowCount() > 0)
        self._click(tags.remove)
        self._click(tags.confirmation.confirm)
        self.until(lambda: tags.model.rowCount() == 0)

    def until(self, holds: Callable[[], bool], within_ms: int = SOON_MS) -> None:
        self._qtbot.waitUntil(holds, timeout=within_ms)

    def finds_line(self, text: str) -> None:
        """The event list, filtered by this text, is not empty."""
        self.window.events.search(text)
        self.until(lambda: self.window.events.model.rowCount() > 0)
        self.window.events.search("")

    def _click(self, button: object) -> None:
        self.until(lambda: button.isVisible() and button.isEnabled())  # type: ignore[attr-defined]
        self._qtbot.mouseClick(button, LEFT)


def test_fault_is_healed_on_approval_in_the_window(
    window: MainWindow, stage: Stage, loop: LoopThread, qtbot: QtBot
) -> None:
    loop.do(stage.set_mode("manual"))
    scene = loop.do(Scene(stage).begin())
    person = Person(window, qtbot)
    loop.do(scene.fault())
    order = person.sees_order(OrderKind.ISOLATE_AND_RESTORE, OrderState.PROPOSED)
    is_explained(person, order)
    assert loop.do(scene.commanded()) == []
    person.says("Approve", order.id)
    person.sees_order(OrderKind.ISOLATE_AND_RESTORE, OrderState.COMPLETED)
    is_shown_healed(person, order)
    truth = loop.do(scene.is_safe())
    assert truth["unfed_loads"] == []
    loop.do(scene.nothing_is_lost())
    goes_back(person, loop, scene)


def is_explained(person: Person, order: Order) -> None:
    """Before anybody approves: what was concluded, what speaks against everything else, what will be done."""
    cases = person.window.fdir.cases.toPlainText()
    assert f"the fault lies in {LINE}" in cases
    assert "rejected: " in cases
    operations = [row.cells[1] for row in person.panel.steps.rows]
    assert {f"open {NEAR}", f"open {FAR}", f"close {BREAKER}", f"close {TIE}"} <= set(operations)
    assert "not earthed; EN 50110-1" in person.panel.text.toPlainText()
    assert person.window.state.energisation(LINE) == "dead"
    person.finds_line(f"order {order.id} revision 1 proposed")


def is_shown_healed(person: Person, order: Order) -> None:
    assert {row.cells[0] for row in person.panel.steps.rows} == {"✓"}
    window = person.window
    person.until(lambda: window.state.energisation("ST108/K1/BB1/N1") == "energised:OBR1/T1")
    assert window.state.energisation(LINE) == "dead"
    person.finds_line(f"order {order.id} revision 1 approved by Olga")
    person.finds_line(f"order {order.id} completed")


def goes_back(person: Person, loop: LoopThread, scene: Scene) -> None:
    """The repair is reported in the window, and the order that leads back is approved there too."""
    for fault in scene.faults:
        loop.do(scene.stage.sim("repair", fault))
    for switch in (NEAR, FAR):
        person.removes_tag(switch)
    person.says("Repaired")
    back = person.sees_order(OrderKind.RETURN_TO_NORMAL, OrderState.PROPOSED)
    person.says("Approve", back.id)
    person.sees_order(OrderKind.RETURN_TO_NORMAL, OrderState.COMPLETED)
    loop.do(is_normal(scene.stage))
    person.until(lambda: person.window.state.energisation(LINE) == "energised:OBR2/T1")
