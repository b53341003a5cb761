"""`world.toml`: everything the simulated world needs to know that is not the grid itself.

```toml
schema = 1
network = "network.json"        # beside this file
scd = "scd.xml"
day_start = "12:00"             # time of day in the profiles when the simulation starts
seed = 1
speed = 1.0                     # scales profiles, reclosing dead times and travel; never protocols or time tags

[profiles]                      # p.u. of peak (loads) or of rating (generators); evenly spread over 24 h
residential = [0.4, ...]
pv = [0.0, ...]

[loads]
profile = "residential"
exceptions = { "ST103/T1" = "commercial" }

[generators]
profiles = { pv = "pv" }        # kind in network.json to profile
loss_of_mains_s = 0.15          # disconnection after the voltage is gone
fault_current_pu = 1.1          # converters feed a fault with this multiple of their rated current

[travel]                        # seconds from command or trip to the new position
breaker_open_s = 0.05
breaker_close_s = 0.08
spring_charge_s = 10.0          # stored energy of a breaker after a closing
switch_s = 2.0                  # load-break switch with motor drive

[indicators]
pickup_a = 600.0
pickups_a = { "ST103/K1/E01" = 400.0 }   # exceptions, by bay
response_s = 0.05               # current above pickup for that long
inrush_block_s = 0.08           # blind after a dead line comes back
reset_voltage_s = 5.0           # reset when voltage has been back for that long...
reset_timeout_s = 14400.0       # ...or after this time
report_delay_s = [0.2, 2.0]     # from pickup to the RTU's data base

[measurements]
period_s = 1.0
voltage_dead_band_v = 40.0
current_dead_band_a = 1.0
power_dead_band_w = 20e3
frequency_dead_band_hz = 0.01
noise = 0.4                     # standard deviation in dead bands, of the process's flicker and of the transducer

[protection."OBR1/K1/E03"]      # every feeder and transformer bay
curve = "standard inverse"      # IEC 60255-151: or "very inverse", "extremely inverse"
pickup_a = 500.0
time_multiplier = 0.1
reset_s = 0.05                  # definite-time reset
high_pickup_a = 2500.0          # definite-time high stage
high_time_s = 0.1
group_pickups_a = [500.0, 800.0]  # of each setting group; the first is active at the start (left out: one group)
breaker_failure_s = 0.2         # RBRF: the next breaker is tripped when this one carries fault current for that long

[reclosing."OBR1/K1/E03"]       # feeder bays only; a feeder without it has none
dead_times_s = [0.5, 30.0]
reclaim_s = 20.0

[sectionalisers]                # switches with sectionaliser_counts in the network
pickup_a = 600.0                # counts what exceeds it (left out: the indicators' pickup)
memory_s = 120.0                # a count is forgotten after that time without fault current

[slow_links]                    # stations whose RTU tells everything late: [least, most] seconds
ST103 = [10.0, 60.0]

[earth_faults]                  # and [neutrals."OBR1/K1"]: see sim_ied/earth/settings.py
sensitive_a = 1.0

[voltage_regulators."OBR1/T1"]  # without: its taps stay where they are
set_point_v = 20400.0
band_pu = 0.01                  # how far the voltage may lie from the set-point, of nominal...
delay_s = 10.0                  # ...and for how long
step_s = 3.0

[capacitor_banks."OBR1/K1/E09/C1"]  # without: moved by command alone
automatic = true                # its own controller, by voltage

[mobile_generators.M1]          # can be started at a busbar; no device tells of it
node = "ST108/K1/BB1/N1"
rated_power_w = 500e3

[rtu_tls]                       # RTUs behind TLS, see sim_ied/device_tls.py; [ied_tls]: IEDs
certificates = "utility/issued"
authorities = "utility/authority.pem"
names = ["OBR"]
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.config import Table, read_toml
from sim_ied.bank_settings import CapacitorBankSettings, read_capacitor_banks
from sim_ied.curve import CURVES
from sim_ied.device_tls import DeviceTls, read_device_tls
from sim_ied.earth.settings import EarthFaultSettings, read_earth_faults
from sim_ied.line_settings import (
    MobileGenerator,
    Sectionalisers,
    read_mobile_generators,
    read_sectionalisers,
    read_slow_links,
)
from sim_ied.locator_settings import FaultLocatorSettings, read_fault_locators
from sim_ied.regulator_settings import VoltageRegulator, read_voltage_regulators

SPEEDS = (0.01, 1000.0)
"""Slowest and fastest: beyond, relays and switches lose their order."""


@dataclass(frozen=True, slots=True)
class Overcurrent:
    """Settings of one overcurrent relay: inverse-time stage (PTOC1) and definite-time high stage (PTOC2).

    breaker_failure_s: from the trip until RBRF trips the next breaker; None: no such protection.
    group_pickups_a: of the inverse-time stage in each setting group; empty where there is one group.
    """

    curve: str
    pickup_a: float
    time_multiplier: float
    high_pickup_a: float
    high_time_s: float
    reset_s: float = 0.05
    breaker_failure_s: float | None = None
    group_pickups_a: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Reclosing:
    """Dead time before each shot; a shot succeeded when no trip follows within the reclaim time."""

    dead_times_s: tuple[float, ...]
    reclaim_s: float


@dataclass(frozen=True, slots=True)
class Generators:
    profiles: dict[str, str] = field(default_factory=dict)
    loss_of_mains_s: float = 0.15
    fault_current_pu: float = 1.1


@dataclass(frozen=True, slots=True)
class Travel:
    breaker_open_s: float = 0.05
    breaker_close_s: float = 0.08
    spring_charge_s: float = 10.0
    switch_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Indicators:
    pickup_a: float
    pickups_a: dict[str, float] = field(default_factory=dict)
    response_s: float = 0.05
    inrush_block_s: float = 0.08
    reset_voltage_s: float = 5.0
    reset_timeout_s: float = 14400.0
    report_delay_s: tuple[float, float] = (0.2, 2.0)


@dataclass(frozen=True, slots=True)
class Measurements:
    period_s: float = 1.0
    voltage_dead_band_v: float = 40.0
    current_dead_band_a: float = 1.0
    power_dead_band_w: float = 20e3
    frequency_dead_band_hz: float = 0.01
    noise: float = 0.4


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """All of world.toml. day_start_s: seconds after midnight. Profiles: evenly spread over 24 h, interpolated."""

    network: str
    scd: str
    day_start_s: float
    seed: int
    speed: float
    profiles: dict[str, tuple[float, ...]]
    load_profile: str
    load_exceptions: dict[str, str]
    generators: Generators
    travel: Travel
    indicators: Indicators
    measurements: Measurements
    protection: dict[str, Overcurrent]
    reclosing: dict[str, Reclosing]
    rtu_tls: DeviceTls | None = None
    ied_tls: DeviceTls | None = None
    sectionalisers: Sectionalisers = Sectionalisers()
    slow_links: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    mobile_generators: tuple[MobileGenerator, ...] = ()
    earth_faults: EarthFaultSettings = EarthFaultSettings()
    voltage_regulators: Mapping[str, VoltageRegulator] = field(default_factory=dict)
    capacitor_banks: Mapping[str, CapacitorBankSettings] = field(default_factory=dict)
    fault_locators: FaultLocatorSettings = FaultLocatorSettings()


def read_settings(text: str, file: str, changes: Mapping[str, object] | None = None) -> WorldSettings:
    """Read world.toml. Raises ConfigError (file, line, remedy) for anything missing, unknown or out of range.

    changes: keys of a scenario that replace those of the file, table by table.
    """
    root = read_toml(text, file, changes)
    profiles = _profiles(root.table("profiles"))
    load_profile, exceptions = _loads(root.table("loads"), profiles)
    settings = WorldSettings(
        network=root.take("network", str),
        scd=root.take("scd", str),
        day_start_s=_day_start_s(root),
        seed=root.take("seed", int, 1),
        speed=_number(root, "speed", *SPEEDS, 1.0),
        profiles=profiles,
        load_profile=load_profile,
        load_exceptions=exceptions,
        generators=_generators(root.table("generators"), profiles),
        travel=_travel(root.table("travel")),
        indicators=_indicators(root.table("indicators")),
        measurements=_measurements(root.table("measurements")),
        protection={bay: _overcurrent(table) for bay, table in _below(root.table("protection"))},
        reclosing={bay: _reclosing(table) for bay, table in _below(root.table("reclosing"))},
        rtu_tls=read_device_tls(root.table("rtu_tls")),
        ied_tls=read_device_tls(root.table("ied_tls")),
        sectionalisers=read_sectionalisers(root.table("sectionalisers")),
        slow_links=read_slow_links(root.table("slow_links")),
        mobile_generators=read_mobile_generators(root.table("mobile_generators")),
        voltage_regulators=read_voltage_regulators(root.table("voltage_regulators")),
        capacitor_banks=read_capacitor_banks(root.table("capacitor_banks")),
        fault_locators=read_fault_locators(root.table("fault_locators")),
        earth_faults=read_earth_faults(root.table("earth_faults"), root.table("neutrals")),
    )
    root.done()
    return settings


def _number(table: Table, key: str, low: float, high: float, default: float | None = None) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"write a number from {low:g} to {high:g}")
    return value


def _below(table: Table) -> list[tuple[str, Table]]:
    return [(key, table.table(key)) for key in table]


def _day_start_s(root: Table) -> float:
    text = root.take("day_start", str, "12:00")
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", text)
    if not found:
        raise root.error("day_start", f"'day_start' is '{text}'", "write HH:MM from 00:00 to 23:59")
    return int(found[1]) * 3600.0 + int(found[2]) * 60.0


def _profiles(table: Table) -> dict[str, tuple[float, ...]]:
    profiles = {key: tuple(table.take_list(key, float)) for key in table}
    for key, values in profiles.items():
        if len(values) < 2 or not all(0.0 <= value <= 2.0 for value in values):
            raise table.error(key, f"profile '{key}' is unusable", "write at least 2 numbers from 0 to 2")
    return profiles


def _profile_name(table: Table, key: str, profiles: dict[str, tuple[float, ...]]) -> str:
    name = table.take(key, str)
    if name not in profiles:
        raise table.error(key, f"there is no profile '{name}'", f"choose from {', '.join(profiles) or 'none'}")
    return name


def _profile_names(table: Table, profiles: dict[str, tuple[float, ...]]) -> dict[str, str]:
    return {key: _profile_name(table, key, profiles) for key in table}


def _loads(table: Table, profiles: dict[str, tuple[float, ...]]) -> tuple[str, dict[str, str]]:
    name = _profile_name(table, "profile", profiles)
    exceptions = _profile_names(table.table("exceptions"), profiles)
    table.done()
    return name, exceptions


def _generators(table: Table, profiles: dict[str, tuple[float, ...]]) -> Generators:
    generators = Generators(
        profiles=_profile_names(table.table("profiles"), profiles),
        loss_of_mains_s=_number(table, "loss_of_mains_s", 0.02, 10.0, 0.15),
        fault_current_pu=_number(table, "fault_current_pu", 0.0, 10.0, 1.1),
    )
    table.done()
    return generators


def _travel(table: Table) -> Travel:
    travel = Travel(
        breaker_open_s=_number(table, "breaker_open_s", 0.01, 5.0, 0.05),
        breaker_close_s=_number(table, "breaker_close_s", 0.01, 5.0, 0.08),
        spring_charge_s=_number(table, "spring_charge_s", 0.0, 120.0, 10.0),
        switch_s=_number(table, "switch_s", 0.01, 60.0, 2.0),
    )
    table.done()
    return travel


def _indicators(table: Table) -> Indicators:
    pickups = table.table("pickups_a")
    delays = table.take_list("report_delay_s", float, [0.2, 2.0])
    if len(delays) != 2 or not 0.0 <= delays[0] <= delays[1] <= 600.0:
        raise table.error("report_delay_s", f"'report_delay_s' is {delays}", "write [least, most] in seconds")
    indicators = Indicators(
        pickup_a=_number(table, "pickup_a", 1.0, 1e5),
        pickups_a={bay: _number(pickups, bay, 1.0, 1e5) for bay in pickups},
        response_s=_number(table, "response_s", 0.0, 10.0, 0.05),
        inrush_block_s=_number(table, "inrush_block_s", 0.0, 10.0, 0.08),
        reset_voltage_s=_number(table, "reset_voltage_s", 0.1, 86400.0, 5.0),
        reset_timeout_s=_number(table, "reset_timeout_s", 1.0, 864000.0, 14400.0),
        report_delay_s=(delays[0], delays[1]),
    )
    table.done()
    return indicators


def _measurements(table: Table) -> Measurements:
    measurements = Measurements(
        period_s=_number(table, "period_s", 0.1, 60.0, 1.0),
        voltage_dead_band_v=_number(table, "voltage_dead_band_v", 0.1, 1e4, 40.0),
        current_dead_band_a=_number(table, "current_dead_band_a", 0.01, 1e3, 1.0),
        power_dead_band_w=_number(table, "power_dead_band_w", 1.0, 1e7, 20e3),
        frequency_dead_band_hz=_number(table, "frequency_dead_band_hz", 0.001, 1.0, 0.01),
        noise=_number(table, "noise", 0.0, 10.0, 0.4),
    )
    table.done()
    return measurements


def _overcurrent(table: Table) -> Overcurrent:
    curve = table.take("curve", str, "standard inverse")
    if curve not in CURVES:
        raise table.error("curve", f"'curve' is '{curve}'", f"choose from {', '.join(CURVES)}")
    relay = Overcurrent(
        curve=curve,
        pickup_a=_number(table, "pickup_a", 1.0, 1e5),
        time_multiplier=_number(table, "time_multiplier", 0.01, 10.0),
        high_pickup_a=_number(table, "high_pickup_a", 1.0, 1e6),
        high_time_s=_number(table, "high_time_s", 0.0, 60.0),
        reset_s=_number(table, "reset_s", 0.0, 60.0, 0.05),
        breaker_failure_s=_number(table, "breaker_failure_s", 0.05, 10.0) if "breaker_failure_s" in table else None,
        group_pickups_a=tuple(table.take_list("group_pickups_a", float, [])),
    )
    if not all(1.0 <= each <= 1e5 for each in relay.group_pickups_a):
        raise table.error("group_pickups_a", "a pickup is out of range", "write numbers from 1 to 100000")
    table.done()
    return relay


def _reclosing(table: Table) -> Reclosing:
    dead_times = table.take_list("dead_times_s", float)
    if not dead_times or not all(0.1 <= value <= 600.0 for value in dead_times):
        raise table.error("dead_times_s", f"'dead_times_s' is {dead_times}", "write 1 or more times from 0.1 to 600 s")
    reclosing = Reclosing(tuple(dead_times), _number(table, "reclaim_s", 0.1, 600.0))
    table.done()
    return reclosing
