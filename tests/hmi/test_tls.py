"""The window's link over TLS against a real unit: whom it trusts, and what it shows of itself."""

from __future__ import annotations

import argparse
import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hmi import tls
from hmi.commands.login import add_login, login_of
from hmi.link import Link, LinkState
from models.errors import ConfigError
from substation.config import read_unit
from substation.exchange.access import Role
from substation.unit import Unit, open_unit
from tests.substation.trust.pki import Clocks, Pki

UNIT = """schema = 1
unit = {name = "TL", level = "TLGMU"}
data_interface = {tls = "mutual"}
[tls]
certificate = "authority/issued/TL.pem"
key = "authority/issued/TL.key"
authorities = "authority/authority.pem"
"""


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    made = Pki(tmp_path / "authority", Clocks(time.time_ns()))
    made.issue("TL", role=Role.VIEWER, hosts=("127.0.0.1",))
    made.issue("Olga", role=Role.OPERATOR)
    made.issue("desk 1", role=None, algorithm="p256")
    return made


class Served:
    """A unit in a thread with its own loop."""

    def __init__(self, folder: Path) -> None:
        (folder / "unit.toml").write_text(UNIT, encoding="utf-8")
        self._config = read_unit(folder / "unit.toml")
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    @contextmanager
    def running(self) -> Iterator[str]:
        thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)
        thread.start()
        assert self._ready.wait(10)
        try:
            yield f"wss://127.0.0.1:{self.port}"
        finally:
            assert self._task is not None
            self._loop.call_soon_threadsafe(self._task.cancel)
            thread.join(10)
            self._loop.close()

    async def _run(self) -> None:
        async with open_unit(self._config, None) as unit:
            self._task = asyncio.create_task(self._serve(unit))
            await asyncio.wait([self._task])

    async def _serve(self, unit: Unit) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(unit.run())
            self.port = (await unit.listener.bound())[1]
            self._ready.set()


def login(pki: Pki, url: str, *more: str) -> Link:

    parser = argparse.ArgumentParser()
    add_login(parser)
    issued = pki.folder / "issued"
    options = [url, "--key", str(issued / "Olga.key"), "--login-certificate", str(issued / "Olga.pem"), *more]
    made = login_of(parser.parse_args(options))
    return Link(made.url, made.session("hmi", "desk 1"), tls=made.tls)


def workstation(pki: Pki) -> list[str]:
    issued = pki.folder / "issued"
    return ["--certificate", str(issued / "desk 1.pem"), "--certificate-key", str(issued / "desk 1.key")]


def lost(qtbot: QtBot, link: Link) -> str:
    with qtbot.waitSignal(
        link.state_changed, timeout=20_000, check_params_cb=lambda state, reason: state is LinkState.LOST
    ) as told:
        link.start()
    link.stop()
    assert told.args is not None
    return str(told.args[1])


def test_window_opens_over_tls(pki: Pki, tmp_path: Path, qtbot: QtBot) -> None:
    with Served(tmp_path).running() as url:
        link = login(pki, url, "--authority", str(pki.folder / "authority.pem"), *workstation(pki))
        with qtbot.waitSignal(link.opened, timeout=20_000) as opened:
            link.start()
        assert opened.args is not None
        assert opened.args[0] == "TL"
        assert opened.args[1].role == "OPERATOR"
        link.stop()


def test_window_that_may_not(pki: Pki, tmp_path: Path, qtbot: QtBot) -> None:
    evil = Pki(tmp_path / "evil", pki.clock)
    with Served(tmp_path).running() as url:
        assert "TLS: " in lost(
            qtbot, login(pki, url, "--authority", str(evil.folder / "authority.pem"), *workstation(pki))
        )
        assert lost(qtbot, login(pki, url, "--authority", str(pki.folder / "authority.pem")))  # no certificate


def test_files_that_cannot_be_used(pki: Pki, tmp_path: Path, qtbot: QtBot) -> None:
    authority, issued = pki.folder / "authority.pem", pki.folder / "issued"
    with pytest.raises(ConfigError, match="algorithm p256"):
        tls.configuration(authority, issued / "Olga.pem", issued / "Olga.key")
    with pytest.raises(ConfigError, match="holds no certificate"):
        tls.configuration(pki.folder / "crl.pem")
    with pytest.raises(ConfigError, match="begin it with wss:"):
        login(pki, "ws://127.0.0.1:1", "--authority", str(authority))
    with pytest.raises(ConfigError, match="belong together"):
        login(pki, "wss://127.0.0.1:1", "--authority", str(authority), "--certificate", str(authority))
    with pytest.raises(ConfigError, match="whom you trust"):
        login(pki, "wss://127.0.0.1:1", "--certificate", str(authority))
