"""How long short-term overloads last (SAFETY S16): an alarm when the configured duration of an asset is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from models.alarm import Category, Event, Severity
from models.driver import Clock
from models.errors import AlgorithmError
from models.point import Dbpos
from substation.control.demand import expected_demand
from substation.control.numerics import Numerics
from substation.control.rule_settings import Overload
from substation.grid.positions import position_of
from substation.image import ProcessImage
from substation.placements.derived import whole_of
from substation.placements.placement import on_the_grid

log = logging.getLogger(__name__)

LOOKS = 10
"""Looks within the shortest duration; never more often than once per second."""


class OverloadWatch:
    """Loads are calculated from measured demand, so that assets without a device are watched too."""

    def __init__(
        self,
        numerics: Numerics,
        overloads: Mapping[str, Overload],
        view: Callable[[], ProcessImage],
        clock: Clock,
        report: Callable[[Event], None],
    ) -> None:
        self._numerics, self._overloads, self._view = numerics, overloads, view
        self._clock, self._report = clock, report
        self._above: dict[str, float] = {}
        self._since_s: dict[str, float] = {}
        self._told: set[str] = set()

    async def run(self) -> None:
        """Until cancelled; ends at once where nothing is configured."""
        shortest_s = min((each.duration_s for each in self._overloads.values()), default=None)
        while shortest_s is not None:
            self.look(asyncio.get_running_loop().time())
            await asyncio.sleep(max(1.0, shortest_s / LOOKS))

    def look(self, now_s: float) -> None:
        """Compare with the ratings; tell once per overload when its time is over."""
        self._above = above = self._above_rating()
        self._since_s = {asset: self._since_s.get(asset, now_s) for asset in above}
        self._told &= above.keys()
        for asset, loading_pu in above.items():
            overload = self._overloads[asset]
            if asset not in self._told and now_s - self._since_s[asset] >= overload.duration_s:
                self._told.add(asset)
                text = f"S16: {asset} has carried more than its limit for {overload.duration_s:g} s ({loading_pu:.0%})"
                now_ns = self._clock()
                self._report(Event(now_ns, now_ns, Category.PROCESS, Severity.HIGH, asset, f"{text}; relieve it"))

    def _above_rating(self) -> dict[str, float]:
        """Loading in p.u. of the configured assets that are above their limit now.

        Where it cannot be computed those of the last look: an overload so large that no flow is found is not over.
        """
        image = self._view()
        numerics = self._numerics.with_placements(on_the_grid(image.placements))
        network = numerics.topology.network
        closed = [each.id for each in network.switches if each.to_node and position_of(image, each.id) is Dbpos.ON]
        nodes = [source.node for source in network.sources]
        demand = expected_demand(numerics.grid, image, frozenset(), ())
        try:
            found = numerics.state(closed, nodes, demand).violations
        except AlgorithmError as error:
            log.warning("S16: overloads cannot be computed, those of before count: %s", error)
            return self._above
        loaded = sorted((each.value_pu, whole_of(each.element)) for each in found)
        return {asset: value_pu for value_pu, asset in loaded if asset in self._overloads}
