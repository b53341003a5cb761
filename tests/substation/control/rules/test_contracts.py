"""S20: market services command what their contract names, and no feeder breaker outside the demonstration world."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName
from substation.control.interlocking import Interlocking
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.control.rule_settings import Contract, RuleSettings
from substation.control.situation import Context
from tests.substation.control.rules.scenario import Scenario
from tests.substation.control.world import CB1, NETWORK, NUMERICS, World

OWN = "ST2/K1/E02/Q0"
CONTRACT = Contract("pool", frozenset({"ST3/K1/G1"}), frozenset({OWN, CB1}))
RULES = replace(RuleSettings(), contracts={"pool": CONTRACT})
POOL = RULES.originator(OriginatorCategory.STATION_CONTROL, "pool")
STRANGER = Originator(OriginatorCategory.AUTOMATIC_REMOTE, "stranger", market=True)
SWITCHES = [each.id for each in NETWORK.switches if each.remote]


def _asked(element: str, who: Originator, value: Dbpos = Dbpos.OFF, rules: RuleSettings = RULES) -> dict[str, str]:
    return Scenario(World(), settings=rules).refused(element, value, who)


def test_s20_a_name_with_a_contract_is_a_market_service_whatever_it_says() -> None:
    assert POOL.market
    assert POOL.category is OriginatorCategory.AUTOMATIC_REMOTE
    assert not RULES.originator(OriginatorCategory.STATION_CONTROL, "Ada").market


@given(element=st.sampled_from(SWITCHES), value=st.sampled_from((Dbpos.OFF, Dbpos.ON)))
def test_s20_no_switch_but_the_customers_own_is_commanded(element: str, value: Dbpos) -> None:
    assert ("S20" in _asked(element, POOL, value)) == (element != OWN)
    assert "S20" in _asked(element, STRANGER, value)


def test_s20_a_feeder_breaker_only_in_the_demonstration_world() -> None:
    assert "feeder breaker" in _asked(CB1, POOL)["S20"]
    assert "S20" not in _asked(CB1, POOL, rules=replace(RULES, demonstration=True))


@pytest.mark.parametrize(
    ("location", "who", "may"),
    [("ST3/K1/G1", POOL, True), ("ST3/K1/G1", STRANGER, False), ("ST3/K1/G2", POOL, False), ("OBR1/T1", POOL, False)],
)
def test_s20_set_points_of_contracted_assets_alone(location: str, who: Originator, may: bool) -> None:
    request = RegulatingRequest(PointName(location, "DWMX1.WLimSpt"), SetPoint(50_000.0, "W"), who)
    found = Interlocking(NUMERICS, RULES).regulating_refusals(request, World().image(), Context())
    assert ("S20" not in {each.rule for each in found}) == may
