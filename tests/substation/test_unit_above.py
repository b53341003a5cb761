"""Switching orders on their way to the unit above, which is the same program: kept, in order, from its own child."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from models.wire.cbor import WireValue
from models.wire.keys import SigningKey
from models.wire.messages import Code
from protocols.exchange.client import RequestError, connect
from substation import unit_links
from substation.config import read_unit
from substation.exchange.access import Role
from substation.exchange.key_files import unit_key
from substation.links import upward
from substation.links.seal import Said, seal
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit
from tests.substation.commands.small_site import change, small_site
from tests.substation.control.world import order
from tests.substation.field.bench import until
from tests.substation.unit_bench import running

ABOVE = """schema = 1
unit = {{name = "TL", level = "TLGMU"}}
data_interface = {{port = {port}}}
[[child]]
name = "OBR"
"""
OPERATOR = SigningKey.from_seed(bytes([9]) * 32)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FIRST_RETRY_S": 0.05, "LAST_RETRY_S": 0.05, "LOOK_S": 0.02}.items():
        monkeypatch.setattr(upward, name, value)
    monkeypatch.setattr(unit_links, "ANSWER_S", 1.0)


@asynccontextmanager
async def above(folder: Path, port: int = 0) -> AsyncIterator[Unit]:
    folder.mkdir(exist_ok=True)
    (folder / "unit.toml").write_text(ABOVE.format(port=port), encoding="utf-8")
    async with open_unit(read_unit(folder / "unit.toml"), None) as unit:
        task = asyncio.create_task(unit.run())
        try:
            await unit.listener.bound()
            yield unit
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def enrol(folder: Path, key: SigningKey, name: str, role: Role) -> None:
    with closing(StakeholderRegister(folder / "data")) as register:
        register.enrol(key.public, name, role, time.time_ns(), approves=role is Role.OPERATOR)


async def shown(port: int) -> list[tuple[object, object]]:
    """Orders that the unit above shows: id and state."""
    async with connect(f"ws://127.0.0.1:{port}", OPERATOR) as client:
        found = await client.query("Orders", "TL")
        return [(each.value["id"], each.value["state"]) for each in found if isinstance(each.value, dict)]


def test_orders_wait_for_the_unit_above_and_are_kept_there(tmp_path: Path) -> None:
    below, upper = tmp_path / "below", tmp_path / "above"
    below.mkdir()
    (upper / "data").mkdir(parents=True)

    async def main() -> None:
        async with above(upper) as first:
            port = (await first.listener.bound())[1]
        file = small_site(below)
        change(file, "[fdir]", f'[parent]\nurl = "ws://127.0.0.1:{port}"\nunit = "TL"\n\n[fdir]')
        enrol(upper, unit_key(below / "data"), "OBR", Role.VIEWER)
        enrol(upper, OPERATOR, "Olga", Role.OPERATOR)
        async with running(below) as unit:
            await unit.station.desk.propose(order())
            await unit.station.desk.propose(order(revision=2))
            await until(lambda: any("no link to TL:" in text for text in unit.texts()))
            async with above(upper, port):
                await until(lambda: "link to TL is up" in unit.texts())
                while await shown(port) != [("FDIR-1", "proposed")]:
                    await asyncio.sleep(0.05)
            await until(lambda: sum("no link to TL:" in text for text in unit.texts()) >= 2)
        async with above(upper, port):
            assert await shown(port) == [("FDIR-1", "proposed")]  # over a restart
            names = sorted(path.name for path in (below / "data" / "outbox").iterdir())
            assert names == ["FDIR-1-r1.json", "FDIR-1-r1.xml", "FDIR-1-r2.json", "FDIR-1-r2.xml"]

    asyncio.run(main())


def test_only_a_child_has_a_mailbox_and_writes_at_its_own_name(tmp_path: Path) -> None:
    upper = tmp_path / "above"
    (upper / "data").mkdir(parents=True)
    child, stranger = SigningKey.from_seed(bytes([3]) * 32), SigningKey.from_seed(bytes([4]) * 32)
    enrol(upper, child, "OBR", Role.VIEWER)
    enrol(upper, stranger, "XYZ", Role.OPERATOR)

    async def main() -> None:
        async with above(upper) as unit:
            url = f"ws://127.0.0.1:{(await unit.listener.bound())[1]}"
            async with connect(url, stranger) as client:
                for location in ("OBR", "XYZ"):
                    for variable in ("Link.Parcels", "Link.Messages"):
                        answer = await client.write(variable, location, b"")
                        assert answer.code is Code.NOT_ALLOWED
                with pytest.raises(RequestError, match="no Link.Mailbox at XYZ"):
                    await client.event("Link.Mailbox", "XYZ")
                async with await client.event("Link.Mailbox", "OBR") as spied, connect(url, child) as good:
                    async with await good.event("Link.Mailbox", "OBR") as mailbox:
                        hello = (await anext(mailbox)).instances[0].value
                        assert isinstance(hello, dict)
                        ticket = hello["ticket"]
                        here: WireValue = [{"op": "here", "id": 0, "ticket": ticket}]
                        assert (await client.write("Link.Messages", "OBR", here)).code is Code.NOT_ALLOWED
                        assert (await good.write("Link.Messages", "OBR", here)).code is Code.OK
                        assert unit.links.post.up("OBR")
                        await spied.close()
                        assert [notice async for notice in spied] == []
                        assert unit.links.post.up("OBR")
                    await until(lambda: not unit.links.post.up("OBR"))
            async with connect(url, child) as client:
                forged = seal(stranger, Said("OBR", "TL", 1, 0, []))
                other = seal(child, Said("OBR", "TLX", 1, 0, []))
                for wrong in (b"", b"x", forged, other, "x", None, 5):
                    answer = await client.write("Link.Parcels", "OBR", wrong)
                    assert answer.code is Code.BAD_REQUEST, wrong
                for bad in ([{"op": "ask"}], ["x"], [{"op": "here", "id": 0, "ticket": b"guess"}], [{}]):
                    answer = await client.write("Link.Messages", "OBR", bad)  # type: ignore[arg-type]
                    assert answer.code is Code.BAD_REQUEST, bad
                good_batch = seal(child, Said("OBR", "TL", 1, 0, []))
                assert (await client.write("Link.Parcels", "OBR", good_batch)).code is Code.OK

    asyncio.run(main())


def test_another_unit_than_meant_gets_no_order(tmp_path: Path) -> None:
    below, upper = tmp_path / "below", tmp_path / "above"
    below.mkdir()
    (upper / "data").mkdir(parents=True)
    enrol(upper, unit_key(below / "data"), "OBR", Role.VIEWER)

    async def main() -> None:
        async with above(upper) as unit_above:
            port = (await unit_above.listener.bound())[1]
            file = small_site(below)
            change(file, "[fdir]", f'[parent]\nurl = "ws://127.0.0.1:{port}"\nunit = "TLX"\n\n[fdir]')
            async with running(below) as unit:
                await until(
                    lambda: any("is unit TL, not TLX; correct 'url' or 'unit' in [parent]" in t for t in unit.texts())
                )

    asyncio.run(main())


def test_a_unit_that_is_not_admitted_says_so(tmp_path: Path) -> None:
    below, upper = tmp_path / "below", tmp_path / "above"
    below.mkdir()

    async def main() -> None:
        async with above(upper) as unit_above:
            port = (await unit_above.listener.bound())[1]
            file = small_site(below)
            change(file, "[fdir]", f'[parent]\nurl = "ws://127.0.0.1:{port}"\nunit = "TL"\n\n[fdir]')
            async with running(below) as unit:
                await until(lambda: any("no link to TL:" in text for text in unit.texts()))
                text = next(text for text in unit.texts() if "no link to TL:" in text)
                assert "ringmain enrol" in text
                assert "what is meant for it waits" in text

    asyncio.run(main())
