"""JSON objects that know their lines, so that an error in a site's file can say where it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from models.errors import ConfigError

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"\s*:?|[{}]')


class Located(dict[str, object]):
    """A JSON object with the line of its opening brace and of each of its keys (from 1)."""

    def __init__(self, pairs: list[tuple[str, object]], line: int, key_lines: list[int]) -> None:
        super().__init__(pairs)
        self.line = line
        self.key_lines = dict(zip((key for key, _ in pairs), key_lines, strict=True))


def parse(text: str, file: str) -> Located:
    """The root object of a JSON text. Raises ConfigError for bad JSON, repeated keys, NaN or a root of another kind."""
    places = _places(text)

    def build(pairs: list[tuple[str, object]]) -> Located:
        line, key_lines = next(places)
        seen: set[str] = set()
        for (key, _), key_line in zip(pairs, key_lines, strict=True):
            if key in seen:
                raise ConfigError(file, key_line, f"key '{key}' stands twice in one object", "remove one of them")
            seen.add(key)
        return Located(pairs, line, key_lines)

    def refuse(constant: str) -> object:
        raise ConfigError(file, _line_of(text, constant), f"{constant} is not JSON", "write a finite number")

    try:
        root = json.loads(text, object_pairs_hook=build, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise ConfigError(file, error.lineno, f"not JSON ({error.msg})", "correct the syntax") from error
    except RecursionError as error:
        raise ConfigError(file, None, "is nested too deeply", "give a network.json") from error
    if not isinstance(root, Located):
        raise ConfigError(file, 1, "the file holds no JSON object", "begin with '{' and the key \"schema\"")
    return root


def _places(text: str) -> Iterator[tuple[int, list[int]]]:
    """Line of the opening brace and lines of the keys of every object, in the order in which objects close."""
    stack: list[tuple[int, list[int]]] = []
    line, counted = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", counted, token.start())
        counted = token.start()
        match token[0][0], token[0][-1]:
            case "{", _:
                stack.append((line, []))
            case "}", _:
                yield stack.pop()
            case _, ":":
                stack[-1][1].append(line)


def _line_of(text: str, word: str) -> int:
    return text.count("\n", 0, text.find(word)) + 1
