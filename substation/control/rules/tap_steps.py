"""Load flow before a tap step: voltages hold after it, or it makes none worse (SAFETY S16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.errors import AlgorithmError
from models.network.elements import Transformer
from models.point import Dbpos
from substation.control.demand import expected_demand
from substation.control.regulating import Standpoint
from substation.grid.positions import position_of

_NOTICEABLE_PU = 1e-4


def voltage_after_step(standpoint: Standpoint) -> str:
    """S16: by the demand as it is measured, over switches that are certainly closed."""
    transformer, wanted = standpoint.transformer, standpoint.wanted_position
    if transformer is None or wanted is None:
        return ""
    try:
        before, after = _beyond(standpoint, transformer, None), _beyond(standpoint, transformer, round(wanted))
    except AlgorithmError as error:
        return f"the voltages after the step of {transformer.id} cannot be computed: {error}"
    if before is None or after is None:
        return ""
    for node, excess_pu in sorted(after.items(), key=lambda item: -abs(item[1])):
        earlier_pu = before.get(node, 0.0)
        if abs(excess_pu) > abs(earlier_pu) + _NOTICEABLE_PU or excess_pu * earlier_pu < 0:
            beyond = "above" if excess_pu > 0 else "below"
            return f"{node} would be {abs(excess_pu):.1%} {beyond} its voltage limit after the step of {transformer.id}"
    return ""


def _beyond(standpoint: Standpoint, transformer: Transformer, tap: int | None) -> Mapping[str, float] | None:
    """By node how far its voltage is beyond its limit, p.u., above positive; None without any supply."""
    network, numerics = standpoint.grid.network, standpoint.numerics
    closed = frozenset(
        each.id for each in network.switches if each.to_node and position_of(standpoint.image, each.id) is Dbpos.ON
    )
    if not standpoint.grid.islands(closed).live(transformer.lv_node):
        return None
    demand = expected_demand(standpoint.grid, standpoint.image, frozenset(), ())
    if tap is not None:
        demand = replace(demand, taps={**demand.taps, transformer.id: tap})
    found = numerics.state(closed, [transformer.lv_node], demand).violations
    return {each.element: each.value_pu - each.limit_pu for each in found if each.what == "voltage"}
