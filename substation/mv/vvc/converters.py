"""What the image says of each converter that takes a set-point of reactive power, and why it must be left alone."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from models.network.elements import Generator, Network
from substation.image import Missing, ProcessImage
from substation.mv.reading import bay_of, exists, number
from substation.mv.vvc.settings import VvcSettings

TARGET, POWER, REACTIVE = "DVAR1.VArTgtSpt", "MMXU1.TotW", "MMXU1.TotVAr"
_RUNNING = 0.1
"""Of its rating: below it a converter delivers no reactive power."""


@dataclass(frozen=True, slots=True)
class ConverterNow:
    """The generators of one bay. most_var: what they can deliver or draw beside their present active power, within the
    power factor of the settings. given_var: their set-point, positive delivered; None: not known. measured_var: what
    is calculated with."""

    id: str
    node: str
    most_var: float
    given_var: float | None
    measured_var: float
    doubts: tuple[str, ...]


def read_converters(image: ProcessImage, network: Network, settings: VvcSettings) -> tuple[ConverterNow, ...]:
    """Every bay of generators whose device takes such a set-point."""
    bays: dict[str, list[Generator]] = defaultdict(list)
    for each in network.generators:
        bays[bay_of(each.id)].append(each)
    return tuple(_read(image, bay, each, settings) for bay, each in bays.items() if exists(image, bay, TARGET))


def _read(image: ProcessImage, bay: str, members: list[Generator], settings: VvcSettings) -> ConverterNow:
    given, power, reactive = (number(image, bay, each) for each in (TARGET, POWER, REACTIVE))
    doubts = tuple(each.reason for each in (given, power) if isinstance(each, Missing))
    rated_w = sum(each.rated_power_w for each in members)
    running_w = 0.0 if isinstance(power, Missing) else abs(power)
    most_var = _most_var(rated_w, running_w, settings.power_factor)
    given_var = None if isinstance(given, Missing) else given
    measured_var = 0.0 if isinstance(reactive, Missing) else reactive
    return ConverterNow(bay, members[0].node, most_var, given_var, measured_var, doubts)


def _most_var(rated_w: float, running_w: float, power_factor: float) -> float:
    """What the grid operator may ask for by power factor at the rating, while it runs."""
    if running_w < _RUNNING * rated_w:
        return 0.0
    return rated_w * math.tan(math.acos(power_factor))


def why_not_asked(image: ProcessImage, now: ConverterNow, fed: bool) -> Iterator[str]:
    """Every reason to leave this one alone."""
    yield from (f"S14: {each}" for each in now.doubts)
    if not fed:
        yield "it is not fed"
    if now.most_var <= 0:
        yield "it does not run, and has no reactive power to give"
    yield from (f"{tag.element} is tagged '{tag.kind.value}'" for tag in image.tags if _concerns(tag.element, now.id))
    if now.id in image.differing:
        yield f"it differs from its description: {image.differing[now.id]}"


def _concerns(element: str, place: str) -> bool:
    return element == place or element.startswith(f"{place}/") or place.startswith(f"{element}/")
