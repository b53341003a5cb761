"""What the grid is expected to carry after a close (SAFETY S11, S16): measured where fed, assumed where dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.network.elements import CapacitorBank, Load
from models.point import Handle
from models.switching import AssumedLoad
from substation.control.grid import Grid
from substation.image import Missing, ProcessImage


@dataclass(frozen=True, slots=True)
class Demand:
    """loads: id -> (active W, reactive var) drawn; generators: id -> (active W, reactive var) produced.

    taps: present tap position of every transformer, by id. banks: steps of every capacitor bank in service, by id.
    """

    loads: Mapping[str, tuple[float, float]]
    generators: Mapping[str, tuple[float, float]]
    taps: Mapping[str, int]
    banks: Mapping[str, int]


def expected_demand(
    grid: Grid,
    image: ProcessImage,
    energised: frozenset[str],
    assumed: tuple[AssumedLoad, ...],
    cold_pu: float = 1.0,
) -> Demand:
    """Demand once the nodes `energised` are fed again.

    There: what the order assumes, else the rated peak, `cold_pu` times (SAFETY S11), no generation, and no capacitor
    bank, which opens without voltage. Elsewhere:
    present measurements; the rated peak for a load and nothing for a generator that cannot be read. A tap that cannot
    be read is the network file's.
    """
    network, told = grid.network, grid.instruments(image.register)
    expected = {load.element: (load.active_power_w, load.reactive_power_var) for load in assumed}
    loads = {
        load.id: _times(expected.get(load.id, _peak(load)), cold_pu)
        if load.node in energised
        else _load_now(load, image, *told.loads[load.id])
        for load in network.loads
    }
    generators = {
        generator.id: (0.0, 0.0)
        if generator.node in energised
        else (
            _measured(image, told.generators[generator.id], 0.0),
            _measured(image, told.generators_var[generator.id], 0.0),
        )
        for generator in network.generators
    }
    taps = {each.id: round(_measured(image, told.taps[each.id], each.tap)) for each in network.transformers}
    banks = {
        each.id: 0 if each.node in energised else _steps(each, image, told.banks[each.id])
        for each in network.capacitors
    }
    return Demand(loads, generators, taps, banks)


def _steps(bank: CapacitorBank, image: ProcessImage, handle: Handle | None) -> int:
    """None where they cannot be read: without them the voltage is the lower one."""
    return bank.steps_in if handle is None else round(_measured(image, handle, 0.0))


def _peak(load: Load) -> tuple[float, float]:
    return load.active_power_w, load.reactive_power_var


def _times(power: tuple[float, float], cold_pu: float) -> tuple[float, float]:
    return power[0] * cold_pu, power[1] * cold_pu


def _load_now(load: Load, image: ProcessImage, active: Handle | None, reactive: Handle | None) -> tuple[float, float]:
    peak_w, peak_var = _peak(load)
    return _measured(image, active, peak_w), _measured(image, reactive, peak_var)


def _measured(image: ProcessImage, handle: Handle | None, otherwise: float) -> float:
    if handle is None:
        return otherwise
    sample = image.at(handle)
    return otherwise if isinstance(sample, Missing) else float(sample.value)
