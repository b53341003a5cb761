"""A peer of the tests in a process of its own: it may crash or hang, and its licence stays there."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def peer(script: str, *arguments: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run a script of this folder as `script PORT ...`; yields its port on loopback once it has printed `ready`."""
    port = free_port()
    command = [sys.executable, str(Path(__file__).parent / script), str(port), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield port, process
        finally:
            process.kill()


def free_port() -> int:
    """A port that nobody listens on: these peers cannot be asked which one the system gave them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
