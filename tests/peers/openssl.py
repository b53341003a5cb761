"""OpenSSL's own client and server at a terminal (`openssl s_client`, `s_server`): what is typed, what is shown."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

PATIENCE_S = 20.0


class Terminal:
    """One running `openssl`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.shown = b""

    async def type(self, text: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(text.encode())
        await self._process.stdin.drain()

    async def until(self, text: str, since: int = 0) -> None:
        """It shows that; TimeoutError otherwise."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while text.encode() not in self.shown[since:]:
                piece = await self._process.stdout.read(4096)
                assert piece, f"openssl has ended without {text!r}:\n{self.shown.decode(errors='replace')}"
                self.shown += piece

    async def end(self) -> str:
        """Everything it has shown, once it has ended by itself."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            self.shown += await self._process.stdout.read()
            await self._process.wait()
        return self.shown.decode(errors="replace")


@asynccontextmanager
async def openssl(*arguments: str) -> AsyncIterator[Terminal]:
    process = await asyncio.create_subprocess_exec(
        "openssl",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Terminal(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def weak_certificate(folder: Path, authority: Path, kind: Sequence[str], digest: str, name: str) -> Path:
    """A certificate that a careless authority would sign. kind: of the key, as `openssl req -newkey` wants it."""
    key, request, made = (folder / f"{name}{end}" for end in (".key", ".csr", ".pem"))
    newkey = ["openssl", "req", "-newkey", *kind, "-nodes", "-subj", f"/CN={name}", "-keyout", str(key)]
    subprocess.run([*newkey, "-out", str(request)], check=True, capture_output=True)
    sign = ["openssl", "x509", "-req", "-in", str(request), "-CA", str(authority / "authority.pem"), "-CAkey"]
    sign += [str(authority / "authority.key"), f"-{digest}", "-days", "30", "-out", str(made)]
    subprocess.run(sign, check=True, capture_output=True)
    return made
