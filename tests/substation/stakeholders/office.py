"""A unit without field devices, with stakeholders, behind its real door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

from models.wire.keys import SigningKey
from protocols.exchange.client import Client, connect
from substation.config import UnitConfig, read_unit
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.settings import SecuritySettings
from substation.unit import Unit, open_unit
from tests.substation.stakeholders.guard import CHEAP

UNIT = """schema = 1
[unit]
name = "OBR"
level = "MVGMU"
"""
KEYS = {role: SigningKey.from_seed(bytes([40 + index]) * 32) for index, role in enumerate(Role)}
NAMES = {Role.OPERATOR: "Olga", Role.SECADM: "Sara", Role.RBACMNT: "Rita", Role.SECAUD: "Aude", Role.VIEWER: "Vito"}


def written_unit(folder: Path) -> Path:
    """unit.toml, and its people enrolled."""
    file = folder / "unit.toml"
    file.write_text(UNIT)
    with closing(StakeholderRegister(folder / "data")) as register:
        for role, name in NAMES.items():
            register.enrol(KEYS[role].public, name, role, time.time_ns())
    return file


class Office:
    def __init__(self, unit: Unit, config: UnitConfig, url: str) -> None:
        self.unit, self.config, self.url = unit, config, url

    def client(self, role: Role) -> Client:
        return connect(self.url, KEYS[role], service="test")

    def by_password(self, name: str, password: str) -> Client:
        return connect(self.url, user=name, password=password, timeout_s=5.0)

    def texts(self) -> list[str]:
        return [event.text for _, event in self.unit.parts.events.newest]


@asynccontextmanager
async def office(folder: Path, settings: SecuritySettings = CHEAP) -> AsyncIterator[Office]:
    """May be opened again in the same folder."""
    file = folder / "unit.toml"
    config = replace(read_unit(file if file.exists() else written_unit(folder)), security=settings)
    async with open_unit(config, None) as unit:
        task = asyncio.create_task(unit.run())
        try:
            unit.security.gatekeeper._refusal_s = 0.01  # noqa: SLF001 - the tests are many
            host, port = await unit.listener.bound()
            yield Office(unit, config, f"ws://{host}:{port}")
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
