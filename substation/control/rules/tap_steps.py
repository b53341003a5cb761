"""Load flow before a step of a tap changer or capacitor bank: voltages hold after it, or it makes none worse (S16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from models.errors import AlgorithmError
from models.point import Dbpos
from substation.control.demand import Demand, expected_demand
from substation.control.regulating import Standpoint
from substation.grid.positions import position_of

_NOTICEABLE_PU = 1e-4


def voltage_after_step(standpoint: Standpoint) -> str:
    """S16: by the demand as it is measured, over switches that are certainly closed."""
    node, wanted = _regulated_node(standpoint), standpoint.wanted_position
    if not node or wanted is None:
        return ""
    element = standpoint.element
    try:
        before, after = _beyond(standpoint, node, None), _beyond(standpoint, node, round(wanted))
    except AlgorithmError as error:
        return f"the voltages after the step of {element} cannot be computed: {error}"
    if before is None or after is None:
        return ""
    for place, excess_pu in sorted(after.items(), key=lambda item: -abs(item[1])):
        earlier_pu = before.get(place, 0.0)
        if abs(excess_pu) > abs(earlier_pu) + _NOTICEABLE_PU or excess_pu * earlier_pu < 0:
            beyond = "above" if excess_pu > 0 else "below"
            return f"{place} would be {abs(excess_pu):.1%} {beyond} its voltage limit after the step of {element}"
    return ""


def _regulated_node(standpoint: Standpoint) -> str:
    """Where the step changes the voltage; '' where the network does not know what it moves."""
    if standpoint.bank is not None:
        return "" if standpoint.grid.network.topology_only else standpoint.bank.node
    return "" if standpoint.transformer is None else standpoint.transformer.lv_node


def _beyond(standpoint: Standpoint, node: str, position: int | None) -> Mapping[str, float] | None:
    """By node how far its voltage is beyond its limit, p.u., above positive; None without any supply."""
    network, numerics = standpoint.grid.network, standpoint.numerics
    closed = frozenset(
        each.id for each in network.switches if each.to_node and position_of(standpoint.image, each.id) is Dbpos.ON
    )
    if not standpoint.grid.islands(closed).live(node):
        return None
    demand = expected_demand(standpoint.grid, standpoint.image, frozenset(), ())
    if position is not None:
        demand = _stepped(demand, standpoint, position)
    found = numerics.state(closed, [node], demand).violations
    return {each.element: each.value_pu - each.limit_pu for each in found if each.what == "voltage"}


def _stepped(demand: Demand, standpoint: Standpoint, position: int) -> Demand:
    if standpoint.bank is not None:
        return replace(demand, banks={**demand.banks, standpoint.element: position})
    return replace(demand, taps={**demand.taps, standpoint.element: position})
