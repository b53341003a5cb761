"""Asks the interlocking in the ring of tests.substation.control.world: another network, settings or more points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from models.command import Originator
from models.network.elements import Network
from models.point import Cdc, Dbpos, Handle, PointName, PointSpec, Sample
from models.quality import Quality
from substation.control.interlocking import Interlocking
from substation.control.numerics import Numerics
from substation.control.rule_settings import Released, RuleSettings
from substation.control.situation import Context
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.register import PointRegister
from tests.substation.control.asking import ALONE, CONTEXT, FDIR, PERSON, request
from tests.substation.control.world import NETWORK, NOW_NS, REGISTER, TIE, World

SOURCES = frozenset({"OBR1/IFL1", "OBR2/IFL1"})
_DEFAULT = RuleSettings()
RELEASED = replace(_DEFAULT, parallels=replace(_DEFAULT.parallels, released=(Released(SOURCES, 0.0),)))
_KINDS = {bool: Cdc.SPS, int: Cdc.INS, float: Cdc.MV}


@dataclass
class Scenario:
    """extra: points that the ring does not have. bad: of these, which are invalid; of `absent` nothing has arrived."""

    world: World
    network: Network = NETWORK
    settings: RuleSettings = RuleSettings()
    extra: Mapping[PointName, bool | int | float] = field(default_factory=dict)
    bad: frozenset[PointName] = frozenset()
    absent: frozenset[PointName] = frozenset()

    def image(self) -> ProcessImage:
        specs = list(REGISTER.items())
        samples = self.world.samples()
        for number, (name, value) in enumerate(self.extra.items(), 100_000):
            handle = Handle(number)
            specs.append((handle, PointSpec(name, _KINDS[type(value)], link="more")))
            quality = int(Quality.INVALID) if name in self.bad else 0
            if name not in self.absent:
                samples[handle] = Sample(handle, value, quality, NOW_NS, NOW_NS)
        return ProcessImage(NOW_NS, PointRegister(specs), samples, tags=self.world.tags)

    def refused(
        self, element: str = TIE, value: Dbpos = Dbpos.ON, who: Originator = PERSON, context: Context | None = None
    ) -> dict[str, str]:
        """Text by rule; empty when the command may go."""
        interlocking = Interlocking(Numerics(Topology(self.network)), self.settings)
        chosen = context or (CONTEXT if who is FDIR else ALONE)
        found = interlocking.refusals(request(element, value, who), self.image(), chosen)
        return {each.rule: each.text for each in found}


def each(network: Network, section: str, **changes: object) -> Network:
    """The network with every element of a section changed in the same way."""
    elements = tuple(replace(element, **changes) for element in getattr(network, section))  # type: ignore[arg-type]
    return replace(network, **{section: elements})  # type: ignore[arg-type]


def one(network: Network, section: str, name: str, **changes: object) -> Network:
    """The network with one element changed."""
    elements = tuple(
        replace(element, **changes) if element.id == name else element  # type: ignore[arg-type]
        for element in getattr(network, section)
    )
    return replace(network, **{section: elements})  # type: ignore[arg-type]
