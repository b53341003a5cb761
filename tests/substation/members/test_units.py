"""Two whole units: the lower one joins the upper one with its certificate over TLS, lives, is revoked, and leaves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.wire.keys import SigningKey
from protocols.exchange.client import connect
from protocols.tls.files import read_chain
from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.links import upward
from substation.members import members, membership
from substation.members.member import State
from substation.trust.authority import read_public_key
from substation.trust.builder import Wish
from substation.trust.contexts import client_context
from substation.trust.user_roles import UserRoles
from substation.unit import Unit, open_unit
from tests.substation.trust.pki import Clocks, Pki

TLS = """
[tls]
certificate = "{authority}/issued/{name}.pem"
key = "data/unit.key"
authorities = "{authority}/authority.pem"
revocations = "{authority}/crl.pem"
"""
ABOVE = """schema = 1
unit = {name = "TL", level = "TLGMU"}
data_interface = {tls = "mutual"}
members = {silence_s = 1.0}
[[child]]
name = "LV"
level = "LVGMU"
may_join = "certificate"
"""
BELOW = """schema = 1
unit = {{name = "LV", level = "LVGMU"}}
parent = {{url = "wss://127.0.0.1:{port}", unit = "TL"}}
[[child]]
name = "CMU1"
"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upward, "FIRST_RETRY_S", 0.1)
    monkeypatch.setattr(upward, "LAST_RETRY_S", 0.3)
    monkeypatch.setattr(membership, "FIRST_RETRY_S", 0.1)
    monkeypatch.setattr(members, "LOOK_S", 0.2)


def certify(pki: Pki, folder: Path, name: str, level: str) -> None:
    """A certificate for the key that the unit has made itself."""
    folder.mkdir()
    unit_key(folder / "data")
    key = read_public_key(folder / "data" / "unit.pub")
    pki.authority.issue(Wish(name, key, 365, UserRoles(Role.VIEWER), level, ("127.0.0.1",)))


@asynccontextmanager
async def unit(folder: Path, pki: Pki, name: str, text: str) -> AsyncIterator[Unit]:
    (folder / "unit.toml").write_text(text + TLS.format(authority=pki.folder, name=name), encoding="utf-8")
    async with open_unit(read_unit(folder / "unit.toml"), None) as made:
        task = asyncio.create_task(made.run())
        try:
            await made.listener.bound()
            yield made
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def joined(made: Unit, name: str) -> None:
    def state() -> State:
        member = made.group.members.register.get(name)
        return State.ABSENT if member is None else member.state

    async with asyncio.timeout(20):
        while state() is not State.JOINED:
            await asyncio.sleep(0.01)


async def told(made: Unit, *texts: str) -> None:
    """One of them."""

    def lines() -> list[str]:
        return [event.text for _, event in made.parts.events.newest]

    try:
        async with asyncio.timeout(20):
            while not any(text in line for line in lines() for text in texts):
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"{texts} are not among {lines()}")


def test_a_childs_life(tmp_path: Path) -> None:
    pki = Pki(tmp_path / "authority", Clocks(time.time_ns()))
    above, below = tmp_path / "above", tmp_path / "below"
    certify(pki, above, "TL", "TLGMU")
    certify(pki, below, "LV", "LVGMU")
    pki.issue("Olga", role=Role.VIEWER)

    async def main() -> None:
        async with unit(above, pki, "TL", ABOVE) as upper:
            port = (await upper.listener.bound())[1]
            text = BELOW.format(port=port)
            async with unit(below, pki, "LV", text) as lower:
                await told(upper, "member LV (LVGMU) has joined")
                await told(lower, "this unit is a member of TL")
                assert await shown(pki, port) == ["joined"]
            await told(upper, "member LV (LVGMU) has left")
            async with unit(below, pki, "LV", text):
                await joined(upper, "LV")
                pki.authority.revoke("LV", "keyCompromise")
                await told(upper, "is a member no longer: its certificate has ended or been revoked")
                await told(upper, "SESSION_ENDED", "LV (VIEWER) at 127.0.0.1:")  # TLS or login, who looks first
                assert await shown(pki, port) == ["refused"]

    asyncio.run(main())


async def shown(pki: Pki, port: int) -> list[object]:
    """States that the unit above shows of its members."""
    key: SigningKey = pki.key("Olga")
    chain = read_chain(pki.authority.file_of("Olga"))
    context = client_context(pki.settings("Olga"), pki.store())
    async with connect(f"wss://127.0.0.1:{port}", key, certificate_chain=chain, tls=context) as client:
        return [each.value["state"] for each in await client.query("Members", "TL") if isinstance(each.value, dict)]
