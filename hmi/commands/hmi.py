"""`ringmain hmi [URL] --key FILE`: open the operator's window."""

from __future__ import annotations

import argparse
import sys

from hmi.commands.desktop import add_looks, application_of, end_on_interrupt
from hmi.commands.login import add_login, login_of
from hmi.link import Link
from hmi.main_window import MainWindow
from hmi.screenshots import Screenshots

SERVICE, DEVICE = "hmi", "workstation"


def run(arguments: list[str]) -> int:
    """Exit status of the window; ConfigError when the key cannot be used."""
    asked = _parser().parse_args(arguments)
    login = login_of(asked)
    application, theme = application_of(asked)
    link = Link(login.url, login.session(SERVICE, DEVICE), tls=login.tls)
    window = MainWindow(link, theme)
    window.show()
    if asked.screenshots is not None:
        Screenshots(window, asked.screenshots, sys.stdin.fileno(), window)
    end_on_interrupt(application)
    link.start()
    return application.exec()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain hmi", description="Open the operator's window of a unit.")
    add_login(parser)
    add_looks(parser)
    return parser
