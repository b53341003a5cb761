"""`ringmain hmi [URL] --key FILE`: open the operator's window."""

from __future__ import annotations

import argparse

from hmi.commands.desktop import add_looks, application_of, show
from hmi.commands.login import add_login, login_of
from hmi.link import Link
from hmi.main_window import MainWindow

SERVICE, DEVICE = "hmi", "workstation"


def run(arguments: list[str]) -> int:
    """Exit status of the window; ConfigError when the key cannot be used."""
    asked = _parser().parse_args(arguments)
    login = login_of(asked)
    application, theme = application_of(asked)
    link = Link(login.url, login.session(SERVICE, DEVICE), tls=login.tls)
    return show(MainWindow(link, theme), link, asked, application)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain hmi", description="Open the operator's window of a unit.")
    add_login(parser)
    add_looks(parser)
    return parser
