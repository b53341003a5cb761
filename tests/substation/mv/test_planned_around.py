"""S15: what the gate would refuse is not proposed; FDIR plans around it with the gate's own rules."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from models.network.elements import Network, SettingGroup
from models.switching import Order
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.planned_orders import judged
from tests.substation.mv.scene import Scene, Times, bay, oberrhein

FAULT = "L157/W157"


def _planned(network: Network) -> Order | None:
    topology = Topology(network)
    interlocking = Interlocking(Numerics(topology))
    scene = Scene(network, Fdir(topology, Times(), judge=partial(judged, interlocking)), scale=0.5)
    scene.quiet()
    scene.fault(FAULT)
    return scene.settle()


def test_s15_a_tie_over_a_feeder_that_could_not_see_a_fault_is_left_out() -> None:
    network = oberrhein()
    usual = _planned(network)
    assert usual is not None
    own = bay(usual.tripped[0])
    donors = [feeder for feeder in usual.feeders if feeder != own and feeder in {each.id for each in network.feeders}]
    assert donors
    blind = tuple(
        replace(each, settings=(SettingGroup(1, 9_000.0),)) if each.id in donors else each for each in network.feeders
    )
    order = _planned(replace(network, feeders=blind))
    assert order is not None
    assert not set(donors) & set(order.feeders)
    assert any("S15" in line for line in order.explanation)
