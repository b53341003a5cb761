"""Stations that tell later than the unit was told they would: their silence within the evidence window is no evidence.

Every measurand with the device's own time shows how long it was on its way. The most punctual of a station's newest
ones counts, so that one that was kept during a break of the link accuses nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from substation.image import ProcessImage

_MEASURED = "MMXU"


def lags_s(image: ProcessImage, stations: Iterable[str]) -> Mapping[str, float]:
    """How late these stations tell, in s; a station whose measurands bear no time of their own is left out."""
    wanted = frozenset(stations)
    found: dict[str, list[float]] = defaultdict(list)
    for handle, spec in image.register.items():
        station = spec.name.location.partition("/")[0]
        if station not in wanted or not spec.name.variable.startswith(_MEASURED):
            continue
        sample = image.samples.get(handle)
        if sample is not None and sample.source_time_ns is not None:
            found[station].append((sample.arrival_time_ns - sample.source_time_ns) / 1e9)
    return {station: min(lags) for station, lags in found.items()}


def too_late(image: ProcessImage, indicators: Iterable[str], window_s: float) -> str:
    """Why the window was too short for the stations of these switches; '' when it was not, as far as can be told."""
    stations = dict.fromkeys(switch.partition("/")[0] for switch in indicators)
    for station, lag_s in lags_s(image, stations).items():
        if lag_s > window_s:
            remedy = "its silence is no evidence (declare it in [fdir.late_s])"
            return f"what {station} tells comes {lag_s:.0f} s late, the evidence window is {window_s:g} s: {remedy}"
    return ""
