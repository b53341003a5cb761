"""`customers.toml`: the households of a world, their devices and meters, and the units that the meters speak to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.config import Table, read_toml
from models.errors import ConfigError
from sim_ied.customers.households import Household

LEAST_PERIOD_S, MOST_PERIOD_S = 0.5, 86_400.0


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit that meters speak to. data: its data directory, where it tells address and key; or url and key file."""

    name: str
    data: Path | None
    url: str
    key: Path | None


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """Whose announcement of the key of the sums the meters believe: name, and file of its public key."""

    name: str
    key: Path


@dataclass(frozen=True, slots=True)
class MeterSettings:
    """key: file of its private key. grid: unit that gets the contract's readings. home: the customer's unit, ''
    where there is none. protocol: what it speaks to them."""

    name: str
    key: Path
    grid: str
    home: str
    protocol: str
    household: Household


@dataclass(frozen=True, slots=True)
class CustomersSettings:
    """report_s: the contract's rate, to the unit of the grid. fast_s: to the customer's unit. speed: of the day's
    profile; energy is counted in real time."""

    seed: int
    speed: float
    report_s: float
    fast_s: float
    holder: KeyHolder | None
    units: dict[str, UnitPlace]
    meters: tuple[MeterSettings, ...]


def read_customers(file: Path) -> CustomersSettings:
    """ConfigError with file, line and remedy."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give the path of a customers.toml") from error
    root, folder = read_toml(text, str(file)), file.resolve().parent
    settings = CustomersSettings(
        seed=root.take("seed", int, 1),
        speed=_between(root, "speed", 1.0, 0.01, 3600.0),
        report_s=_between(root, "report_s", 900.0, LEAST_PERIOD_S, MOST_PERIOD_S),
        fast_s=_between(root, "fast_s", 10.0, LEAST_PERIOD_S, MOST_PERIOD_S),
        holder=_holder(root.table("key_holder"), folder) if "key_holder" in root else None,
        units={unit.name: unit for unit in (_unit(table, folder) for table in root.tables("unit"))},
        meters=tuple(_meter(table, folder) for table in root.tables("meter")),
    )
    _check(root, settings)
    root.done()
    return settings


def _check(root: Table, settings: CustomersSettings) -> None:
    names: set[str] = set()
    for table, meter in zip(root.tables("meter"), settings.meters, strict=True):
        if meter.name in names:
            raise table.error("name", f"meter '{meter.name}' occurs twice", "give each a name of its own")
        names.add(meter.name)
        for key, unit in (("grid", meter.grid), ("home", meter.home)):
            if unit and unit not in settings.units:
                raise table.error(key, f"unit '{unit}' is unknown", "add a [[unit]] of this name")
    if not names:
        raise root.error(None, "there is no meter", "add [[meter]]")


def _holder(table: Table, folder: Path) -> KeyHolder:
    holder = KeyHolder(table.take("name", str), folder / table.take("key", str))
    table.done()
    return holder


def _unit(table: Table, folder: Path) -> UnitPlace:
    data, key = table.optional("data", str), table.optional("key", str)
    place = UnitPlace(
        table.take("name", str),
        None if data is None else folder / data,
        table.take("url", str, ""),
        None if key is None else folder / key,
    )
    table.done()
    if (place.data is None) == (not place.url):
        raise table.error("data", "not exactly one of 'data' and 'url'", "give one: 'data' for a unit on this machine")
    return place


def _meter(table: Table, folder: Path) -> MeterSettings:
    household = Household(
        annual_kwh=_between(table, "annual_kwh", 3500.0, 0.0, 100_000.0),
        pv_w=_between(table, "pv_w", 0.0, 0.0, 100_000.0),
        ev_w=_between(table, "ev_w", 0.0, 0.0, 22_000.0),
        heat_pump_w=_between(table, "heat_pump_w", 0.0, 0.0, 20_000.0),
    )
    meter = MeterSettings(
        name=table.take("name", str),
        key=folder / table.take("key", str),
        grid=table.take("grid", str),
        home=table.take("home", str, ""),
        protocol=table.take("protocol", str, "exchange"),
        household=household,
    )
    table.done()
    return meter


def _between(table: Table, key: str, default: float, low: float, high: float) -> float:
    value = table.take(key, float, default)
    if not low <= value <= high:
        raise table.error(key, f"'{key}' is {value:g}", f"give {low:g} to {high:g}")
    return value
