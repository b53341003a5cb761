"""Strict reading of TOML: every key is asked for by name and type, what nobody asked for is an error with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import TypeVar

from models.errors import ConfigError

T = TypeVar("T", bool, int, float, str)
Scalar = bool | int | float | str

_HEADER = re.compile(r"^\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[A-Za-z0-9_.-]+)\s*=""")
_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


class Table:
    """One table of a TOML file. `take*` hand out keys; `done()` refuses what was not taken."""

    def __init__(self, content: dict[str, object], file: str, lines: list[str], path: tuple[str, ...] = ()) -> None:
        self._content, self._file, self._lines, self._path = content, file, lines, path
        self._taken: set[str] = set()

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """The value of `key`; without default the key is mandatory. A whole number serves where a number is asked."""
        self._taken.add(key)
        if key not in self._content:
            if default is None:
                raise self.error(None, f"'{self._name(key)}' is missing", f"add it as {_NAMES[kind]}")
            return default
        value = self._content[key]
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or type(value) is not kind:  # a bool is an int, but not a number here
            raise self.error(key, f"'{self._name(key)}' is {value!r}", f"write {_NAMES[kind]}")
        return value

    def optional(self, key: str, kind: type[T]) -> T | None:
        """The value of `key`, or None when it is absent."""
        self._taken.add(key)
        return self.take(key, kind) if key in self._content else None

    def take_list(self, key: str, kind: type[T], default: list[T] | None = None) -> list[T]:
        """A list whose elements all have one type."""
        self._taken.add(key)
        if key not in self._content and default is not None:
            return default
        value = self._content.get(key)
        if not isinstance(value, list):
            raise self.error(key, f"'{self._name(key)}' is not a list", f"write [..] of {_NAMES[kind]}")
        items = [float(item) if kind is float and type(item) is int else item for item in value]
        checked = [item for item in items if isinstance(item, kind) and type(item) is kind]
        if len(checked) != len(items):
            raise self.error(key, f"'{self._name(key)}' has an element of another type", f"each is {_NAMES[kind]}")
        return checked

    def table(self, key: str) -> Table:
        """A table below this one; an empty one when it is absent."""
        self._taken.add(key)
        value = self._content.get(key, {})
        if not isinstance(value, dict):
            raise self.error(key, f"'{self._name(key)}' is not a table", f"write [{self._name(key)}]")
        return Table(value, self._file, self._lines, (*self._path, key))

    def tables(self, key: str) -> list[Table]:
        """An array of tables; empty when absent."""
        self._taken.add(key)
        value = self._content.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(key, f"'{self._name(key)}' is not an array of tables", f"write [[{self._name(key)}]]")
        return [
            Table(item, self._file, self._lines, (*self._path, key, str(index))) for index, item in enumerate(value)
        ]

    @property
    def file(self) -> str:
        """The file's name, as errors tell it."""
        return self._file

    def scalars(self) -> dict[str, Scalar]:
        """Every key with its plain value, for whoever knows later what they may be; a list or table is an error."""
        found: dict[str, Scalar] = {}
        for key, value in self._content.items():
            if not isinstance(value, bool | int | float | str):
                raise self.error(key, f"'{self._name(key)}' is no plain value", "write a number, a text, true or false")
            found[key] = value
        self._taken.update(found)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def done(self) -> None:
        """Refuse the first key that nobody took."""
        for key in self._content:
            if key not in self._taken:
                known = ", ".join(sorted(self._taken)) or "none"
                raise self.error(key, f"unknown key '{self._name(key)}'", f"known keys here: {known}")

    def error(self, key: str | None, problem: str, remedy: str) -> ConfigError:
        """A ConfigError that points at the line of `key` (or of this table)."""
        return ConfigError(self._file, self._line(key), problem, remedy)

    def line_of(self, key: str) -> int | None:
        """Where the key stands, as well as that can be told."""
        return self._line(key)

    def _name(self, key: str) -> str:
        return ".".join((*(part for part in self._path if not part.isdigit()), key))

    def _line(self, key: str | None) -> int | None:
        names = tuple(part for part in self._path if not part.isdigit())
        wanted = int(self._path[-1]) if self._path and self._path[-1].isdigit() else 0
        section: tuple[str, ...] = ()
        seen = -1 if names else 0
        fallback = None if names else 1
        for number, text in enumerate(self._lines, 1):
            if header := _HEADER.match(text):
                section = _dotted(header.group(1))
                if section == names:
                    seen += 1
                    fallback = number if seen == wanted else fallback
                continue
            found = _KEY.match(text)
            if key and found and seen == wanted and (*section, *_dotted(found.group(1))) == (*names, key):
                return number
        below = self._header_below((*names, key)) if key else None
        return below or fallback or self._enclosing(names)

    def _enclosing(self, names: tuple[str, ...]) -> int | None:
        """An inline table stands where its own key, or that of the table around it, stands."""
        section: tuple[str, ...] = ()
        lines: dict[tuple[str, ...], int] = {}
        for number, text in enumerate(self._lines, 1):
            if header := _HEADER.match(text):
                section = _dotted(header.group(1))
            elif found := _KEY.match(text):
                lines.setdefault((*section, *_dotted(found.group(1))), number)
        prefixes = (names[:length] for length in range(len(names), 0, -1))
        return next((lines[prefix] for prefix in prefixes if prefix in lines), None)

    def _header_below(self, names: tuple[str, ...]) -> int | None:
        for number, text in enumerate(self._lines, 1):
            header = _HEADER.match(text)
            if header and _dotted(header.group(1))[: len(names)] == names:
                return number
        return None


def _dotted(text: str) -> tuple[str, ...]:
    parts = re.findall(r'"([^"]*)"|\'([^\']*)\'|([^.\s"\']+)', text)
    return tuple(next(part for part in found if part) if any(found) else "" for found in parts)


def read_toml(text: str, file: str, changes: Mapping[str, object] | None = None) -> Table:
    """Parse; a syntax error becomes a ConfigError with its line. `schema = 1` is demanded and taken.

    changes: replace what the text says, table by table.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else max(1, text.count("\n") + 1)  # it ends too early
        raise ConfigError(file, line, f"not TOML: {error}", "correct the syntax") from error
    except RecursionError as error:
        raise ConfigError(
            file, None, "not TOML: lists or tables are nested too deeply", "correct the syntax"
        ) from error
    table = Table(_merged(content, changes or {}), file, text.splitlines())
    if table.take("schema", int) != 1:
        raise table.error("schema", "unknown schema", "this version reads schema = 1")
    return table


def _merged(base: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    result = dict(base)
    for key, value in changes.items():
        below = result.get(key)
        result[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result
