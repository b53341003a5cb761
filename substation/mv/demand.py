"""Net consumption of every node while a restoration is planned (SAFETY S11): measured where fed, else pre-fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from models.network.elements import CapacitorBank, Generator, Load
from substation.grid.arrays import Booleans, Complexes, Floats
from substation.grid.topology import Topology
from substation.image import Missing, ProcessImage
from substation.mv.prefault import PreFaultLoad
from substation.mv.reading import bay_of, exists, number

BANK_STEPS = "ARCO1.TapChg"


def consumption(
    topology: Topology,
    image: ProcessImage,
    dark: Booleans,
    before: Iterable[PreFaultLoad],
    weight_w: Callable[[Load], float] = lambda load: 0.0,
    banks: bool = True,
) -> tuple[Complexes, Floats]:
    """(net consumption in VA, complex128[n]; load that counts as restored in W, float64[n], with its weight).

    Dark nodes draw what their loads drew before the fault, with no generation. Elsewhere: present measurements less
    present generation; a load that cannot be read draws its rated peak, a generator that cannot be read gives nothing.
    Capacitor banks deliver what their steps give at nominal voltage, dark ones nothing. banks False: without them.
    """
    index = topology.arrays.node_index
    power_va = np.zeros(topology.arrays.nodes, dtype=np.complex128)
    counted_w = np.zeros(topology.arrays.nodes, dtype=np.float64)
    known = {each.load.element: each.load for each in before}
    for load in topology.network.loads:
        node = index[load.node]
        if dark[node]:
            assumed = known[load.id]
            power_va[node] += complex(assumed.active_power_w, assumed.reactive_power_var)
            counted_w[node] += assumed.active_power_w + weight_w(load)
        else:
            power_va[node] += _now(image, load)
    for generator in topology.network.generators:
        if not dark[index[generator.node]]:
            power_va[index[generator.node]] -= complex(_produced_w(image, generator), _delivered_var(image, generator))
    for bank in topology.network.capacitors if banks else ():
        if not dark[index[bank.node]]:
            power_va[index[bank.node]] -= 1j * steps_in_service(image, bank) * bank.step_var
    return power_va, counted_w


def _produced_w(image: ProcessImage, generator: Generator) -> float:
    if generator.id in image.produced:
        return image.produced[generator.id]
    read_w = number(image, bay_of(generator.id), "MMXU1.TotW")
    return 0.0 if isinstance(read_w, Missing) else read_w


def _delivered_var(image: ProcessImage, generator: Generator) -> float:
    """None where nobody measures it."""
    read_var = number(image, bay_of(generator.id), "MMXU1.TotVAr")
    return 0.0 if isinstance(read_var, Missing) else read_var


def steps_in_service(image: ProcessImage, bank: CapacitorBank) -> int:
    """As its device tells, as the network file says where none does; none where it cannot be read: the voltage is the
    lower one without."""
    if not exists(image, bank.id, BANK_STEPS):
        return bank.steps_in
    read = number(image, bank.id, BANK_STEPS)
    return 0 if isinstance(read, Missing) else round(read)


def _now(image: ProcessImage, load: Load) -> complex:
    active_w = number(image, load.id, "MMXU1.TotW")
    reactive_var = number(image, load.id, "MMXU1.TotVAr")
    return complex(
        load.active_power_w if isinstance(active_w, Missing) else active_w,
        load.reactive_power_var if isinstance(reactive_var, Missing) else reactive_var,
    )


def taps(topology: Topology, image: ProcessImage) -> Mapping[str, int]:
    """Present tap position of every transformer that can be read; the others stand as in the network file."""
    read = {each.id: number(image, each.id, "YLTC1.TapPos") for each in topology.network.transformers}
    return {transformer: round(tap) for transformer, tap in read.items() if not isinstance(tap, Missing)}


def taps_in_doubt(topology: Topology, image: ProcessImage) -> Mapping[str, str]:
    """Transformers whose tap a device reports but that cannot be read: limits behind them cannot be computed (S16)."""
    return {
        each.id: read.reason
        for each in topology.network.transformers
        if isinstance(read := number(image, each.id, "YLTC1.TapPos"), Missing)
        and image.register.handle(read.point) is not None
    }
