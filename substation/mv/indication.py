"""Readings of the fault passage indicators: clear, forward, reverse, or not usable and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from models.network.elements import Network, Switch
from models.point import PointName
from substation.image import Missing, ProcessImage
from substation.mv.reading import bay_of, exists, flag, station_of, time_of

SHORT_CIRCUIT = ("SFPI1.FwdFlt", "SFPI1.RvFlt")
EARTH_FAULT = ("SFPI2.FwdFlt", "SFPI2.RvFlt")

Sides = tuple[tuple[str, ...], tuple[str, ...]]
"""Points that show a direction: forward, reverse. What a device does not have shows nothing."""
BETWEEN_PHASES: Sides = (SHORT_CIRCUIT[:1], SHORT_CIRCUIT[1:])
EITHER: Sides = ((SHORT_CIRCUIT[0], EARTH_FAULT[0]), (SHORT_CIRCUIT[1], EARTH_FAULT[1]))
"""Where an earth fault is tripped like a short circuit."""


class Indication(Enum):
    """FORWARD: out of the busbar into the line; REVERSE: from the line into the busbar."""

    CLEAR = "clear"
    FORWARD = "forward"
    REVERSE = "reverse"


def read_indications(
    image: ProcessImage,
    switches: Iterable[Switch],
    since_ns: int,
    set_before: frozenset[str],
    sides: Sides = BETWEEN_PHASES,
) -> Mapping[str, Indication | str]:
    """By switch id; text says why an indicator cannot be used. since_ns: earliest time tag of this event.

    set_before: switches whose indicator was not clear when the event began.
    """
    return {switch.id: _read(image, switch, since_ns, set_before, sides) for switch in switches}


def _read(
    image: ProcessImage, switch: Switch, since_ns: int, set_before: frozenset[str], sides: Sides
) -> Indication | str:
    if reason := channel_down(image, station_of(switch)):
        return reason
    found = []
    for variables in sides:
        read = [_point(image, switch, each, since_ns, set_before) for each in _present(image, switch, variables)]
        if reasons := [each for each in read if isinstance(each, str)]:
            return reasons[0]
        found.append(any(read))
    if all(found):
        return f"the indicator of {bay_of(switch.id)} shows both directions"
    return Indication.FORWARD if found[0] else Indication.REVERSE if found[1] else Indication.CLEAR


def _present(image: ProcessImage, switch: Switch, variables: tuple[str, ...]) -> tuple[str, ...]:
    """The first in any case, of the others those that the device has."""
    return (variables[0], *(each for each in variables[1:] if exists(image, bay_of(switch.id), each)))


def _point(image: ProcessImage, switch: Switch, variable: str, since_ns: int, set_before: frozenset[str]) -> bool | str:
    name = PointName(bay_of(switch.id), variable)
    sample = image.read(name)
    if isinstance(sample, Missing):
        return sample.reason
    if bool(sample.value) and time_of(sample) < since_ns:
        return f"{name} was set before this event"
    if bool(sample.value) and sample.source_time_ns is None and switch.id in set_before:
        return f"{name} has no time tag and was not clear before this event"
    if not sample.value and sample.source_time_ns is not None and sample.source_time_ns >= since_ns:
        return f"{name} was set and has reset during this event"
    return bool(sample.value)


def channel_down(image: ProcessImage, station: str) -> str:
    """Why nothing that a station says or does not say can be relied on; '' when its channel lives or is not watched."""
    if not exists(image, station, "LCCH1.ChLiv"):
        return ""
    alive = flag(image, station, "LCCH1.ChLiv")
    if isinstance(alive, Missing):
        return f"whether the RTU of {station} is alive is not known: {alive.reason}"
    return "" if alive else f"the RTU of {station} is not alive"


def battery_low(image: ProcessImage, station: str) -> str:
    """Why a station's silence is no evidence; '' when its battery is well or not watched."""
    if not exists(image, station, "ZBAT1.BatLo"):
        return ""
    low = flag(image, station, "ZBAT1.BatLo")
    if isinstance(low, Missing):
        return f"the battery of {station} is not known: {low.reason}"
    return f"the battery of {station} is low" if low else ""


def not_clear(image: ProcessImage, network: Network) -> tuple[str, ...]:
    """Switches whose indicator is set, or cannot be read, now."""
    switches = {switch.id: switch for switch in network.switches}
    return tuple(
        indicator.switch
        for indicator in network.indicators
        if any(flag(image, bay_of(switches[indicator.switch].id), name) is not False for name in SHORT_CIRCUIT)
    )


def earth_fault(image: ProcessImage, network: Network, expected: frozenset[str] = frozenset()) -> str:
    """The first earth-fault indication that is set, whatever its quality; '' when there is none (SAFETY S10).

    expected: switches at which one is evidence of the tripped fault itself.
    """
    for indicator in network.indicators:
        if indicator.switch in expected:
            continue
        for variable in EARTH_FAULT:
            name = PointName(bay_of(indicator.switch), variable)
            sample = image.raw(name)
            if sample is not None and bool(sample.value):
                return f"{name} shows an earth fault"
    return ""
