"""How a test talks to the MMS peers, which run in processes of their own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class MmsPeerError(Exception):
    """The peer could not do it; its words."""


class MmsPeer:
    """A peer that answers JSON lines: `peer.order("read", "IED1LD0/CSWI1.Pos.stVal", "ST")`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def order(self, name: str, *arguments: Any) -> Any:
        """The result of one order (see mms_client.py, mms_server.py); MmsPeerError when the peer fails at it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({name: arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "failed" in answer:
            raise MmsPeerError(answer["failed"])
        return answer["result"]

    def report_with(self, block: str, member: int, value: Any, timeout_s: float = 20.0) -> list[Any]:
        """The next report of a block whose member is or holds that value: [MEMBER, REASON]; others are passed over."""
        while (report := self.order("report", timeout_s)) is not None:
            found = report["members"].get(str(member))
            if report["block"] == block and found is not None and value in (found[0], *_members(found[0])):
                return list(found)
        raise MmsPeerError(f"no report of {block} within {timeout_s:g} s has {value} in member {member}")


def _members(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


@contextmanager
def _peer(script: str, *arguments: str) -> Iterator[MmsPeer]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / script), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        if (said := process.stdout.readline()) != "ready\n":
            raise MmsPeerError(said.strip() or f"{script} does not start")
        yield MmsPeer(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def mms_client(host: str, port: int, *tls: Path, newest: str = "1.2") -> Iterator[MmsPeer]:
    """libiec61850's client, connected to an MMS server; MmsPeerError when it is not. tls: its certificate, its key, the
    authorities; newest: version of TLS.
    """
    with _peer("mms_client.py", host, str(port), *_secure(tls, newest)) as peer:
        yield peer


@contextmanager
def mms_files_server(base: Path, *tls: Path, newest: str = "1.3") -> Iterator[tuple[MmsPeer, int]]:
    """libiec61850's server with the files below a folder; tls, newest: as above."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with _peer("mms_files.py", str(port), f"{base}/", *_secure(tls, newest)) as peer:
        yield peer, port


def _secure(tls: tuple[Path, ...], newest: str) -> tuple[str, ...]:
    return (*map(str, tls), newest) if tls else ()


def mms_files_client(port: int, folder: str, *tls: Path) -> dict[str, Any]:
    """What libiec61850's client finds in a folder of a server: {"files": {name: [size, ms, SHA-256]}} or "failed"."""
    try:
        with mms_client("127.0.0.1", port, *tls) as peer:
            return {"files": peer.order("files", folder)}
    except MmsPeerError as error:
        return {"failed": str(error)}


@contextmanager
def mms_server() -> Iterator[tuple[MmsPeer, int]]:
    """libiec61850's server with the model of mms_server.py, and its port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with _peer("mms_server.py", str(port)) as peer:
        yield peer, port
