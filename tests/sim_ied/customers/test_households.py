"""Physics of simulated households: energies after the standard profile, limits obeyed, supply lost and back."""

from __future__ import annotations

import numpy as np
import pytest

from models.errors import ConfigError
from models.privacy.contribution import Period
from sim_ied.customers.appliance import APPLIANCES, STANDBY_ENERGY
from sim_ied.customers.households import NOMINAL_V, Household, Households
from sim_ied.customers.meter import Meter
from sim_ied.customers.meter_bank import MeterBank
from sim_ied.customers.standard_load import mean_power_w, season, share
from sim_ied.customers.weather import Weather, sine_of_elevation

DAY_NS = 86_400 * 10**9
MIDNIGHT_NS = 20_540 * DAY_NS  # a Saturday of March 2026
MINUTE_NS = 60 * 10**9


def run(world: Households, hours: int, start_ns: int = MIDNIGHT_NS) -> tuple[list[float], np.ndarray]:
    """Total power of each minute (W), energy of each household (Wh)."""
    totals, energy_wh = [], np.zeros(len(world.supplied))
    for minute in range(hours * 60):
        flows = world.step(start_ns + minute * MINUTE_NS, 60.0)
        totals.append(float(flows.power_w.sum()))
        energy_wh += flows.power_w / 60
    return totals, energy_wh


def test_the_shares_of_appliances_make_the_whole() -> None:
    assert sum(each.energy for each in APPLIANCES) + STANDBY_ENERGY == pytest.approx(1.0)


def test_the_profile_of_a_year_has_the_mean_of_one() -> None:
    hours = [share(MIDNIGHT_NS + hour * 3600 * 10**9) for hour in range(8760)]
    assert np.mean(hours) == pytest.approx(1.0, abs=0.03)
    assert season(15) == pytest.approx(1.2571, abs=0.01)  # a winter day of the published polynomial
    assert season(196) == pytest.approx(0.7908, abs=0.02)


def test_households_take_what_the_profile_says() -> None:
    world = Households([Household(3500)] * 300, seed=3)
    totals, energy_wh = run(world, 24)
    expected_wh = mean_power_w(3500) * sum(share(MIDNIGHT_NS + hour * 3600 * 10**9) for hour in range(24))
    assert energy_wh.mean() == pytest.approx(expected_wh, rel=0.1)
    night, evening = np.mean(totals[120:300]), np.mean(totals[18 * 60 : 20 * 60])
    assert evening > 2 * night


def test_the_seed_decides() -> None:
    worlds = [Households([Household(3500, ev_w=11_000, heat_pump_w=2500)] * 5, seed) for seed in (1, 1, 2)]
    first, again, other = (run(world, 2)[0] for world in worlds)
    assert first == again
    assert first != other


def test_the_sun_feeds_in_by_day_alone_and_within_its_limit() -> None:
    world = Households([Household(0, pv_w=8000)], seed=1)
    totals, _ = run(world, 24)
    assert min(totals[:120]) >= 0
    assert min(totals) < -1000
    world.injection_limit_w[0] = 500
    assert min(run(world, 24, MIDNIGHT_NS + DAY_NS)[0]) >= -500
    assert sine_of_elevation(MIDNIGHT_NS) < 0 < sine_of_elevation(MIDNIGHT_NS + DAY_NS // 2)


def test_flexible_devices_give_way_to_the_set_point() -> None:
    world = Households([Household(0, ev_w=11_000)], seed=1)
    totals, _ = run(world, 24)
    assert max(totals) == pytest.approx(11_000, rel=0.01)
    world.limit_w[0] = 4000
    limited, _ = run(world, 24, MIDNIGHT_NS + DAY_NS)
    assert 1380 < max(limited) <= 4000


def test_heat_pumps_keep_the_houses_warm() -> None:
    world = Households([Household(0, heat_pump_w=2500)] * 20, seed=1)
    totals, _ = run(world, 24)
    assert max(totals) > 0
    assert Weather.outdoor_c(MIDNIGHT_NS) < 15
    quiet = Households([Household(0, heat_pump_w=2500)] * 20, seed=1)
    quiet.limit_w[:] = 0
    assert sum(run(quiet, 24)[0]) == 0


def test_a_meter_counts_lies_and_tells_of_an_interruption() -> None:
    world, bank = Households([Household(3500), Household(3500)], seed=1), MeterBank(2)
    honest, liar = (Meter(f"SM{number}", number, world, bank) for number in range(2))
    liar.lie(0.5)
    period = Period.around(MIDNIGHT_NS, 3600 * 10**9)
    assert honest.readings() == []  # nothing measured yet
    bank.turn(period.before())
    for minute in range(60):
        bank.count(world.step(MIDNIGHT_NS + minute * MINUTE_NS, 60.0), 60.0)
    bank.turn(period)
    truth_wh = bank.truth_wh(period)
    assert truth_wh is not None
    shown = [meter.energy_wh(period) for meter in (honest, liar)]
    assert shown == [pytest.approx(truth_wh[0], abs=1), pytest.approx(truth_wh[1] / 2, abs=1)]
    assert honest.energy_wh(period.before()) is None  # it was not counted wholly
    honest.interrupt(MIDNIGHT_NS)
    bank.count(world.step(MIDNIGHT_NS, 60.0), 60.0)
    assert not honest.speaks
    assert {each.variable: each.value for each in honest.readings()}["MMXU1.PhV.phsA"] == 0
    assert bank.voltage_deviation_v(0) == -NOMINAL_V
    honest.supply(MIDNIGHT_NS + 90 * 10**9)
    assert [(each.variable, each.value) for each in honest.take_events()] == [
        ("SupplyInterruption", {"start_ns": MIDNIGHT_NS, "duration_s": 90.0})
    ]
    assert honest.take_events() == []


def test_an_energy_that_no_household_has_is_refused() -> None:
    with pytest.raises(ConfigError, match="annual_kwh"):
        mean_power_w(-1)
