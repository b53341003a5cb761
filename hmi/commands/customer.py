"""`ringmain customer [URL] --key FILE`: open a customer's window at the customer's unit (D3.2 5.2)."""

from __future__ import annotations

import argparse
import sys

from hmi.commands.desktop import add_looks, application_of, end_on_interrupt
from hmi.commands.login import add_login, login_of
from hmi.customer.window import CustomerWindow
from hmi.link import Link
from hmi.screenshots import Screenshots

SERVICE, DEVICE = "customer window", "GUI device"


def run(arguments: list[str]) -> int:
    """Exit status of the window; ConfigError when the key cannot be used."""
    asked = _parser().parse_args(arguments)
    login = login_of(asked)
    application, theme = application_of(asked)
    link = Link(login.url, login.session(SERVICE, DEVICE), pings=True, tls=login.tls)
    window = CustomerWindow(link, theme, asked.location or "")
    window.show()
    if asked.screenshots is not None:
        Screenshots(window, asked.screenshots, sys.stdin.fileno(), window)
    end_on_interrupt(application)
    link.start()
    return application.exec()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain customer", description="Open a customer's window.")
    add_login(parser)
    parser.add_argument("--location", metavar="NAME", help="the customer's unit; else the unit that URL leads to")
    add_looks(parser)
    return parser
