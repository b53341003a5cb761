"""Writes `network.json` (schema 1, docs/network-json.md): stable, readable, one element per line."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, fields
from enum import Enum
from typing import TYPE_CHECKING

from models.network.elements import Network, SettingGroup
from models.network.schema import OPTIONAL, SCHEMA, SECTIONS
from models.network.unstated import is_stated

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def write_network(network: Network) -> str:
    """The file's text. Reading it again gives an equal Network."""
    head = [
        f'"schema": {SCHEMA}',
        f'"name": {_json(network.name)}',
        f'"frequency_hz": {_json(network.frequency_hz)}',
        f'"limits": {_element(network.limits)}',
    ]
    if network.topology_only:
        head.append('"topology_only": true')
    written = [key for key in SECTIONS if key not in OPTIONAL or getattr(network, key)]
    sections = [f'"{key}": {_list(getattr(network, key))}' for key in written]
    return "{\n" + ",\n".join(head + sections) + "\n}\n"


def _list(elements: tuple[DataclassInstance, ...]) -> str:
    return "[\n" + ",\n".join(" " + _element(each) for each in elements) + "\n]" if elements else "[]"


def _element(element: DataclassInstance) -> str:
    """One line; fields that have their default are left out."""
    pairs = (
        f'"{each.name}": {_json(getattr(element, each.name))}'
        for each in fields(element)
        if each.default is MISSING or getattr(element, each.name) != each.default
    )
    return "{" + ", ".join(pairs) + "}"


def _json(value: object) -> str:
    if not is_stated(value):
        return "null"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, tuple) and value and isinstance(value[0], SettingGroup):
        value = [asdict(each) for each in value]
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
