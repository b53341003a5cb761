"""Generators summed up: per feeder, per transformer and for the unit, by what feeds them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.network.elements import Generator
from substation.grid.topology import Topology, Tree
from substation.mv.der.availability import Offer
from substation.mv.der.filtering import Filtered


@dataclass(frozen=True, slots=True)
class Total:
    """W and var. rated_w: of all; unknown_w: rating of those whose output is not known, which is not in power_w."""

    count: int = 0
    rated_w: float = 0.0
    power_w: float = 0.0
    unknown_w: float = 0.0
    up_w: float = 0.0
    down_w: float = 0.0
    var: float = 0.0

    def plus(self, generator: Generator, measured: Filtered, offered: Offer) -> Total:
        unknown = measured.power_w is None
        return Total(
            self.count + 1,
            self.rated_w + generator.rated_power_w,
            self.power_w + (measured.power_w or 0.0),
            self.unknown_w + (generator.rated_power_w if unknown else 0.0),
            self.up_w + offered.up_w,
            self.down_w + offered.down_w,
            self.var + offered.var,
        )


def totals(
    topology: Topology, tree: Tree, unit: str, measured: Mapping[str, Filtered], offers: Mapping[str, Offer]
) -> Mapping[str, Total]:
    """By feeder id, transformer id, and under `unit` of all. Line reclosers count as feeders of their own too."""
    found: dict[str, Total] = defaultdict(Total)
    for generator in topology.network.generators:
        for place in (unit, *_above(topology, tree, generator)):
            found[place] = found[place].plus(generator, measured[generator.id], offers[generator.id])
    return dict(found)


def _above(topology: Topology, tree: Tree, generator: Generator) -> Iterator[str]:
    arrays = topology.arrays
    yield from (feeder.id for feeder in topology.feeders_of(generator.id, tree))
    for branch in tree.path(arrays.node_index[generator.node]):
        if arrays.first_transformer <= branch < arrays.first_switch:
            yield arrays.branch_id(branch)
