"""The scene of the tests of FDIR: the example grid, quiet."""

from __future__ import annotations

import pytest

from models.network.elements import Network
from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from tests.substation.mv.scene import Scene, Times, oberrhein


@pytest.fixture(scope="module")
def network() -> Network:
    return oberrhein()


@pytest.fixture(scope="module")
def topology(network: Network) -> Topology:
    return Topology(network)


@pytest.fixture
def scene(network: Network, topology: Topology) -> Scene:
    scene = Scene(network, Fdir(topology, Times()))
    scene.quiet()
    return scene
