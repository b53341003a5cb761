"""What the rules of regulating look at: the request, the frozen image, and where the equipment stands in the grid."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from models.network.elements import CapacitorBank, Generator, Transformer
from models.point import Dbpos, PointName, PointSpec, Sample
from substation.control.grid import Grid
from substation.control.numerics import Numerics
from substation.control.regulating_range import (
    TAP_CHANGERS,
    Range,
    bank_at,
    generators_at,
    range_of,
    transformer_at,
)
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.control.rule_settings import RuleSettings
from substation.control.situation import Context
from substation.grid.positions import positions_of
from substation.image import Missing, ProcessImage


@dataclass(frozen=True)
class Standpoint:
    """Computed on demand, each once. Switches that are not confirmed open count as closed."""

    request: RegulatingRequest
    image: ProcessImage
    grid: Grid
    context: Context
    numerics: Numerics
    settings: RuleSettings

    @property
    def element(self) -> str:
        """`OBR1/T1`, `ST3/K1/G1`."""
        return self.request.point.location

    @cached_property
    def _spec(self) -> PointSpec | None:
        handle = self.image.register.handle(self.request.point)
        return None if handle is None else self.image.register.spec(handle)

    @property
    def moves_taps(self) -> bool:
        return self._spec is not None and self._spec.cdc in TAP_CHANGERS

    @property
    def unit(self) -> str:
        return "" if self._spec is None else self._spec.unit

    @property
    def range(self) -> Range | None:
        """Between which values it may be regulated; None where nobody knows."""
        return None if self._spec is None else range_of(self._spec, self.grid.network)

    @cached_property
    def present(self) -> Sample | Missing:
        """The feedback of the point as it is now."""
        return self.image.read(self.request.point)

    @cached_property
    def transformer(self) -> Transformer | None:
        return transformer_at(self.element, self.grid.network)

    @cached_property
    def bank(self) -> CapacitorBank | None:
        return bank_at(self.element, self.grid.network)

    @cached_property
    def generators(self) -> tuple[Generator, ...]:
        """Those of this bay, or the one of this name."""
        return generators_at(self.element, self.grid.network)

    @property
    def wanted_position(self) -> float | None:
        """Tap position, or steps of a bank, after the command; None when it moves none, or nobody knows."""
        wanted = self.request.value
        if not self.moves_taps or isinstance(self.present, Missing):
            return None
        return wanted.commanded if isinstance(wanted, SetPoint) else float(self.present.value) + wanted.change

    @cached_property
    def nodes(self) -> frozenset[str]:
        """Nodes of the equipment; empty when the network does not know it."""
        return self.grid.nodes_of(self.element).union(*(self.grid.nodes_of(each.id) for each in self.generators))

    @cached_property
    def feeders(self) -> frozenset[str]:
        """Feeders that hang together with the equipment: now (doubt counts as joined) or in the normal diagram."""
        positions = positions_of(self.image, self.grid.joining)
        now = {switch for switch, position in positions.items() if position is not Dbpos.OFF}
        return self._reached(now) | self._reached(self.grid.normally_closed)

    def _reached(self, closed: Collection[str]) -> frozenset[str]:
        """Feeders with an end in the part of the equipment, when the feeder breakers cut the grid."""
        cut = self.grid.islands(set(closed) - self.grid.feeder_of_breaker.keys())
        parts = {cut.of(node) for node in self.nodes}
        return frozenset(
            feeder.id
            for feeder in self.grid.network.feeders
            if parts & {cut.of(node) for node in self.grid.sides(self.grid.switches[feeder.breaker])}
        )

    @property
    def transformers(self) -> frozenset[str]:
        """Transformers of those feeders."""
        return frozenset(feeder.transformer for feeder in self.grid.network.feeders if feeder.id in self.feeders)

    def exists(self, location: str, variable: str) -> bool:
        return self.image.register.handle(PointName(location, variable)) is not None

    def flag(self, location: str, variable: str) -> bool | Missing:
        """A boolean point of the field, or why there is no usable value."""
        sample = self.image.read(PointName(location, variable))
        return sample if isinstance(sample, Missing) else bool(sample.value)
