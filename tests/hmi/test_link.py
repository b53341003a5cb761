"""The link by itself: silence, strangers, and answers that must not come twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hmi import link as link_module
from hmi.link import Link, LinkState
from models.wire.happenings import Answered
from models.wire.keys import SigningKey
from models.wire.messages import Code
from models.wire.session import ClientSession
from tests.hmi.small_unit import OPERATOR, UNIT, SmallUnit

STRANGER = SigningKey.from_seed(bytes([9]) * 32)


@pytest.fixture
def unit(tmp_path: Path, network_text: str) -> Iterator[SmallUnit]:
    with SmallUnit(tmp_path, network_text) as unit:
        yield unit


@pytest.fixture
def link(unit: SmallUnit, qtbot: QtBot) -> Iterator[Link]:
    link = Link(unit.url, ClientSession(OPERATOR))
    with qtbot.waitSignal(link.opened, timeout=20_000):
        link.start()
    yield link
    link.stop()


def test_silence_is_not_live_although_the_socket_is_open(
    link: Link, unit: SmallUnit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[object] = []
    link.periodic("Status", UNIT, 200, heard.append)
    qtbot.waitUntil(lambda: bool(heard) and link.live, timeout=20_000)
    unit.hold()
    with qtbot.waitSignal(link.state_changed, timeout=20_000) as told:
        pass
    assert told.args is not None
    assert told.args[0] is LinkState.SILENT
    unit.let_go()
    qtbot.waitUntil(lambda: link.live, timeout=20_000)


def test_silent_socket_is_given_up(link: Link, unit: SmallUnit, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "SILENT_S", 0.2)
    monkeypatch.setattr(link_module, "GIVE_UP_S", 0.4)
    with qtbot.waitSignal(
        link.state_changed, timeout=20_000, check_params_cb=lambda state, reason: state is LinkState.LOST
    ) as told:
        pass
    assert told.args is not None
    assert told.args[1] == "nothing heard for 0.4 s"
    with qtbot.waitSignal(link.opened, timeout=20_000):
        pass


def test_unknown_key_is_told_the_reason(unit: SmallUnit, qtbot: QtBot) -> None:
    link = Link(unit.url, ClientSession(STRANGER))
    with qtbot.waitSignal(
        link.state_changed, timeout=20_000, check_params_cb=lambda state, reason: state is LinkState.LOST
    ) as told:
        link.start()
    link.stop()
    assert told.args is not None
    assert "key" in told.args[1]


def test_nobody_there(qtbot: QtBot, unit: SmallUnit) -> None:
    unit.silence()
    link = Link(unit.url, ClientSession(OPERATOR))
    with qtbot.waitSignal(link.state_changed, timeout=20_000) as told:
        link.start()
    assert told.args is not None
    assert told.args[0] is LinkState.LOST
    unit.speak()
    with qtbot.waitSignal(link.opened, timeout=20_000):
        pass
    link.stop()


def test_write_without_a_link_is_not_sent_later(link: Link, unit: SmallUnit, qtbot: QtBot) -> None:
    unit.silence()
    qtbot.waitUntil(lambda: link.state is LinkState.LOST, timeout=20_000)
    answers: list[Answered] = []
    link.write("CSWI1.Pos.Oper", "ST103/K1/E01/Q0", 1, answers.append)
    qtbot.waitUntil(lambda: len(answers) == 1, timeout=20_000)
    assert answers[0].code is Code.NOT_SENT
    with qtbot.waitSignal(link.opened, timeout=20_000):
        unit.speak()
    qtbot.wait(200)
    assert unit.writes == []


def test_refused_subscription_is_told(link: Link, qtbot: QtBot) -> None:
    with qtbot.waitSignal(link.refused, timeout=20_000) as told:
        link.subscribe("Audit", f"{UNIT}/forbidden", lambda notice: None)
    assert told.args == ["not allowed: role OPERATOR has no right to audit"]
