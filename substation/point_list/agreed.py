"""What is agreed with one control centre, line by line of the interoperability list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.point import PointSpec
from protocols.iec104.application.types import TYPES, event_type, static_type
from protocols.iec104.controlled_station.service_settings import CounterSettings, ServiceSettings
from protocols.iec104.interoperability.row import Row
from substation.northbound.agreed.settings import ControlCentre

YES, NO = "yes", "no"


def _told(is_so: object) -> str:
    return YES if is_so else NO


def _services(read: Callable[[ServiceSettings], object]) -> Callable[[ControlCentre], str]:
    return lambda centre: _told(read(centre.group.services))


def _counters(read: Callable[[CounterSettings], object]) -> Callable[[ControlCentre], str]:
    return lambda centre: _told(read(centre.group.services.counters))


def _numbers(read: Callable[[ServiceSettings], Sequence[int]]) -> Callable[[ControlCentre], str]:
    return lambda centre: " ".join(map(str, sorted(read(centre.group.services)))) or NO


def _parameter(name: str) -> Callable[[ControlCentre], str]:
    return lambda centre: f"{getattr(centre.group.parameters, name):g}"


def _port(centre: ControlCentre) -> str:
    return f"{centre.listen.host}:{centre.listen.port or 'any free port'}"


_ANSWERS: dict[str, Callable[[ControlCentre], str]] = {
    **{name: _parameter(name) for name in ("k", "w", "t1_s", "t2_s", "t3_s")},
    "t0_s": lambda centre: "",  # belongs to who connects
    "port": _port,
    "connections": lambda centre: f"up to {centre.group.most_connections}, one of them started",
    "tls": lambda centre: _told(centre.tls),
    "files": lambda centre: _told(centre.files),
    "clock": lambda centre: _told(centre.group.accepts_clock),
    "command_window": lambda centre: f"{centre.group.command_window_s:g} s",
    "reset": _services(lambda services: services.reset),
    "parameters": _services(lambda services: services.parameters),
    "periodic": _services(lambda services: services.periodic),
    "background": _services(lambda services: services.background),
    "groups": _numbers(lambda services: list(services.groups)),
    "counter groups": _numbers(lambda services: list(services.counters.groups)),
    "mode A": _counters(lambda counters: counters.freeze_period_s and counters.spontaneous),
    "mode B": _counters(lambda counters: counters.freeze_period_s and not counters.spontaneous),
    "mode C": _counters(lambda counters: counters.commands and not counters.spontaneous),
    "mode D": _counters(lambda counters: counters.commands and counters.spontaneous),
}


def used_types(points: Sequence[PointSpec]) -> set[int]:
    """Types that the points and commands of the site have: commands are taken with and without time tag, whatever the
    SCD says; protection events have no static type of their own."""
    monitors = [address.type_id for point in points for address in point.monitors]
    commands = {TYPES[address.type_id].kind for point in points for address in point.commands if point.control_model}
    taken = {row.number for row in TYPES.values() if row.kind in commands}
    return {each for type_id in monitors for each in (static_type(type_id), event_type(type_id))} | taken


def agreed(row: Row, centre: ControlCentre, used: set[int]) -> str:
    """The cell of a control centre: 'yes', 'no', a value, or '' where nothing is agreed."""
    if subject := row.subject or _SUBJECTS.get(row.type_id, ""):
        answer = _ANSWERS.get(subject)
        return answer(centre) if answer is not None else ""
    if row.type_id in _COMMANDS and not centre.commands.patterns:
        return NO
    if row.type_id in _ALWAYS_POINTS:
        packed = row.type_id == 20 and bool(centre.group.services.packed)
        return _told(row.type_id in used or packed) if row.controlled else NO
    return ""


_ALWAYS_POINTS = frozenset(range(1, 65))
"""Types of points and commands: in use where the site has such points."""

_COMMANDS = range(45, 65)
_SUBJECTS = {
    103: "clock",
    105: "reset",
    **dict.fromkeys(range(110, 114), "parameters"),
    **dict.fromkeys(range(120, 127), "files"),
}
"""Types of services that a control centre has been granted or not."""
