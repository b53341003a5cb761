"""What devices tell at the places of one grid: handles of the points that rules ask for again and again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from models.network.elements import Network, Node
from models.point import Handle, PointName
from substation.register import PointRegister

ACTIVE_POWER, REACTIVE_POWER, TAP = "MMXU1.TotW", "MMXU1.TotVAr", "YLTC1.TapPos"
BANK_STEPS = "ARCO1.TapChg"
EARTH_FAULTS = ("SFPI2.FwdFlt", "SFPI2.RvFlt", "PSDE1.Str", "PSDE1.Op")
"""Indications of an earth fault at a switch's bay or a feeder's bay."""
_PHASES = ("PPV.phsAB", "PPV.phsBC", "PPV.phsCA")
_BUSBAR = "MMXU1"
Powers = tuple[Handle | None, Handle | None]
"""Active and reactive power."""


class Instruments:
    """By element of the network; None and () where the register has no such point. Looked up once."""

    def __init__(self, network: Network, register: PointRegister) -> None:
        self._network, self.register = network, register

    def _handle(self, location: str, variable: str) -> Handle | None:
        return self.register.handle(PointName(location, variable))

    @cached_property
    def loads(self) -> Mapping[str, Powers]:
        return {
            each.id: (self._handle(each.id, ACTIVE_POWER), self._handle(each.id, REACTIVE_POWER))
            for each in self._network.loads
        }

    @cached_property
    def generators(self) -> Mapping[str, Handle | None]:
        """What is produced, at the bay of the generator."""
        return {each.id: self._handle(each.id.rpartition("/")[0], ACTIVE_POWER) for each in self._network.generators}

    @cached_property
    def generators_var(self) -> Mapping[str, Handle | None]:
        """Reactive power that is delivered, at the bay of the generator."""
        return {each.id: self._handle(each.id.rpartition("/")[0], REACTIVE_POWER) for each in self._network.generators}

    @cached_property
    def taps(self) -> Mapping[str, Handle | None]:
        return {each.id: self._handle(each.id, TAP) for each in self._network.transformers}

    @cached_property
    def banks(self) -> Mapping[str, Handle | None]:
        """Steps of capacitor banks."""
        return {each.id: self._handle(each.id, BANK_STEPS) for each in self._network.capacitors}

    @cached_property
    def voltages(self) -> Mapping[str, tuple[tuple[Handle, ...], ...]]:
        """Nodes to the phases of each voltage transformer there that a device tells."""
        found = {node.id: tuple(filter(None, self._phases(node))) for node in self._network.nodes}
        return {node: transformers for node, transformers in found.items() if transformers}

    def _phases(self, node: Node) -> Iterator[tuple[Handle, ...]]:
        """A busbar's voltages also stand at its own path."""
        places = [(each.location, each.logical_node) for each in self._network.meters if each.node == node.id]
        if node.busbar and not places:
            places = [(node.id.rpartition("/")[0], _BUSBAR)]
        for location, logical_node in places:
            handles = (self._handle(location, f"{logical_node}.{phase}") for phase in _PHASES)
            yield tuple(each for each in handles if each is not None)

    def earth_faults(self, bay: str) -> tuple[Handle, ...]:
        """Its indications of an earth fault."""
        found = self._indications.get(bay)
        if found is None:
            handles = (self._handle(bay, variable) for variable in EARTH_FAULTS)
            found = self._indications[bay] = tuple(each for each in handles if each is not None)
        return found

    @cached_property
    def _indications(self) -> dict[str, tuple[Handle, ...]]:
        return {}
