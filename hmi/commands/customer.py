"""`ringmain customer [URL] --key FILE`: open a customer's window at the customer's unit (D3.2 5.2)."""

from __future__ import annotations

import argparse

from hmi.commands.desktop import add_looks, application_of, show
from hmi.commands.login import add_login, login_of
from hmi.customer.window import CustomerWindow
from hmi.link import Link

SERVICE, DEVICE = "customer window", "GUI device"


def run(arguments: list[str]) -> int:
    """Exit status of the window; ConfigError when the key cannot be used."""
    asked = _parser().parse_args(arguments)
    login = login_of(asked)
    application, theme = application_of(asked)
    link = Link(login.url, login.session(SERVICE, DEVICE), tls=login.tls)
    return show(CustomerWindow(link, theme, asked.location or ""), link, asked, application)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain customer", description="Open a customer's window.")
    add_login(parser)
    parser.add_argument("--location", metavar="NAME", help="the customer's unit; else the unit that URL leads to")
    add_looks(parser)
    return parser
