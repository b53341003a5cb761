"""Two faults on two ways of one feeder: isolated together when that is certain, else left to people."""

from __future__ import annotations

from models.network.elements import Network
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from substation.mv.settings import FdirSettings
from tests.substation.mv.scene import Scene, Times

ONE, OTHER, FEEDER = "ST43/K1/BB1/N1", "L180/W180", "OBR1/K1/E04"


def _faults(scene: Scene, ways: int = 2) -> None:
    """Both at once, before the trip freezes what is open. ways: how many flags of the second way come."""
    own, both = scene.indications(OTHER), scene.indications(ONE)
    scene.fault(ONE)
    for location, variable in [each for each in own.items() if each[0] not in both][:ways]:
        scene.put(location, variable, True)


def test_both_are_isolated_and_the_rest_is_fed(network: Network, topology: Topology) -> None:
    scene = Scene(network, Fdir(topology, Times()))
    scene.quiet()
    _faults(scene, ways=9)
    order = scene.settle()
    assert order is not None, scene.case(FEEDER)["reason"]
    assert set(order.zone) == {ONE, OTHER}
    assert "two faults at once lie in" in scene.case(FEEDER)["concluded"]
    assert any("two faults at once, with 99.9 %" in line for line in order.explanation)
    assert order.restored_w > 0.5 * order.interrupted_w, "limits at peak load keep the others dark"


def test_a_lone_flag_beside_the_way_is_for_people(network: Network, topology: Topology) -> None:
    scene = Scene(network, Fdir(topology, Times()))
    scene.quiet()
    _faults(scene, ways=1)
    assert scene.settle() is None
    assert "contradict each other" in scene.case(FEEDER)["reason"]


def test_below_the_certainty_asked_for_people_decide(network: Network, topology: Topology) -> None:
    scene = Scene(network, Fdir(topology, Times(), FdirSettings(certainty=0.99999999)))
    scene.quiet()
    _faults(scene, ways=2)
    assert scene.settle() is None
    reason = scene.case(FEEDER)["reason"]
    assert "two faults at once" in reason
    assert "%" in reason
