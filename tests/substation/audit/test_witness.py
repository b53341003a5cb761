"""The unit above keeps the signed heads of the logs below; a log that was written anew contradicts them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from models.errors import RemoteProtocolError
from substation.audit.record import HEAD, Told, line_of
from substation.audit.witness import HeadsBelow, heads_of
from substation.commands import audit
from substation.control.database import Database
from tests.substation.hierarchy.tree import Node, tree


def head(number: int, before: bytes = bytes(32), kind: str = HEAD) -> bytes:
    line, _ = line_of(Told(1, kind, "LV", "signs the log up to here"), number, before)
    return line.removesuffix(b"\n")


def test_a_head_is_kept_once_and_another_under_its_number_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        database = await Database.open(tmp_path / "control.sqlite")
        try:
            await database.make_tables()
            texts: list[str] = []
            events = SimpleNamespace(tell=lambda category, severity, location, text: texts.append(text))
            below = HeadsBelow(database, events, lambda: 5)  # type: ignore[arg-type]
            for body in (head(7), head(7), head(9)):
                effect = await below.take("LV", body)
                if effect.within is not None:
                    await database.run(effect.within)
            kept = await database.run(lambda connection: heads_of(connection, "LV"))
            assert [number for number, _ in kept] == [7, 9]
            assert texts == []
            assert (await below.take("LV", head(7, bytes([1] * 32)))).within is None
            assert "contradicts" in texts[0]
            with pytest.raises(RemoteProtocolError, match="no signed head"):
                await below.take("LV", head(8, kind="login"))
            with pytest.raises(RemoteProtocolError, match="no record and hash"):
                await below.take("LV", b"junk")
        finally:
            await database.close()

    asyncio.run(scenario())


def test_heads_of_a_unit_below_are_anchors_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with tree(tmp_path, Node("MV", "MVGMU", [Node("LV", "LVGMU")])) as at:
            control = at.units["MV"].parts.stores.control

            async def kept() -> bool:
                return bool(await control.run(lambda connection: heads_of(connection, "LV")))

            async with asyncio.timeout(20):
                while not await kept():
                    await asyncio.sleep(0.1)

    asyncio.run(scenario())
    assert audit.run([str(tmp_path / "MV" / "unit.toml"), "--heads", "LV"]) == 0
    anchors = tmp_path / "anchors"
    anchors.write_text(capsys.readouterr().out)
    assert audit.run([str(tmp_path / "LV" / "unit.toml"), "--verify", "--anchor", str(anchors)]) == 0
    for segment in (tmp_path / "LV" / "data" / "audit").iterdir():
        with contextlib.suppress(OSError):
            segment.unlink()
    assert audit.run([str(tmp_path / "LV" / "unit.toml"), "--verify", "--anchor", str(anchors)]) == 1
