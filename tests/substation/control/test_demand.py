"""What a close is judged with (S11): the load that comes back, cold, and no generation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.switching import AssumedLoad
from substation.control.demand import expected_demand
from tests.substation.control.world import NETWORK, NUMERICS, isolated

NODES = [node.id for node in NETWORK.nodes]
LOADS = [load.id for load in NETWORK.loads]


@given(
    dark=st.frozensets(st.sampled_from(NODES)),
    assumed_w=st.dictionaries(st.sampled_from(LOADS), st.floats(0.0, 5e6)),
    cold_pu=st.floats(1.0, 4.0),
    production_w=st.floats(0.0, 1e5),
)
def test_s11_what_is_fed_again_draws_all_it_may_and_produces_nothing(
    dark: frozenset[str], assumed_w: dict[str, float], cold_pu: float, production_w: float
) -> None:
    world = isolated()
    world.set("ST3/K1/G1", "MMXU1.TotW", production_w)
    assumed = tuple(AssumedLoad(load, power_w, 0.0) for load, power_w in assumed_w.items())
    demand = expected_demand(NUMERICS.grid, world.image(), dark, assumed, cold_pu)
    for load in NETWORK.loads:
        if load.node in dark:
            whole_w = assumed_w.get(load.id, load.active_power_w)
            assert demand.loads[load.id][0] == pytest.approx(cold_pu * whole_w)
    for generator in NETWORK.generators:
        expected_w = 0.0 if generator.node in dark else production_w
        assert demand.generators[generator.id] == (pytest.approx(expected_w), 0.0)
