"""Who sits at the console of the machine, and what they type without its being shown."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from models.errors import ConfigError
from models.progress import ProgressBar, bar_for


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


def reading_bar(file: Path | None) -> ProgressBar | None:
    """On standard error, while a large file of a site is read; None where nobody watches or it is small or missing."""
    try:
        octets = 0 if file is None else file.stat().st_size
    except OSError:
        return None  # who reads it says why it cannot be read
    return bar_for(sys.stderr, f"reading {file}", octets)


def watched_bar(what: str) -> ProgressBar | None:
    """On standard error; None where nobody watches."""
    return ProgressBar(sys.stderr, what) if sys.stderr.isatty() else None
