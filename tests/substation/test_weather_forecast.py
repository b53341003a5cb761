"""The weather that a data provider writes: 24 hours from their beginning, hour by hour."""

from __future__ import annotations

import pytest

from substation.data_groups.measured import WEATHER
from substation.forecast.hazard.conditions import WEATHER as CONDITIONS
from substation.weather_forecast import QUARTER_NS, weather_of

DAY_NS = 96 * QUARTER_NS
NOON_NS = 20_000 * DAY_NS + DAY_NS // 2


def written() -> dict[str, object]:
    quarters = [float(number) for number in range(96)]
    return {"valid_from_ns": NOON_NS, "temperature_k": quarters, "gust_m_s": quarters}


def test_hours_of_the_day_that_it_holds() -> None:
    found = weather_of(written())  # type: ignore
    assert found is not None
    assert found.hour(NOON_NS) == {"temperature_k": 49.5, "gust_m_s": 51.0}
    assert found.hour(NOON_NS + DAY_NS // 2) == {"temperature_k": 1.5, "gust_m_s": 3.0}  # after midnight
    assert found.hour(NOON_NS + DAY_NS - QUARTER_NS) == {"temperature_k": 47.0, "gust_m_s": 47.0}
    assert found.hour(NOON_NS + DAY_NS) == {}
    assert found.hour(NOON_NS - DAY_NS) == {}


@pytest.mark.parametrize("value", [None, 3.0, {}, {"valid_from_ns": "now"}])
def test_nothing_written(value: object) -> None:
    assert weather_of(value) is None  # type: ignore


def test_every_condition_can_be_written() -> None:
    assert set(CONDITIONS) <= set(WEATHER.fields)
    assert set(CONDITIONS) <= WEATHER.optional
