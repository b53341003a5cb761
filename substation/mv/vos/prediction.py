"""What a state is expected to look like, and how what is measured in it differs from that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from models.network.elements import Network
from models.point import PointName
from substation.application import Plain
from substation.grid.arrays import Booleans
from substation.grid.sweep import Flow, solve
from substation.grid.topology import Topology
from substation.image import Missing, ProcessImage
from substation.mv.demand import consumption, taps
from substation.mv.reading import bay_of, number

CURRENT_A, CURRENT_PU = 10.0, 0.15
"""A feeder's current may differ from the calculated one by the larger of both, the second of the calculated one."""
VOLTAGE_PU = 0.02
LOSS_PU = 0.1
"""Share by which losses may differ from the predicted ones, beyond twice the share by which the load has changed."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Calculated. load_w: net consumption of all that is fed. lowest_pu: of all fed nodes. currents_a: by feeder, at
    its breaker. voltages_pu: by busbar whose voltage is measured."""

    loss_w: float
    load_w: float
    lowest_pu: float
    currents_a: Mapping[str, float]
    voltages_pu: Mapping[str, float]


def predicted(topology: Topology, image: ProcessImage, closed: Booleans) -> Prediction:
    """With the loads, generation and taps of the image. AlgorithmError when the state cannot be calculated."""
    power_va, _ = consumption(topology, image, np.zeros(topology.arrays.nodes, dtype=np.bool_), ())
    flow = solve(topology, closed, power_va, taps(topology, image))
    voltage_pu, fed = flow.voltage_pu(), flow.tree.root_of >= 0
    index = topology.arrays.node_index
    return Prediction(
        loss_w=flow.losses_w,
        load_w=float(np.sum(power_va[fed].real)),
        lowest_pu=float(voltage_pu[fed].min()),
        currents_a=_currents(topology, flow),
        voltages_pu={node: float(voltage_pu[index[node]]) for node, _ in _measured_busbars(topology.network, image)},
    )


def _currents(topology: Topology, flow: Flow) -> dict[str, float]:
    return {
        feeder.id: float(flow.to_current_a[topology.switch_branch(feeder.breaker)])
        for feeder in topology.network.feeders
    }


def _measured_busbars(network: Network, image: ProcessImage) -> Iterator[tuple[str, str]]:
    """(node, location of its voltages)."""
    for node in network.nodes:
        location = bay_of(node.id)
        if node.busbar and image.register.handle(PointName(location, "MMXU1.PPV.phsAB")) is not None:
            yield node.id, location


def deviations(topology: Topology, image: ProcessImage, before: Prediction, now: Prediction) -> tuple[str, ...]:
    """In words. before: predicted for this state when it was proposed; now: calculated in it, with the loads of now."""
    return (*_losses(before, now), *_feeders(image, now), *_busbars(topology.network, image, now))


def _losses(before: Prediction, now: Prediction) -> Iterator[str]:
    changed = abs(now.load_w - before.load_w) / max(abs(before.load_w), 1.0)
    if abs(now.loss_w - before.loss_w) > (LOSS_PU + 2 * changed) * before.loss_w:
        load = f"the load has changed by {(now.load_w - before.load_w) / 1e3:+.1f} kW since"
        yield f"{now.loss_w / 1e3:.1f} kW are lost, {before.loss_w / 1e3:.1f} kW were predicted; {load}"


def _feeders(image: ProcessImage, now: Prediction) -> Iterator[str]:
    for feeder, current_a in now.currents_a.items():
        read = number(image, feeder, "MMXU1.A.phsA")
        if not isinstance(read, Missing) and abs(abs(read) - current_a) > max(CURRENT_A, CURRENT_PU * current_a):
            yield f"{feeder} carries {abs(read):.0f} A, {current_a:.0f} A are calculated with the measured loads"


def _busbars(network: Network, image: ProcessImage, now: Prediction) -> Iterator[str]:
    nominal = {node.id: node.nominal_voltage_v for node in network.nodes}
    for node, location in _measured_busbars(network, image):
        read = number(image, location, "MMXU1.PPV.phsAB")
        if isinstance(read, Missing):
            continue
        measured_pu, calculated_pu = read / nominal[node], now.voltages_pu.get(node, 0.0)
        if abs(measured_pu - calculated_pu) > VOLTAGE_PU:
            yield f"{node} has {measured_pu:.3f} p.u., {calculated_pu:.3f} p.u. are calculated"


def dump_prediction(prediction: Prediction) -> Plain:
    return {
        "loss_w": prediction.loss_w,
        "load_w": prediction.load_w,
        "lowest_pu": prediction.lowest_pu,
        "currents_a": dict(prediction.currents_a),
        "voltages_pu": dict(prediction.voltages_pu),
    }


def load_prediction(plain: Plain) -> Prediction:
    """ValueError when it is none."""
    if not isinstance(plain, dict):
        raise ValueError("a stored prediction is no map")
    return Prediction(
        loss_w=_float(plain.get("loss_w")),
        load_w=_float(plain.get("load_w")),
        lowest_pu=_float(plain.get("lowest_pu")),
        currents_a=_floats(plain.get("currents_a")),
        voltages_pu=_floats(plain.get("voltages_pu")),
    )


def _floats(plain: Plain) -> dict[str, float]:
    if not isinstance(plain, dict):
        raise ValueError("a stored prediction has no map where one belongs")
    return {key: _float(value) for key, value in plain.items()}


def _float(plain: Plain) -> float:
    if isinstance(plain, bool) or not isinstance(plain, int | float):
        raise ValueError("a stored prediction has no number where one belongs")
    return float(plain)
