"""Integrated totals from the meters of the RTUs through the unit to a control centre.

RTUs tell the totals that count; those that stand still, as of energy that nobody feeds in, come by interrogation alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from models.point import Cdc, PointSpec
from tests.peers.iec104 import Iec104Peer, control_centre
from tests.wire.addresses import monitored_at, specs_of
from tests.wire.conftest import Scenario
from tests.wire.scene import SETTLED_S, Scene
from tests.wire.test_control_centre import stations

GENERAL, READ = 5, 0
"""RQT and FRZ of a counter interrogation."""

Totals = dict[str, int]
"""Watt-hours per name of a point."""


def test_every_total_reaches_the_control_centre_and_counts_on(play: Callable[[Scenario], None]) -> None:
    async def scenario(scene: Scene) -> None:
        specs = specs_of(scene.stage.site.folder)
        totals = {name: spec for name, spec in specs.items() if spec.cdc is Cdc.BCR}
        assert len(totals) == 2 * len(scene.stage.site.network.loads)
        async with control_centre("127.0.0.1", scene.stage.site.ports.centre) as peer:
            first = await up_to_date(scene, peer, totals)
            second = await up_to_date(scene, peer, totals, counted_since=first)
        assert all(second[name] >= first[name] for name in totals)
        assert {name for name in totals if second[name] == first[name]}, "none stands still: that is no proof"
        held = await scene.stage.unit.query("MMTR1.*", "*", "quality == good")
        assert {f"{each.location}/{each.variable}" for each in held} == totals.keys(), "not all were asked for"

    play(scenario)


async def up_to_date(
    scene: Scene, peer: Iec104Peer, specs: Mapping[str, PointSpec], counted_since: Totals | None = None
) -> Totals:
    """What the control centre reads, once none of it is older than this call and something has been counted."""
    counted_since = counted_since or {}
    since = await scene.stage.values(*specs)
    deadline_s = time.monotonic() + SETTLED_S
    while True:
        found = await read(peer, specs)
        now = await scene.stage.values(*specs)
        assert all(found[name] <= now[name] for name in specs), "a total that no meter has shown"
        late = [name for name in specs if found[name] < since[name]]
        if not late and found != counted_since:
            return found
        assert time.monotonic() < deadline_s, f"{len(late)} totals are old: {late[:5]}; or none of them counts"
        await scene.stage.pause()


async def read(peer: Iec104Peer, specs: Mapping[str, PointSpec]) -> Totals:
    """A counter interrogation of each station answers with all of its totals, and with nothing else."""
    found: dict[str, int] = {}
    for station in stations(specs):
        found |= await peer.order("counters", station, GENERAL, READ)
    assert found.keys() == {monitored_at(spec) for spec in specs.values()}
    return {name: found[monitored_at(spec)] for name, spec in specs.items()}
