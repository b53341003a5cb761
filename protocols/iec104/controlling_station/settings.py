"""Settings of one link to a controlled station, read strictly from LinkConfig.settings."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from models.driver import LinkConfig
from models.errors import ConfigError, LocalProtocolError
from protocols.iec104.controlling_station.clock_policy import DeviceClock
from protocols.iec104.controlling_station.counter_freeze import CounterFreeze
from protocols.iec104.files.settings import FETCH_KEYS, FETCHED, FetchSettings, read_fetch
from protocols.iec104.link.session import Parameters
from protocols.tls.modes import LINK_KEYS

_FILE = "unit.toml"  # where people set them, if the SCD does not
_PARAMETERS: dict[str, type] = {"k": int, "w": int, "t0_s": float, "t1_s": float, "t2_s": float, "t3_s": float}
_OTHERS: dict[str, type] = {
    "originator": int,
    "clock_sync": bool,
    "clock_sync_period_s": float,
    "interrogation_period_s": float,
    "interrogation_timeout_s": float,
    "command_timeout_s": float,
    "command_qualifier": int,
    "counter_period_s": float,
    "test_period_s": float,
    "read_missing": bool,
    "time_zone": str,
}
_CHOICES: dict[str, dict[str, DeviceClock] | dict[str, CounterFreeze]] = {
    "device_clock": {each.value: each for each in DeviceClock},
    "counter_freeze": {each.value: each for each in CounterFreeze},
}


_LARGEST = {"originator": 255, "command_qualifier": 31}
_SHORTEST_S = 0.1
_KINDS = {bool: "true or false", int: "a whole number", float: "a number of seconds", str: "a text"}


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """originator: OA of everything we send. clock_sync: set the device's clock after each start; the periods repeat
    clock synchronisation and general interrogation, 0 never. interrogation_timeout_s: without any progress.
    command_qualifier: QU of switching and step commands that nobody gave one (0 none, 1 short pulse, 2 long, 3
    persistent), as the device wants it. counter_freeze: how totals are fetched after each start and by their period.
    test_period_s: test command (C_TS_TA_1), whose mirror shows that the device's application lives. read_missing: ask
    one by one for what a general interrogation should have delivered. device_clock: whether its time tags are believed.
    """

    parameters: Parameters = field(default_factory=Parameters)
    originator: int = 0
    clock_sync: bool = False
    clock_sync_period_s: float = 0.0
    interrogation_period_s: float = 0.0
    interrogation_timeout_s: float = 30.0
    command_timeout_s: float = 10.0
    command_qualifier: int = 0
    counter_period_s: float = 0.0
    counter_freeze: CounterFreeze = CounterFreeze.READ
    test_period_s: float = 0.0
    read_missing: bool = True
    device_clock: DeviceClock = DeviceClock.TRUST
    files: FetchSettings = FetchSettings()
    zone: tzinfo = UTC


def read_settings(link: LinkConfig) -> LinkSettings:
    """ConfigError for a key that is not known, a value of the wrong type or out of range."""
    found: dict[str, int | float | bool | str] = {}
    chosen = {key: _choice(link, key) for key in _CHOICES if key in link.settings}
    for key, value in link.settings.items():
        if key in FETCH_KEYS or key in chosen or key in LINK_KEYS:
            continue
        wanted = _PARAMETERS.get(key) or _OTHERS.get(key)
        if wanted is None:
            fetch = [each for each in FETCH_KEYS if each != FETCHED]  # which is not for people
            known = ", ".join((*_PARAMETERS, *_OTHERS, *_CHOICES, *fetch, *sorted(LINK_KEYS)))
            raise ConfigError(_FILE, None, f"link {link.name}: IEC 104 has no setting '{key}'", f"known are {known}")
        found[key] = _typed(link, key, value, wanted)
    zone = _zone(link, str(found.pop("time_zone", "UTC")))
    parameters = {key: found.pop(key) for key in _PARAMETERS if key in found}
    try:
        return LinkSettings(Parameters(**parameters), zone=zone, files=read_fetch(link.settings), **chosen, **found)  # type: ignore[arg-type]  # typed above
    except LocalProtocolError as error:
        raise ConfigError(_FILE, None, f"link {link.name}: {error}", "correct the link's settings") from error


def _choice(link: LinkConfig, key: str) -> DeviceClock | CounterFreeze:
    value, choices = link.settings[key], _CHOICES[key]
    if value not in choices:
        raise ConfigError(_FILE, None, f"link {link.name}: {key} = {value!r}", f"give one of {', '.join(choices)}")
    return choices[str(value)]


def _typed(link: LinkConfig, key: str, value: int | float | bool | str, wanted: type) -> int | float | bool | str:
    fits = isinstance(value, bool) is (wanted is bool) and isinstance(value, int | float if wanted is float else wanted)
    remedy = f"give {_KINDS[wanted]}"
    if fits and isinstance(value, int | float) and not isinstance(value, bool):
        fits, remedy = _in_range(key, value)
    if not fits:
        raise ConfigError(_FILE, None, f"link {link.name}: {key} = {value!r}", remedy)
    return value


def _in_range(key: str, number: float) -> tuple[bool, str]:
    """Whether it is, and what would be. k, w and t0 to t3 are looked at together, by Parameters."""
    if key in _LARGEST:
        return 0 <= number <= _LARGEST[key], f"give 0 to {_LARGEST[key]}"
    if key.endswith("_period_s"):
        return number == 0 or _SHORTEST_S <= number < math.inf, f"give 0 (never), or {_SHORTEST_S:g} and more"
    if key.endswith("_timeout_s"):
        return _SHORTEST_S <= number < math.inf, f"give {_SHORTEST_S:g} or more"
    return 0 < number < math.inf, "give a number above 0"


def _zone(link: LinkConfig, name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            _FILE, None, f"link {link.name}: time_zone = '{name}' is not known here", "write it as in 'Europe/Berlin'"
        ) from error
