"""Load by the standard profiles of BDEW (demandlib) and PV under a clear sky (pvlib), for a unit without history.

The libraries come with the extra `forecast` and are loaded when they are asked for, never by a running unit.
"""

from __future__ import annotations

import argparse
import warnings
from datetime import UTC, datetime
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from models.errors import ConfigError
from substation.forecast.hazard.shapes import DAYS, MONTHS, NO_SHAPES, SLOTS, Floats, Shapes

PROFILES = ("h0", "g0", "g1", "g2", "g3", "g4", "g5", "g6", "l0", "l1", "l2")
QUARTER_S = 900
POWER_PER_KELVIN = -0.004
"""Of crystalline silicon, as in pvlib's PVWatts examples."""
AIR_DEG_C = 15.0
EFFICIENCY = 0.96
"""Of the inverter (PVWatts)."""


def add_shape_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--load", metavar="H0=0.6,G0=0.4", help="shares of BDEW standard profiles, for --write")
    parser.add_argument("--place", metavar="LAT,LON", help="where PV stands, degrees; with --load")
    parser.add_argument("--panels", metavar="TILT,AZIMUTH", default="30,180", help="degrees, south is 180 (30,180)")
    parser.add_argument("--zone", default="Europe/Berlin", help="in whose time people live (Europe/Berlin)")
    parser.add_argument("--year", type=int, default=datetime.now(UTC).year, help="of the calendar (this year)")


def shapes(options: argparse.Namespace) -> Shapes:
    """ConfigError for shares, places and zones that are none."""
    if options.load is None and options.place is None:
        return NO_SHAPES
    if options.load is None or options.place is None:
        raise ConfigError("study prevent", None, "--load and --place stand together", "give both, or neither")
    shares, zone = _shares(options.load), _zone(options.zone)
    latitude, longitude = _pair(options.place, "--place", (-90.0, 90.0), (-180.0, 180.0))
    tilt, azimuth = _pair(options.panels, "--panels", (0.0, 90.0), (0.0, 360.0))
    pv_pu, clear_w_m2 = _clear_sky(latitude, longitude, tilt, azimuth, options.year)
    mixed = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    source = f"BDEW standard profiles ({mixed}), PV under a clear sky at {latitude:g}, {longitude:g}"
    return Shapes(source, _standard_load(shares, zone, options.year), pv_pu, clear_w_m2)


def _shares(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = part.partition("=")
        key = name.strip().lower()
        if key not in PROFILES or key in found:
            raise ConfigError("study prevent", None, f"--load names {name!r}", f"use {', '.join(PROFILES)}, each once")
        found[key] = _number(share, "--load", (0.0, 1e9))
    total = sum(found.values())
    if total <= 0:
        raise ConfigError("study prevent", None, "--load has no share above 0", "write h0=0.6,g0=0.4")
    return {name: share / total for name, share in found.items()}


def _pair(text: str, option: str, one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2:
        raise ConfigError("study prevent", None, f"{option} is {text!r}", "give two numbers with a comma between")
    return _number(parts[0], option, one), _number(parts[1], option, other)


def _number(text: str, option: str, within: tuple[float, float]) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ConfigError("study prevent", None, f"{option} has {text!r}", "write a number") from error
    if not within[0] <= value <= within[1]:
        raise ConfigError("study prevent", None, f"{option} has {text}", f"write {within[0]:g} to {within[1]:g}")
    return value


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError("study prevent", None, f"--zone is {name!r}", "write a zone like Europe/Lisbon") from error


def _standard_load(shares: dict[str, float], zone: ZoneInfo, year: int) -> Floats:
    """float64[12, 3, 96], of the year's peak. The profiles stand in local time without daylight saving of their own."""
    with warnings.catch_warnings():  # the library changes the filters of the whole process
        from demandlib.bdew import ElecSlp

        frame = ElecSlp(year).slp_frame
    local = sum(share * cast(Floats, frame[name].to_numpy(dtype=np.float64)) for name, share in shares.items())
    series = np.asarray(local, dtype=np.float64)
    summed, count = np.zeros((MONTHS, DAYS, SLOTS)), np.zeros((MONTHS, DAYS, SLOTS))
    start = datetime(year, 1, 1, tzinfo=UTC).timestamp()
    for number in range(len(series)):
        moment = datetime.fromtimestamp(start + number * QUARTER_S, UTC)
        there = moment.astimezone(zone)
        at = (there.timetuple().tm_yday - 1) * SLOTS + (there.hour * 60 + there.minute) // 15
        place = (moment.month - 1, max(0, moment.weekday() - 4), (moment.hour * 60 + moment.minute) // 15)
        summed[place] += series[at % len(series)]
        count[place] += 1.0
    mean = summed / np.maximum(count, 1.0)
    found: Floats = mean / mean.max()
    return found


def _clear_sky(latitude: float, longitude: float, tilt: float, azimuth: float, year: int) -> tuple[Floats, Floats]:
    """(power of the rating, irradiance on the level in W/m2), float64[12, 96] each, of the 15th of each month."""
    with warnings.catch_warnings():
        import pandas
        import pvlib

    place = pvlib.location.Location(latitude, longitude, tz="UTC")
    pv_pu, level = np.zeros((MONTHS, SLOTS)), np.zeros((MONTHS, SLOTS))
    for month in range(MONTHS):
        times = pandas.date_range(datetime(year, month + 1, 15, tzinfo=UTC), periods=SLOTS, freq="15min")
        sun = place.get_solarposition(times)
        sky = place.get_clearsky(times, solar_position=sun)
        panels = pvlib.irradiance.get_total_irradiance(
            tilt, azimuth, sun["apparent_zenith"], sun["azimuth"], sky["dni"], sky["ghi"], sky["dhi"]
        )
        light = panels["poa_global"].fillna(0.0)
        cell = pvlib.temperature.faiman(light, AIR_DEG_C)
        power = pvlib.pvsystem.pvwatts_dc(light, cell, 1.0, POWER_PER_KELVIN) * EFFICIENCY
        pv_pu[month] = np.clip(power.to_numpy(dtype=np.float64), 0.0, 1.0)
        level[month] = sky["ghi"].to_numpy(dtype=np.float64)
    return pv_pu, level
