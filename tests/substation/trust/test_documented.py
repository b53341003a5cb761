"""The walk-through of docs/certificates.md, as it stands there."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import ringmain
from substation.config import read_unit
from substation.unit import Unit, open_unit

PAGE = (Path(__file__).parents[3] / "docs" / "certificates.md").read_text(encoding="utf-8")
LONG_RUNNING = ("serve", "hmi")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[list[str]]:
    lines = "".join(blocks("sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines]


def run_until(word: str) -> None:
    """From the top to the first command that holds this word, which is run by itself."""
    for command in commands():
        if word in command:
            return
        if command[0] not in LONG_RUNNING:
            assert ringmain.main(command) == 0, command


def test_walk_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in zip(("TL", "LV07"), blocks("toml"), strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / "unit.toml").write_text(text, encoding="utf-8")
    run_until("revoke")
    space: dict[str, Callable[[str, Path], Awaitable[dict[str, str]]]] = {}
    exec(compile(blocks("python")[0], "docs/certificates.md", "exec"), space)  # noqa: S102 - our own page
    asyncio.run(live(tmp_path, space["states_of_members"]))


async def live(folder: Path, states: Callable[[str, Path], Awaitable[dict[str, str]]]) -> None:
    async with open_unit(read_unit(folder / "TL" / "unit.toml"), None) as upper:
        above = asyncio.create_task(upper.run())
        port = (await upper.listener.bound())[1]
        file = folder / "LV07" / "unit.toml"
        file.write_text(file.read_text().replace(":8104", f":{port}"))
        url = f"wss://127.0.0.1:{port}"
        async with open_unit(read_unit(file), None) as lower:
            below = asyncio.create_task(lower.run())
            await told(upper, "member LV07 (LVGMU) has joined")
            assert await states(url, folder / "utility") == {"LV07": "joined"}
            revoke = next(command for command in commands() if "revoke" in command)
            assert await asyncio.to_thread(ringmain.main, revoke) == 0
            await told(upper, "member LV07 (LVGMU) is a member no longer")
            assert await states(url, folder / "utility") == {"LV07": "refused"}
            for task in (below, above):
                task.cancel()
            await asyncio.gather(below, above, return_exceptions=True)


async def told(unit: Unit, text: str) -> None:
    async with asyncio.timeout(8):
        while not any(text in event.text for _, event in unit.parts.events.newest):
            await asyncio.sleep(0.02)
