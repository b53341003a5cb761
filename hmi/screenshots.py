"""Pictures of the window on request: `shot NAME` on standard input saves NAME.png, `quit` or its end closes the window.

`ready` is answered as soon as the window shows all that it is for; further words are the window's own. Lines are
answered in their order, one line each.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from PyQt6.QtCore import QObject, QSocketNotifier
from PyQt6.QtGui import QPixmap
from PyQt6.QtWidgets import QApplication
from PyQt6.sip import voidptr

from hmi.timer import timer

_NAME = re.compile(r"[\w-][\w.-]*")
CHUNK = 4096
PUMP_MS = 20
SETTLING_ROUNDS = 3  # panels that have come into sight change layouts, which change others


class Pictured(Protocol):
    """A window. verbs: its own words, each with what it does with the rest of the line, and answers."""

    @property
    def ready(self) -> bool: ...
    @property
    def verbs(self) -> Mapping[str, Callable[[str], str]]: ...
    def settle(self) -> None:
        """Show now what has arrived."""

    def grab(self) -> QPixmap: ...
    def close(self) -> bool: ...


class Screenshots(QObject):
    """Answers each line with one line: `saved PATH`, `done`, or `error` with the reason."""

    def __init__(self, window: Pictured, folder: Path, source: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._folder, self._source = window, folder, source
        self._rest = b""
        self._waiting: deque[str] = deque()
        self._pump = timer(self, PUMP_MS, self._obey_next)
        self._verbs: dict[str, Callable[[str], str]] = {
            "shot": self._shot,
            **window.verbs,
            "quit": self._quit,
        }
        self._notifier = QSocketNotifier(voidptr(source), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._readable)

    def _readable(self) -> None:
        data = os.read(self._source, CHUNK)
        if not data:
            self._notifier.setEnabled(False)
            self._waiting.append("quit")
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._waiting += [line.decode("utf-8", "replace").strip() for line in lines]
        self._pump.start()

    def _obey_next(self) -> None:
        """One line at a time, so that the window lives between them; `ready` holds up those behind it."""
        if self._waiting and self._waiting[0] == "ready" and not self._window.ready:
            return
        if self._waiting:
            line = self._waiting.popleft()
            print("ready" if line == "ready" else self.obey(line), flush=True)
        if not self._waiting:
            self._pump.stop()

    def obey(self, line: str) -> str:
        """Carry out one line; the answer."""
        verb, _, rest = line.partition(" ")
        act = self._verbs.get(verb)
        return act(rest.strip()) if act else f"error: unknown word '{verb}'; use ready, {', '.join(self._verbs)}"

    def _shot(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            return f"error: '{name}' is no file name of letters, digits, '-', '_' and '.'"
        self._window.settle()
        for _ in range(SETTLING_ROUNDS):
            QApplication.processEvents()
        path = self._folder / f"{name}.png"
        if not self._window.grab().save(str(path)):
            return f"error: {path} cannot be written"
        return f"saved {path}"

    def _quit(self, _: str) -> str:
        self._window.close()
        QApplication.quit()
        return "done"
