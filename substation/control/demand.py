"""What the grid is expected to carry after a close (SAFETY S11, S16): measured where fed, assumed where dark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.network.elements import Generator, Load, Network, Transformer
from models.point import PointName
from models.switching import AssumedLoad
from substation.image import Missing, ProcessImage


@dataclass(frozen=True, slots=True)
class Demand:
    """loads: id -> (active W, reactive var) drawn; generators: id -> (active W, reactive var) produced.

    taps: present tap position of every transformer, by id.
    """

    loads: Mapping[str, tuple[float, float]]
    generators: Mapping[str, tuple[float, float]]
    taps: Mapping[str, int]


def expected_demand(
    network: Network,
    image: ProcessImage,
    energised: frozenset[str],
    assumed: tuple[AssumedLoad, ...],
    cold_pu: float = 1.0,
) -> Demand:
    """Demand once the nodes `energised` are fed again.

    There: what the order assumes, else the rated peak, `cold_pu` times (SAFETY S11), and no generation. Elsewhere:
    present measurements; the rated peak for a load and nothing for a generator that cannot be read. A tap that cannot
    be read is the network file's.
    """
    expected = {load.element: (load.active_power_w, load.reactive_power_var) for load in assumed}
    loads = {
        load.id: _times(expected.get(load.id, _peak(load)), cold_pu)
        if load.node in energised
        else _load_now(load, image)
        for load in network.loads
    }
    generators = {
        generator.id: (0.0, 0.0) if generator.node in energised else _production_now(generator, image)
        for generator in network.generators
    }
    return Demand(loads, generators, {each.id: _tap(each, image) for each in network.transformers})


def _peak(load: Load) -> tuple[float, float]:
    return load.active_power_w, load.reactive_power_var


def _times(power: tuple[float, float], cold_pu: float) -> tuple[float, float]:
    return power[0] * cold_pu, power[1] * cold_pu


def _load_now(load: Load, image: ProcessImage) -> tuple[float, float]:
    peak_w, peak_var = _peak(load)
    return _measured(image, load.id, "MMXU1.TotW", peak_w), _measured(image, load.id, "MMXU1.TotVAr", peak_var)


def _production_now(generator: Generator, image: ProcessImage) -> tuple[float, float]:
    return _measured(image, generator.id.rpartition("/")[0], "MMXU1.TotW", 0.0), 0.0


def _tap(transformer: Transformer, image: ProcessImage) -> int:
    return round(_measured(image, transformer.id, "YLTC1.TapPos", transformer.tap))


def _measured(image: ProcessImage, location: str, variable: str, otherwise: float) -> float:
    sample = image.read(PointName(location, variable))
    return otherwise if isinstance(sample, Missing) else float(sample.value)
