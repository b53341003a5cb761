"""Loads before the fault (SAFETY S11): recorded all the time, frozen at the first pickup of an event.

A load's own measurement (`ST103/T1 MMXU1.TotW`) is what is consumed, so generation that goes with the fault is in it.
Two readings are kept per load, since the newest may already be one of the fault. What a load draws from a busbar
without voltage is not its load: the next fault may come soon after the grid was restored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from models.network.elements import Load, Network
from models.point import PointName
from models.switching import AssumedLoad
from substation.image import Missing, ProcessImage
from substation.mv.reading import exists, number, time_of

SETTLED_NS = 2_000_000_000
"""A reading is kept as the older one when it stood for that long."""


ALIVE_PU = 0.5
"""Below this share of the nominal voltage, in any phase, a load is without supply or beside a fault."""
VOLTAGES = ("MMXU1.PPV.phsAB", "MMXU1.PPV.phsBC", "MMXU1.PPV.phsCA")


class MeteredLoad(NamedTuple):
    """A load, the location of its busbar, and the voltage below which nothing is recorded of it."""

    load: Load
    busbar: str
    least_v: float


def metered_loads(network: Network) -> tuple[MeteredLoad, ...]:
    """All loads of a network."""
    nominal_v = {node.id: node.nominal_voltage_v for node in network.nodes}
    return tuple(
        MeteredLoad(load, load.node.rpartition("/")[0], ALIVE_PU * nominal_v[load.node]) for load in network.loads
    )


class Reading(NamedTuple):
    """time_ns: when the value was measured; valid_ns: when it was last seen to be good."""

    time_ns: int
    valid_ns: int
    active_power_w: float
    reactive_power_var: float


class History(NamedTuple):
    newest: Reading
    older: Reading | None


Record = Mapping[str, History]
"""Histories by load id."""


@dataclass(frozen=True, slots=True)
class PreFaultLoad:
    """What a load drew before the fault. assumed: '' when measured, else why the rated peak stands for it."""

    load: AssumedLoad
    assumed: str


def record(image: ProcessImage, loads: Iterable[MeteredLoad], before: Record) -> Record:
    """The record with the present readings added; a load that cannot be read, or is dead, keeps what it had."""
    return {**before, **{load.id: _next(reading, before.get(load.id)) for load, reading in _readings(image, loads)}}


def _readings(image: ProcessImage, loads: Iterable[MeteredLoad]) -> Iterable[tuple[Load, Reading]]:
    for load, busbar, least_v in loads:
        if _is_low(image, busbar, least_v):
            continue
        power = image.read(PointName(load.id, "MMXU1.TotW"))
        reactive_var = number(image, load.id, "MMXU1.TotVAr")
        if (
            not isinstance(power, Missing)
            and not isinstance(reactive_var, Missing)
            and not isinstance(power.value, str)
        ):
            yield load, Reading(time_of(power), image.time_ns, float(power.value), reactive_var)


def _is_low(image: ProcessImage, busbar: str, least_v: float) -> bool:
    """A voltage that cannot be read says nothing."""
    measured = [number(image, busbar, name) for name in VOLTAGES if exists(image, busbar, name)]
    return any(not isinstance(voltage_v, Missing) and abs(voltage_v) < least_v for voltage_v in measured)


def _next(reading: Reading, before: History | None) -> History:
    if before is None:
        return History(reading, None)
    if reading.time_ns == before.newest.time_ns:
        return History(reading, before.older)
    settled = reading.time_ns - before.newest.time_ns >= SETTLED_NS or before.older is None
    return History(reading, before.newest if settled else before.older)


def loads_before(record: Record, loads: Iterable[Load], pickup_ns: int, old_load_s: float) -> list[PreFaultLoad]:
    """The loads as they were before `pickup_ns`; consumption below zero counts as none (S11: no generation assumed)."""
    return [_before(load, record.get(load.id), pickup_ns, old_load_s) for load in loads]


def _before(load: Load, history: History | None, pickup_ns: int, old_load_s: float) -> PreFaultLoad:
    readings = [each for each in history or () if each is not None and each.time_ns < pickup_ns]
    if not readings:
        return _peak(load, f"{load.id} has no reading before the fault")
    newest = readings[0]
    if pickup_ns - newest.valid_ns > old_load_s * 1e9:
        return _peak(load, f"{load.id} was last read more than {old_load_s:g} s before the fault")
    return PreFaultLoad(AssumedLoad(load.id, max(newest.active_power_w, 0.0), newest.reactive_power_var), "")


def _peak(load: Load, reason: str) -> PreFaultLoad:
    return PreFaultLoad(AssumedLoad(load.id, load.active_power_w, load.reactive_power_var), reason)


def assumed_share(before: Iterable[PreFaultLoad], loads: Iterable[Load]) -> float:
    """Share of these loads, by rated peak, that had to be assumed; 0 to 1."""
    peak_w = {load.id: load.active_power_w for load in loads}
    assumed_w = sum(peak_w[each.load.element] for each in before if each.assumed and each.load.element in peak_w)
    total_w = sum(peak_w.values())
    return assumed_w / total_w if total_w > 0 else 0.0
