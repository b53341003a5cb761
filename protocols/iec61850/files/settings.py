"""Settings of an MMS link about files of the device: which disturbance records are fetched, when, and how they look.

`fetch_files`: `all` or `never`. `file_folders`: folders that hold records, with commas between them; `auto`: the
root and `COMTRADE` of it, of each logical device too. `file_period_s`: the folders are read again after this time, and
soon after the device has told of a trip or a record. `file_settle_s`: a file that was the same twice with this time
between has been written whole. `file_suffixes`: of the files of a record; everything else is left alone.
`largest_file`: octets of a record, all its files together. `delete_files`: in the device, once they are stored here.
`file_time_zone`: of times without zone, in directories and in COMTRADE files before edition 2013.
`fetched_files`: not for people, what the driver told last time (Driver.resume_points).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.config import Scalar
from models.driver import LinkConfig
from models.errors import ConfigError
from models.record import MOST_OCTETS
from protocols.iec61850.files.units import MOST_NAME, is_name

FETCHED = "fetched_files"
AUTO = "auto"
_FETCH = {"all": True, "never": False}
_MOST_FOLDERS = 20
_SHORTEST_S = {"file_period_s": 1.0, "file_settle_s": 0.05}

_DEFAULTS: dict[str, Scalar] = {
    "fetch_files": "all",
    "file_folders": AUTO,
    "file_period_s": 60.0,
    "file_settle_s": 2.0,
    "file_suffixes": "cfg,dat,hdr,inf,cff,zip",
    "largest_file": MOST_OCTETS,
    "delete_files": False,
    "file_time_zone": "UTC",
}
KEYS = (*_DEFAULTS, FETCHED)


@dataclass(frozen=True, slots=True)
class FileSettings:
    """See the module. folders: empty for `auto`; suffixes: lower case, without dot."""

    fetch: bool = True
    folders: tuple[str, ...] = ()
    period_s: float = 60.0
    settle_s: float = 2.0
    suffixes: frozenset[str] = frozenset({"cfg", "dat", "hdr", "inf", "cff", "zip"})
    most_octets: int = MOST_OCTETS
    delete: bool = False
    zone: tzinfo = UTC


def read_files(link: LinkConfig) -> FileSettings:
    """ConfigError names link, key and remedy."""
    mode = _given(link, "fetch_files")
    if mode not in _FETCH:
        raise _wrong(link, "fetch_files", f"give one of {', '.join(_FETCH)}")
    delete = _given(link, "delete_files")
    if not isinstance(delete, bool):
        raise _wrong(link, "delete_files", "give true or false")
    folders = _list(link, "file_folders")
    if len(folders) > _MOST_FOLDERS:
        raise _wrong(link, "file_folders", f"name {_MOST_FOLDERS} folders at most")
    if not all(is_name(each) for each in folders):
        raise _wrong(link, "file_folders", f"name folders in Latin letters, of {MOST_NAME} characters at most")
    return FileSettings(
        fetch=_FETCH[str(mode)],
        folders=() if folders == (AUTO,) else folders,
        period_s=_seconds(link, "file_period_s"),
        settle_s=_seconds(link, "file_settle_s"),
        suffixes=frozenset(each.lower().lstrip(".") for each in _list(link, "file_suffixes")),
        most_octets=_octets(link),
        delete=delete,
        zone=_zone(link),
    )


def _seconds(link: LinkConfig, key: str) -> float:
    value, shortest_s = _given(link, key), _SHORTEST_S[key]
    if isinstance(value, bool | str) or not shortest_s <= value < math.inf:
        raise _wrong(link, key, f"give a number of seconds from {shortest_s:g} on")
    return float(value)


def _octets(link: LinkConfig) -> int:
    value = _given(link, "largest_file")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_OCTETS:
        raise _wrong(link, "largest_file", f"give 1 to {MOST_OCTETS} octets")
    return value


def _zone(link: LinkConfig) -> tzinfo:
    name = str(_given(link, "file_time_zone"))
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _wrong(link, "file_time_zone", "write it as in 'Europe/Berlin'") from None


def _list(link: LinkConfig, key: str) -> tuple[str, ...]:
    value = _given(link, key)
    found = tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else ()
    if not found:
        raise _wrong(link, key, "give names with commas between them")
    return found


def _given(link: LinkConfig, key: str) -> Scalar:
    return link.settings.get(key, _DEFAULTS[key])


def _wrong(link: LinkConfig, key: str, remedy: str) -> ConfigError:
    return ConfigError("unit.toml", None, f"link {link.name}: {key} = {link.settings.get(key)!r}", remedy)
