"""One setting of a TOML file changed in its text: comments and order stay. The result is read back and compared."""

from __future__ import annotations

import copy
import re
import tomllib

from substation.maintenance.errors import ReleaseError

_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")


def with_setting(text: str, section: str, key: str, value: float) -> str:
    """The text with `[section] key = value`. ReleaseError when the file is written in a way that hinders it."""
    lines = text.splitlines()
    place = _place(lines, section, key)
    setting = f"{key} = {value!r}"
    if place is None:
        changed = [*lines, "", f"[{section}]", setting]
    else:
        number, exists = place
        changed = [*lines[:number], setting, *lines[number + exists :]]
    result = "\n".join(changed) + "\n"
    if not _differs_only(text, result, section, key, value):
        raise ReleaseError(f"[{section}] {key} cannot be set in this unit.toml; write it as [{section}] with '{key} ='")
    return result


def _place(lines: list[str], section: str, key: str) -> tuple[int, int] | None:
    """Line number of the setting and 1, or of where it belongs and 0; None without such a section."""
    assignment = re.compile(rf"^\s*{re.escape(key)}\s*=")
    present, below = "", None
    for number, line in enumerate(lines):
        if header := _HEADER.match(line):
            present = header[1]
            below = number + 1 if present == section and below is None else below
        elif present == section and assignment.match(line):
            return number, 1
    return None if below is None else (below, 0)


def _differs_only(old: str, new: str, section: str, key: str, value: float) -> bool:
    try:
        before, after = tomllib.loads(old), tomllib.loads(new)
        expected = copy.deepcopy(before)
        expected.setdefault(section, {})[key] = value
    except (tomllib.TOMLDecodeError, TypeError, AttributeError):
        return False
    return after == expected
