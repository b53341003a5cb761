"""Voltages as they are measured at conductors (SAFETY S1, S5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from substation.control.situation import Situation
from substation.image import Missing

DEAD_PU = 0.05
"""Below this share of the nominal voltage a conductor counts as without voltage."""
_PHASES = ("PPV.phsAB", "PPV.phsBC", "PPV.phsCA")
_BUSBAR = "MMXU1"


def voltages_pu(situation: Situation, nodes: Iterable[str]) -> list[float | Missing]:
    """One value per voltage transformer at these nodes whose voltages a device tells: the highest of its phases."""
    found = (_highest_pu(situation, *each) for node in sorted(nodes) for each in _meters(situation, node))
    return [each for each in found if each is not None]


def _meters(situation: Situation, node: str) -> Iterator[tuple[str, str, str]]:
    """Node, location and logical node; a busbar's voltages also stand at its own path."""
    yield from ((node, each.location, each.logical_node) for each in situation.grid.meters_at(node))
    if situation.grid.node(node).busbar and not situation.grid.meters_at(node):
        yield node, node.rpartition("/")[0], _BUSBAR


def _highest_pu(situation: Situation, node: str, location: str, logical_node: str) -> float | Missing | None:
    """Missing unless all phases that the device has can be read; None where it has none."""
    names = [name for phase in _PHASES if situation.exists(location, name := f"{logical_node}.{phase}")]
    highest_v = 0.0
    for name in names:
        voltage_v = situation.number(location, name)
        if isinstance(voltage_v, Missing):
            return voltage_v
        highest_v = max(highest_v, abs(voltage_v))
    return highest_v / situation.grid.node(node).nominal_voltage_v if names else None
