"""Measurands that occur in the tables of several levels, and the information flows of D3.2 6.1."""

from __future__ import annotations

from collections.abc import Iterable

from substation.data_groups.kinds import Number, Record, Text, profile
from substation.data_groups.row import Direction, Owner, Retention, Row, Upward

PHASES = ("phsA", "phsB", "phsC")
PRICE_UNIT = "EUR/kWh"


def phase_values(group: int, owner: Owner = Owner.OPERATOR, parts: bool = False) -> Iterable[Row]:
    """Voltage to earth and current of each phase."""
    for variable, kind in (("MMXU1.PhV", Number("V", 0)), ("MMXU1.A", Number("A"))):
        for phase in PHASES:
            yield Row(f"{variable}.{phase}", kind, group, owner=owner, retention=Retention.LIVE, parts=parts)


def power(group: int, owner: Owner = Owner.OPERATOR, parts: bool = False) -> Iterable[Row]:
    """Active and reactive power, consumption positive; in sum it is what the level above sees."""
    for variable, unit in (("MMXU1.TotW", "W"), ("MMXU1.TotVAr", "var")):
        yield Row(
            variable,
            Number(unit),
            group,
            owner=owner,
            upward=Upward.SUM,
            period_s=60,
            retention=Retention.LIVE,
            parts=parts,
        )


def energy(group: int, owner: Owner) -> Iterable[Row]:
    """Registers: DmdWh what has been drawn from the grid, SupWh what has been fed into it."""
    for variable in ("MMTR1.DmdWh", "MMTR1.SupWh"):
        kind = Number("Wh", 0)
        yield Row(variable, kind, group, owner=owner, upward=Upward.SUM, replicated=True, retention=Retention.BILLING)


TARIFF = Record({"name": Text(), "valid_from_ns": Number("ns", 0), "energy": profile(PRICE_UNIT)})
"""energy: of each quarter-hour of the day."""
WEATHER = Record(
    {
        "valid_from_ns": Number("ns", 0),
        "temperature_k": profile("K"),
        "irradiance_w_m2": profile("W/m2"),
        "wind_m_s": profile("m/s"),
        "gust_m_s": profile("m/s"),
        "lightning_per_km2_h": profile("1/(km2 h)"),
        "rain_kg_m2_h": profile("kg/(m2 h)"),
        "ice_kg_m": profile("kg/m"),
    },
    optional=frozenset(
        {"temperature_k", "irradiance_w_m2", "wind_m_s", "gust_m_s", "lightning_per_km2_h", "rain_kg_m2_h", "ice_kg_m"}
    ),
)
STRATEGY = Record(
    {
        "goal": Text(("cost", "own use", "comfort", "grid")),
        "budget_eur_day": Number("EUR/d", 0),
        "flexible_power_w": Number("W", 0),
        "reserve_storage": Number("1", 0, 1),
    },
    optional=frozenset({"budget_eur_day", "flexible_power_w", "reserve_storage"}),
)
"""What the customer wants of the energy management. flexible_power_w: that may be shifted or shed."""


def tariff(group: int) -> Row:
    return Row(
        "Tariff",
        TARIFF,
        group,
        Direction.DOWN,
        Owner.SUPPLIER,
        replicated=True,
        spread=True,
        retention=Retention.BILLING,
    )


FLOWS = (
    *energy(0, Owner.CUSTOMER),
    Row(
        "Price",
        profile(PRICE_UNIT),
        0,
        Direction.DOWN,
        Owner.SUPPLIER,
        replicated=True,
        spread=True,
        retention=Retention.BILLING,
    ),
    Row(
        "Weather",
        WEATHER,
        0,
        Direction.DOWN,
        Owner.DATA_PROVIDER,
        replicated=True,
        spread=True,
        retention=Retention.PROFILE,
    ),
    Row("DesiredProfile", profile("W"), 0, Direction.DOWN, replicated=True, retention=Retention.PROFILE),
    Row(
        "PlannedProfile",
        profile("W"),
        0,
        Direction.UP,
        Owner.CUSTOMER,
        Upward.SUM,
        retention=Retention.PROFILE,
    ),
)
"""The flows that every level takes part in: metered energy up, price and weather down, desired and planned profiles.

At a unit of the grid no customer is at the location, so what is summed there belongs to the operator.
"""
