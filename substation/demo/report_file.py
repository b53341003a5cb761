"""Where the report of a demonstration goes, and where its story is told meanwhile."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from models.errors import RingmainError


def check_target(target: Path | None) -> None:
    """RingmainError at once for what would fail only after all is done."""
    if target is not None and not is_standard_output(target) and not target.parent.is_dir():
        raise RingmainError(f"--report {target}: there is no folder {target.parent}; name a file in one")


def narration(target: Path | None) -> TextIO:
    """The stream that the report leaves free."""
    return sys.stderr if is_standard_output(target) else sys.stdout


def write_report(plain: Mapping[str, object], target: Path) -> None:
    """RingmainError when it cannot be written."""
    text = json.dumps(plain, indent=1)
    if is_standard_output(target):
        sys.stdout.write(text + "\n")
        return
    try:
        target.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise RingmainError(f"--report {target}: cannot be written: {error.strerror}") from error


def is_standard_output(target: Path | None) -> bool:
    return str(target) == "-"
