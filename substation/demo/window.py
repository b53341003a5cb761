"""The operator's window of the demonstration, and its screenshots."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from substation.demo.children import ROOT, Children

WITHOUT_HMI = ROOT / ".venv" / "without-hmi"
ANSWER_S = 20.0


def why_not() -> str:
    """'' when Qt can be loaded here; else why not, in words."""
    return WITHOUT_HMI.read_text(encoding="utf-8").strip() if WITHOUT_HMI.exists() else ""


def has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Window:
    """One HMI process. With a display it is a real window; without one it runs offscreen."""

    def __init__(self, process: asyncio.subprocess.Process, pictures: Path) -> None:
        self._process, self._pictures = process, pictures

    @classmethod
    async def open(cls, children: Children, url: str, key: Path, pictures: Path, command: str = "hmi") -> Window:
        """command: the window's."""
        pictures.mkdir(parents=True, exist_ok=True)
        arguments = [command, url, "--key", str(key), "--screenshots", str(pictures)]
        if not has_display():
            arguments.append("--offscreen")
        return cls(await children.start(command, arguments, piped=True), pictures)

    async def ready(self) -> bool:
        """Once model, energisation and status are shown; False when the window does not answer in time."""
        return await self._ask("ready") is not None

    async def choose(self, element: str) -> None:
        """Show an element as a click on it would."""
        await self._ask(f"choose {element}")

    async def shot(self, name: str) -> Path | None:
        """Save a picture of the window; None when the window does not answer."""
        answer = await self._ask(f"shot {name}") or ""
        return Path(answer.removeprefix("saved ")) if answer.startswith("saved ") else None

    async def _ask(self, request: str) -> str | None:
        """One line in, one line out; None when the window has gone or does not answer in time."""
        if self._process.stdin is None or self._process.stdout is None or self._process.returncode is not None:
            return None
        self._process.stdin.write(f"{request}\n".encode())
        try:
            async with asyncio.timeout(ANSWER_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            return None
        return line.decode().strip() or None

    async def closed(self) -> None:
        """Until the person closes the window."""
        await self._process.wait()
