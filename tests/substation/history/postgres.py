"""A real PostgreSQL server on a free port, in a directory of its own, that can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

START_S = 20.0


def binaries() -> Path | None:
    """Where the server's programs are; None when PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    path = shutil.which("postgres")
    return found[-1].parent if found else Path(path).resolve().parent if path else None


class Server:
    """PostgreSQL refuses to run as root, so root hands it over to the user `postgres`.

    Its directory lies outside of pytest's: every start of another pytest closes that one to other users again.
    """

    def __init__(self, *settings: str) -> None:
        folder = Path(tempfile.mkdtemp(prefix="ringmain-postgres-"))
        self._data, self._bin = folder / "cluster", binaries()
        self._user = "postgres" if os.geteuid() == 0 else None
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, name: str, *arguments: str) -> None:
        command = [f"{self._bin}/{name}", *arguments]
        subprocess.run(command, check=True, capture_output=True, user=self._user, cwd=self._data.parent, timeout=60)

    def start(self) -> None:
        """Until it answers."""
        command = [f"{self._bin}/postgres", "-D", str(self._data), "-p", str(self.port), "-h", "127.0.0.1", "-k", ""]
        for setting in self._settings:
            command += ["-c", setting]
        deadline_s = time.monotonic() + START_S
        while True:
            log = (self._data.parent / "log").open("ab")
            with log:
                self._process = subprocess.Popen(
                    command, stdout=log, stderr=log, user=self._user, cwd=self._data.parent
                )
            while self._process.poll() is None:
                try:
                    psycopg.connect(self.url, connect_timeout=2).close()
                except psycopg.OperationalError:
                    assert time.monotonic() < deadline_s, "PostgreSQL does not answer"
                    time.sleep(0.03)
                else:
                    return
            assert time.monotonic() < deadline_s, "PostgreSQL does not start"
            time.sleep(0.1)  # children of one that was killed still hold its memory

    def kill(self) -> None:
        """As a crash of the machine's process: no time for anything."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """For good: its data are gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=20)
        shutil.rmtree(self._data.parent)
