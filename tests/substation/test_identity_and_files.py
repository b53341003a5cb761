"""Whose files a unit's are, what it says when its key is gone, and who reads lines about security."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from models.alarm import Category, Severity
from models.wire.keys import SigningKey
from protocols.exchange.client import connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import UNIT_KEY
from substation.stakeholders.register import StakeholderRegister
from substation.unit import open_unit

PEOPLE = {role: SigningKey.from_seed(bytes([number]) * 32) for number, role in enumerate(Role, start=90)}
TEXT = 'schema = 1\nunit = {name = "TL", level = "TLGMU"}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "unit.toml").write_text(TEXT, encoding="utf-8")
    with closing(StakeholderRegister(tmp_path / "data")) as register:
        for role, key in PEOPLE.items():
            register.enrol(key.public, role.value.lower(), role, time.time_ns())
    return tmp_path / "unit.toml"


def test_lines_about_security_are_for_those_who_need_them(file: Path) -> None:
    async def scenario() -> None:
        async with open_unit(read_unit(file), None) as unit:
            task = asyncio.create_task(unit.run())
            host, port = await unit.listener.bound()
            unit.parts.events.tell(Category.SECURITY, Severity.LOW, "TL", "mallory at 192.0.2.7 refused")
            for role, key in PEOPLE.items():
                async with connect(f"ws://{host}:{port}", key) as client:
                    lines = await client.query("Events", "TL")
                    told = any("mallory" in each.value["text"] for each in lines)  # type: ignore[index, call-overload]
                    assert told is (role not in (Role.VIEWER, Role.MARKET)), role
                    assert any("unit started" in each.value["text"] for each in lines)  # type: ignore[index, call-overload]
            async with connect(f"ws://{host}:{port}", PEOPLE[Role.VIEWER]) as client:
                assert await client.query("Events", "TL", 'value.category == "security"') == []
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(scenario())


def test_a_used_data_directory_without_its_key_is_told(file: Path) -> None:
    async def lines() -> list[str]:
        async with open_unit(read_unit(file), None) as unit:
            return [line.text for _, line in unit.parts.events.newest]

    asyncio.run(lines())
    (file.parent / "data" / UNIT_KEY).unlink()
    assert any("the unit has a new identity" in text for text in asyncio.run(lines()))


def test_other_accounts_read_nothing_of_a_unit_that_serves(file: Path) -> None:
    command = [sys.executable, "-m", "ringmain", "serve", str(file)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True) as unit:
        assert unit.stdout is not None
        assert "serves its data interface" in unit.stdout.readline()
        files = [each for each in (file.parent / "data").rglob("*") if each.name not in ("keys.sqlite",)]
        modes = {each.name: os.stat(each).st_mode & 0o007 for each in files if each.exists()}
        unit.terminate()
        unit.wait(20)
    assert "control.sqlite" in modes
    assert set(modes.values()) == {0}
