"""A first `world.toml` for a network: profiles of a day, protection, reclosing, indicators, travel times."""

from __future__ import annotations

from math import pi, sin

from models.network.elements import Feeder, Network
from sim_ied.scd.protection import CURVE, RelaySettings, indicator_pickup_a, relay_settings

_QUARTERS = 96

_HOUSEHOLDS = (
    *(0.42, 0.37, 0.34, 0.32, 0.32, 0.36, 0.50, 0.66, 0.70, 0.68, 0.67, 0.72),
    *(0.78, 0.71, 0.64, 0.61, 0.64, 0.76, 0.93, 1.00, 0.95, 0.85, 0.70, 0.54),
)
"""A spring working day of households, p.u. of its peak, at the full hours: our own shape, made to look usual."""

_WORKSHOPS = (
    *(0.24, 0.23, 0.22, 0.22, 0.23, 0.28, 0.46, 0.74, 0.93, 1.00, 1.00, 0.96),
    *(0.86, 0.93, 0.95, 0.90, 0.78, 0.58, 0.42, 0.35, 0.31, 0.28, 0.26, 0.25),
)
"""A working day of trade and industry, p.u. of its peak, at the full hours: our own shape."""

_SUNRISE_H, _SUNSET_H, _CLEAR_SKY = 6.0, 20.0, 0.85

_TEMPLATE = """\
# The simulated world of {name}: what its network and SCD do not say. Every value here is ours.
schema = 1
network = "network.json"
scd = "scd.xml"
day_start = "18:00"
seed = 1
speed = 1.0

[profiles]                         # p.u. of peak or rating, every 15 minutes from midnight
residential = {residential}
commercial = {commercial}
pv = {pv}
steady = [0.500, 0.500]

[loads]
profile = "residential"
exceptions = {{{exceptions}}}

[generators]
profiles = {{{kinds}}}
loss_of_mains_s = 0.15
fault_current_pu = 1.1

[travel]
breaker_open_s = 0.05
breaker_close_s = 0.08
spring_charge_s = 10.0
switch_s = 2.0

[indicators]
pickup_a = {indicator_a}
response_s = 0.05
inrush_block_s = 0.1
reset_voltage_s = 5.0
reset_timeout_s = 14400.0
report_delay_s = [0.2, 2.0]

[measurements]
period_s = 1.0
voltage_dead_band_v = 40.0
current_dead_band_a = 1.0
power_dead_band_w = 20000.0
frequency_dead_band_hz = 0.01
noise = 0.4
"""

_RELAY = """
[protection."{bay}"]
curve = "{curve}"
pickup_a = {pickup_a}
time_multiplier = {tms}
high_pickup_a = {high_a}
high_time_s = {high_s}
"""

_GROUPS = "group_pickups_a = {pickups_a}\n"

_BREAKER_FAILURE = "breaker_failure_s = 0.2\n"

_RECLOSING = """
[reclosing."{bay}"]
dead_times_s = [0.5, 30.0]
reclaim_s = 20.0
"""


def write_world(network: Network) -> str:
    """The file's text. MV customers (a load with a single customer) follow the commercial profile."""
    single = [load.id for load in network.loads if load.customers == 1]
    kinds = dict.fromkeys(generator.kind for generator in network.generators)
    head = _TEMPLATE.format(
        name=network.name,
        residential=_list(_quarters(_HOUSEHOLDS)),
        commercial=_list(_quarters(_WORKSHOPS)),
        pv=_list([_sun(24 * quarter / _QUARTERS) for quarter in range(_QUARTERS)]),
        exceptions=", ".join(f'"{load}" = "commercial"' for load in single),
        kinds=", ".join(f'"{kind}" = "{"pv" if kind == "pv" else "steady"}"' for kind in kinds),
        indicator_a=indicator_pickup_a(network),
    )
    in_line = {feeder.id for feeder in network.feeders if feeder.within}
    groups = {each.id: _groups(each) for each in network.feeders}
    relays = [
        _relay(each) + groups.get(each.bay, "") + ("" if each.bay in in_line else _BREAKER_FAILURE)
        for each in relay_settings(network)
    ]
    return head + "".join(relays + [_RECLOSING.format(bay=feeder.id) for feeder in network.feeders])


def _relay(each: RelaySettings) -> str:
    return _RELAY.format(
        bay=each.bay,
        curve=CURVE,
        pickup_a=each.pickup_a,
        tms=each.time_multiplier,
        high_a=each.high_pickup_a,
        high_s=each.high_time_s,
    )


def _groups(feeder: Feeder) -> str:
    """Those of its groups, where it has several that can be switched."""
    pickups_a = [each.pickup_a for each in sorted(feeder.settings, key=lambda each: each.group)]
    return _GROUPS.format(pickups_a=pickups_a) if len(pickups_a) > 1 and not feeder.within else ""


def _quarters(hours: tuple[float, ...]) -> list[float]:
    """Linear between the full hours; the last hour runs into the first."""
    step = _QUARTERS // len(hours)
    following = (*hours[1:], hours[0])
    return [
        one + (other - one) * quarter / step
        for one, other in zip(hours, following, strict=True)
        for quarter in range(step)
    ]


def _sun(hour: float) -> float:
    """Clear sky: a sine over the daylight, raised to 1.3 for the longer way through the air at low sun."""
    daylight = (hour - _SUNRISE_H) / (_SUNSET_H - _SUNRISE_H)
    return float(_CLEAR_SKY * sin(pi * daylight) ** 1.3) if 0 < daylight < 1 else 0.0


def _list(values: list[float]) -> str:
    return "[" + ", ".join(f"{value:.3f}" for value in values) + "]"
