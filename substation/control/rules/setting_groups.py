"""The setting group of a feeder's protection fits what the feeder feeds when it is switched (SAFETY S15).

So the protection works before a close that needs another group, and if the order then ends there.
"""

from __future__ import annotations

from models.errors import AlgorithmError
from models.network.elements import Feeder, SettingGroup
from models.point import Dbpos
from substation.control.demand import expected_demand
from substation.control.regulating import Standpoint
from substation.control.regulation import SetPoint
from substation.control.rules.protected import Protected
from substation.control.rules.protection import ACTIVE_GROUP
from substation.grid.positions import position_of


def group_unfit(standpoint: Standpoint) -> str:
    """S15: load stays below the pickup of the group, and the smallest two-phase fault that is fed above it."""
    point, wanted = standpoint.request.point, standpoint.request.value
    feeder = next((each for each in standpoint.grid.network.feeders if each.id == point.location), None)
    if point.variable != ACTIVE_GROUP or feeder is None or not isinstance(wanted, SetPoint):
        return ""
    settings = next((each for each in feeder.settings if each.group == wanted.commanded), None)
    if settings is None:
        return _missing(standpoint, f"the settings of group {wanted.commanded:g} of {feeder.id} are not known")
    try:
        return _judged(standpoint, feeder, settings)
    except AlgorithmError as error:
        return _missing(standpoint, f"what {feeder.id} feeds cannot be computed: {error}")


def _missing(standpoint: Standpoint, reason: str) -> str:
    return f"{reason}; automation switches no group there" if standpoint.request.automatic else ""


def _judged(standpoint: Standpoint, feeder: Feeder, settings: SettingGroup) -> str:
    grid, numerics, image = standpoint.grid, standpoint.numerics, standpoint.image
    closed = {each.id for each in grid.network.switches if position_of(image, each.id) is not Dbpos.OFF}
    if feeder.breaker not in closed:
        return ""
    demand = expected_demand(grid, image, frozenset(), ())
    flow = numerics.state(closed, grid.sides(grid.switches[feeder.breaker]), demand).flow
    protects = numerics.topology.feeder_of
    fed = [node.id for node in grid.network.nodes if (last := protects(node.id, flow.tree)) and last.id == feeder.id]
    protected = Protected(numerics, standpoint.settings.restoring, feeder, flow, fed)
    reason = protected.unfit(settings, "carries", "and ")
    return f"{reason} in setting group {settings.group}" if reason else ""
