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


class Indication(Enum):
    """FORWARD: out of the busbar into the line; REVERSE: from the line into the busbar."""

    CLEAR = "clear"
    FORWARD = "forward"
    REVERSE = "reverse"


def read_indications(
    image: ProcessImage, switches: Iterable[Switch], since_ns: int, set_before: frozenset[str]
) -> Mapping[str, Indication | str]:
    """By switch id; text says why an indicator cannot be used. since_ns: earliest time tag of this event.

    set_before: switches whose indicator was not clear when the event began.
    """
    return {switch.id: _read(image, switch, since_ns, set_before) for switch in switches}


def _read(image: ProcessImage, switch: Switch, since_ns: int, set_before: frozenset[str]) -> Indication | str:
    if reason := channel_down(image, station_of(switch)):
        return reason
    found: list[bool] = []
    for variable in SHORT_CIRCUIT:
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
        found.append(bool(sample.value))
    if all(found):
        return f"the indicator of {bay_of(switch.id)} shows both directions"
    return Indication.FORWARD if found[0] else Indication.REVERSE if found[1] else Indication.CLEAR


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


def earth_fault(image: ProcessImage, network: Network) -> str:
    """The first earth-fault indication that is set, whatever its quality; '' when there is none (SAFETY S10)."""
    for indicator in network.indicators:
        for variable in EARTH_FAULT:
            name = PointName(bay_of(indicator.switch), variable)
            sample = image.raw(name)
            if sample is not None and bool(sample.value):
                return f"{name} shows an earth fault"
    return ""
