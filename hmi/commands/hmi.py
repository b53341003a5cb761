"""`ringmain hmi [URL] --key FILE`: open the operator's window."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from PyQt6.QtCore import QMessageLogContext, QtMsgType, QUrl, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication

from hmi import style
from hmi.link import Link
from hmi.main_window import MainWindow
from hmi.screenshots import Screenshots
from hmi.theme import THEMES, Theme
from hmi.timer import timer
from models.bounded import bounded_number
from models.errors import ConfigError, RingmainError
from models.wire.keys import KeyTextError, SigningKey, VerifyKey
from models.wire.session import ClientSession

log = logging.getLogger("ringmain.hmi.qt")

HABITUAL = "This plugin does not support propagateSizeHints"
DEFAULT_URL = "ws://127.0.0.1:8104"
SERVICE, DEVICE = "hmi", "workstation"
SIGNAL_CHECK_MS = 200


def run(arguments: list[str]) -> int:
    """Exit status of the window; ConfigError when the key cannot be used."""
    asked = _parser().parse_args(arguments)
    key = _signing_key(asked.key)
    unit_key = _unit_key(asked.unit_key) if asked.unit_key else None
    if asked.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _check_display()
    if asked.screenshots is not None:
        _make(asked.screenshots)
    qInstallMessageHandler(_log_qt)
    application = QApplication(["ringmain"])
    theme = THEMES[asked.theme]
    style.apply(application, theme, asked.text_scale)
    link = Link(asked.url, ClientSession(key, unit_key=unit_key, service=SERVICE, device=DEVICE))
    return _show(application, link, theme, asked.screenshots)


def _show(application: QApplication, link: Link, theme: Theme, screenshots: Path | None) -> int:
    window = MainWindow(link, theme)
    window.show()
    if screenshots is not None:
        Screenshots(window, screenshots, sys.stdin.fileno(), window)
    _end_on_interrupt(application)
    link.start()
    return application.exec()


def _log_qt(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
    """What Qt reports goes to the log of the process; the offscreen platform's one habitual remark says nothing."""
    if message and not message.startswith(HABITUAL):
        level = logging.ERROR if kind in (QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg) else logging.WARNING
        log.log(level, "%s", message)


def _end_on_interrupt(application: QApplication) -> None:
    """Qt's loop does not let Python see a signal by itself: a timer gives it a moment now and then."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: application.quit())
    timer(application, SIGNAL_CHECK_MS, lambda: None).start()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain hmi", description="Open the operator's window of a unit.")
    parser.add_argument(
        "url",
        nargs="?",
        type=_url,
        default=DEFAULT_URL,
        metavar="URL",
        help=f"the unit's data interface ({DEFAULT_URL})",
    )
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="private key of the operator (see `ringmain enrol`)"
    )
    parser.add_argument(
        "--unit-key", metavar="HEX", help="public key that the unit must have; else the first one seen is kept"
    )
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
    return parser


def _url(text: str) -> str:
    """Qt takes any text for a URL and then tries for ever."""
    url = QUrl(text, QUrl.ParsingMode.StrictMode)
    if url.scheme() not in ("ws", "wss") or not url.host():
        raise argparse.ArgumentTypeError(f"ws://HOST:PORT is expected, not '{text}'")
    return text


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


def _signing_key(file: Path) -> SigningKey:
    try:
        return SigningKey.from_text(file.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the path of a private key file") from error
    except KeyTextError as error:
        raise ConfigError(str(file), None, str(error), "give a private key file") from error


def _unit_key(text: str) -> VerifyKey:
    try:
        return VerifyKey.from_text(text)
    except KeyTextError as error:
        raise ConfigError("--unit-key", None, str(error), "give the unit's public key as 64 hex digits") from error
