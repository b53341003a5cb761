"""Reads `network.json` (schema 1, docs/network-json.md), strictly: whatever is unclear is an error with its line."""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, TypeVar, cast

from models.errors import ConfigError
from models.network.consistency import check, check_bounds
from models.network.elements import Limits, Network, Neutral
from models.network.field import convert
from models.network.located import Located, parse
from models.network.schema import OPTIONAL, SCHEMA, SECTIONS, WITHOUT_PLACE

Element = TypeVar("Element")

_MISSING_REMEDY = {
    "neutral": f"say how the neutral is treated: {', '.join(kind.value for kind in Neutral)} (there is no default)"
}
_HEAD = ("schema", "name", "frequency_hz", "limits", "topology_only")


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A network and where the file declares its elements: element id to line.

    What has no place in the grid (ratings of switches) is left out of the lines.
    """

    network: Network
    file: str
    lines: dict[str, int]


def read_network(text: str, file: str) -> Network:
    """The network of a file's text; `file` is its name for messages. Raises ConfigError: file, line, what, remedy."""
    return read_network_file(text, file).network


def read_network_file(text: str, file: str) -> NetworkFile:
    """As read_network, with the line of every element."""
    root = parse(text, file)
    _Section(root, file, "the file").only({*_HEAD, *SECTIONS})
    _check_schema(root, file)
    located = {key: _objects(root, key, file) for key in SECTIONS}
    stated = not ("topology_only" in root and _head(root, "topology_only", bool, file))
    elements: dict[str, Any] = {
        key: tuple(_element(SECTIONS[key], each, file, key, stated) for each in objects)
        for key, objects in located.items()
    }
    check(located, elements, file, stated)
    network = Network(
        name=_head(root, "name", str, file),
        frequency_hz=_head(root, "frequency_hz", float, file, stated),
        limits=_limits(root, file, stated),
        topology_only=not stated,
        **elements,
    )
    lines = {
        str(each["id"]): each.line for key, objects in located.items() if key not in WITHOUT_PLACE for each in objects
    }
    return NetworkFile(network, file, lines)


class _Section:
    """One located object, for complaints about its keys."""

    def __init__(self, values: Located, file: str, what: str) -> None:
        self._values, self._file, self._what = values, file, what

    def only(self, known: set[str]) -> None:
        for key, line in self._values.key_lines.items():
            if key not in known:
                raise ConfigError(
                    self._file, line, f"unknown key '{key}' in {self._what}", f"remove it or use one of: {_list(known)}"
                )

    def missing(self, key: str) -> ConfigError:
        remedy = _MISSING_REMEDY.get(key, f'add "{key}"')
        return ConfigError(self._file, self._values.line, f"'{key}' is missing in {self._what}", remedy)


def _check_schema(root: Located, file: str) -> None:
    if root.get("schema") != SCHEMA or isinstance(root.get("schema"), bool):
        line = root.key_lines.get("schema", root.line)
        raise ConfigError(file, line, f"schema is {root.get('schema')!r}", f'write "schema": {SCHEMA}')


def _objects(root: Located, key: str, file: str) -> list[Located]:
    values = root.get(key)
    if values is None and key in OPTIONAL:
        return []
    if values is None:
        raise _Section(root, file, "the file").missing(key)
    if not isinstance(values, list) or not all(isinstance(each, Located) for each in values):
        raise ConfigError(file, root.key_lines[key], f"'{key}' is not a list of objects", f'write "{key}": [...]')
    return cast(list[Located], values)


def _limits(root: Located, file: str, stated: bool) -> Limits:
    values = root.get("limits")
    if not isinstance(values, Located):
        line = root.key_lines.get("limits", root.line)
        raise ConfigError(file, line, "the operating limits are missing", 'add "limits"')
    limits = _element(Limits, values, file, "limits", stated)
    check_bounds("limits", values, file)
    if stated and limits.voltage_min_pu >= limits.voltage_max_pu:
        raise ConfigError(file, values.line, "the voltage band is empty", "write voltage_min_pu < voltage_max_pu")
    return limits


def _head(root: Located, key: str, kind: type[Element], file: str, stated: bool = True) -> Element:
    if key not in root:
        raise _Section(root, file, "the file").missing(key)
    return cast(Element, convert(kind.__name__, root, key, file, "the file", stated))


def _element(kind: type[Element], values: Located, file: str, section: str, stated: bool) -> Element:
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]  # every kind is a dataclass
    what = f"{section} '{values.get('id')}'" if "id" in values else section
    reading = _Section(values, file, what)
    reading.only(set(known))
    for name, each in known.items():
        if name not in values and _required(each):
            raise reading.missing(name)
    return kind(**{name: convert(str(known[name].type), values, name, file, what, stated) for name in values})


def _required(each: Field[object]) -> bool:
    return each.default is MISSING and each.default_factory is MISSING


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names))
