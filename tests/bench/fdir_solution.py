"""One FDIR solution (locate, isolate, restore, write the order) on the example grid, compilation excluded."""

from __future__ import annotations

import statistics
import time

from substation.grid.topology import Topology
from substation.mv.fdir import Fdir
from tests.substation.mv.scene import Scene, Times, oberrhein

STRIDE = 7
"""Every STRIDEth line and busbar is the fault once."""


def seconds_per_solution() -> list[float]:
    """Seconds of the one evaluation at the end of the evidence window, for a spread of faults."""
    network = oberrhein()
    topology = Topology(network)
    elements = [line.id for line in network.lines]
    elements += [node.id for node in network.nodes if node.busbar and node.station.startswith("ST")]
    return [_one(Scene(network, Fdir(topology, Times())), element) for element in elements[::STRIDE]]


def _one(scene: Scene, element: str) -> float:
    scene.quiet()
    scene.fault(element)
    scene.time_ns += 5_000_000_000
    image = scene.image()
    start_s = time.perf_counter()
    decision = scene.fdir.evaluate(image, scene.state)
    took_s = time.perf_counter() - start_s
    if not decision.orders:
        raise AssertionError(f"no order for {element}: {scene.events}")
    return took_s


def median_s() -> float:
    """The figure of `ringmain bench spine`: median seconds of one solution."""
    return statistics.median(seconds_per_solution())


if __name__ == "__main__":
    found = sorted(seconds_per_solution())
    print(f"{len(found)} faults: median {1e3 * statistics.median(found):.1f} ms, longest {1e3 * found[-1]:.1f} ms")
