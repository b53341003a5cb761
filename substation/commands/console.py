"""Who sits at the console of the machine, and what they type without its being shown."""

from __future__ import annotations

import getpass
import sys

from models.errors import ConfigError


def who() -> str:
    """For the audit log: the account of the operating system."""
    try:
        return f"{getpass.getuser()} at the console"
    except (KeyError, OSError):  # an account without a name
        return "console"


def new_password(name: str) -> str:
    """Asked for twice at a terminal; else the first line of the standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass(f"new password of {name}: ")
    if getpass.getpass("again: ") != password:
        raise ConfigError("terminal", None, "the two passwords differ", "type the same one twice")
    return password
