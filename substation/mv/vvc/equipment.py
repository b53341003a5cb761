"""Everything that voltage control finds in the image to work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.network.elements import Network
from substation.image import Mode, ProcessImage
from substation.mv.vvc.banks import BankNow, read_banks
from substation.mv.vvc.converters import ConverterNow, read_converters
from substation.mv.vvc.regulators import Regulator, named, read_regulators
from substation.mv.vvc.settings import VvcSettings


@dataclass(frozen=True, slots=True)
class Equipment:
    """By id."""

    regulators: Mapping[str, Regulator]
    banks: Mapping[str, BankNow]
    converters: Mapping[str, ConverterNow]

    @property
    def ids(self) -> tuple[str, ...]:
        return (*self.regulators, *self.banks, *self.converters)

    def is_off(self, modes: Mapping[str, Mode]) -> bool:
        return all(modes.get(each, Mode.DISABLED) is Mode.DISABLED for each in self.ids)


def read_equipment(image: ProcessImage, network: Network, settings: VvcSettings) -> Equipment:
    """Nothing where the network states only its topology. Of converters the largest, where they may be asked."""
    if network.topology_only:
        return Equipment({}, {}, {})
    converters = read_converters(image, network, settings) if settings.reactive_power else ()
    largest = sorted(converters, key=lambda each: (-each.most_var, each.id))[: settings.most_converters]
    return Equipment(
        named(read_regulators(image, network)),
        {each.id: each for each in read_banks(image, network)},
        {each.id: each for each in sorted(largest, key=lambda each: each.id)},
    )
