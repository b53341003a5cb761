"""The window against a unit with the real network, link established."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hmi import style
from hmi.link import Link
from hmi.main_window import MainWindow
from hmi.theme import LIGHT
from models.wire.keys import SigningKey
from models.wire.session import ClientSession
from tests.hmi.small_unit import OPERATOR, SmallUnit

NETWORK = Path(__file__).parents[2] / "examples" / "oberrhein" / "network.json"
Opener = Callable[..., MainWindow]


@pytest.fixture(scope="session")
def network_text() -> str:
    return NETWORK.read_text(encoding="utf-8")


@pytest.fixture
def unit(tmp_path: Path, network_text: str) -> Iterator[SmallUnit]:
    with SmallUnit(tmp_path, network_text) as unit:
        yield unit


@pytest.fixture
def open_window(qtbot: QtBot, qapp: QApplication, unit: SmallUnit) -> Iterator[Opener]:
    opened = []

    def open_one(key: SigningKey = OPERATOR) -> MainWindow:
        style.apply(qapp, LIGHT)
        window = MainWindow(Link(unit.url, ClientSession(key, service="hmi")), LIGHT)
        opened.append(window)
        qtbot.addWidget(window)
        window.show()
        window.link.start()
        ready = (window.site, window.state)
        qtbot.waitUntil(lambda: ready[0].model is not None and bool(ready[0].energisation), timeout=20_000)
        qtbot.waitUntil(lambda: len(window.mirror) >= len(unit.network.switches), timeout=20_000)
        window.mirror.flush()
        return window

    yield open_one
    for window in opened:
        window.close()


@pytest.fixture
def window(open_window: Opener) -> MainWindow:
    return open_window()
