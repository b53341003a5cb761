"""What every window's command does around the window: options of its looks, display, Qt's messages, signals."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Protocol

from PyQt6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication

from hmi import style
from hmi.link import Link
from hmi.screenshots import Pictured, Screenshots
from hmi.theme import THEMES, Theme
from hmi.timer import timer
from models.bounded import bounded_number
from models.errors import ConfigError, RingmainError

log = logging.getLogger("ringmain.hmi.qt")

HABITUAL = "This plugin does not support propagateSizeHints"
SIGNAL_CHECK_MS = 200


def add_looks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--theme", choices=sorted(THEMES), default="light")
    parser.add_argument(
        "--text-scale",
        type=bounded_number(0.8, 2.0),
        default=1.0,
        metavar="FACTOR",
        help="size of all text, 0.8 to 2.0",
    )
    parser.add_argument("--offscreen", action="store_true", help="run without a display")
    parser.add_argument(
        "--screenshots",
        type=Path,
        metavar="DIR",
        help="take `shot NAME` and `quit` from standard input, save DIR/NAME.png",
    )


def application_of(asked: argparse.Namespace) -> tuple[QApplication, Theme]:
    """RingmainError without a display; ConfigError when the folder of pictures cannot be made."""
    if asked.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _check_display()
    if asked.screenshots is not None:
        _make(asked.screenshots)
    qInstallMessageHandler(_log_qt)
    application = QApplication(["ringmain"])
    theme = THEMES[asked.theme]
    style.apply(application, theme, asked.text_scale)
    return application, theme


class _Window(Pictured, Protocol):
    def show(self) -> None: ...


def show(window: _Window, link: Link, asked: argparse.Namespace, application: QApplication) -> int:
    """Open the window with its link, obey whoever wants pictures; its exit status when it has been closed."""
    window.show()
    if asked.screenshots is not None:
        Screenshots(window, asked.screenshots, sys.stdin.fileno(), application)
    _end_on_interrupt(application)
    link.start()
    return application.exec()


def _end_on_interrupt(application: QApplication) -> None:
    """Qt's loop does not let Python see a signal by itself: a timer gives it a moment now and then."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: application.quit())
    timer(application, SIGNAL_CHECK_MS, lambda: None).start()


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    """What Qt reports goes to the log of the process; the offscreen platform's one habitual remark says nothing."""
    if message and not message.startswith(HABITUAL):
        level = logging.ERROR if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg) else logging.WARNING
        log.log(level, "%s", message)


def _check_display() -> None:
    """Without a display Qt ends the process with a core dump."""
    if not any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
        raise RingmainError("there is no display (DISPLAY is not set); start it on a desktop, or with --offscreen")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "name another folder with --screenshots"
        raise ConfigError(str(folder), None, f"cannot be made: {error.strerror}", remedy) from error
