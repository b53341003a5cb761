"""What generators can offer to the grid now, by rating, present output and health of their telecontrol."""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.network.elements import Generator
from substation.grid.topology import Tree
from substation.image import Missing, ProcessImage
from substation.mv.der.filtering import Filtered
from substation.mv.der.kinds import STORING, WEATHER
from substation.mv.der.settings import DerSettings
from substation.mv.reading import bay_of, exists, flag

_RUNNING_PU = 0.1
"""Of the rating; below that no reactive power is counted on."""
_HEALTH = (("LCCH1.ChLiv", False, "its channel is dead"), ("LLN0.Loc", True, "it is in local control"))


@dataclass(frozen=True, slots=True)
class Offer:
    """More and less active power, W, and reactive power to both sides, var; all 0 where `why` says why there is none.
    Of storage the state of charge is not known: the offer is of the moment, not of an hour."""

    up_w: float = 0.0
    down_w: float = 0.0
    var: float = 0.0
    why: str = ""


def offer(image: ProcessImage, tree: Tree, generator: Generator, measured: Filtered, settings: DerSettings) -> Offer:
    if measured.power_w is None:
        return Offer(why=measured.why)
    if why := _hindrance(image, tree, generator):
        return Offer(why=why)
    power_w, rated_w = measured.power_w, generator.rated_power_w
    least_w = -rated_w if generator.kind in STORING else 0.0
    most_w = max(power_w, 0.0) if generator.kind in WEATHER else rated_w
    running = generator.kind in STORING or power_w >= _RUNNING_PU * rated_w
    var = rated_w * math.tan(math.acos(settings.power_factor)) if running else 0.0
    return Offer(max(most_w - power_w, 0.0), max(power_w - least_w, 0.0), var)


def _hindrance(image: ProcessImage, tree: Tree, generator: Generator) -> str:
    """'' where it can be reached and is on the grid."""
    if tree.root_of[tree.arrays.node_index[generator.node]] < 0:
        return "it is not connected to a source"
    bay = bay_of(generator.id)
    for place in (bay, bay.partition("/")[0]):
        for variable, bad, words in _HEALTH:
            if exists(image, place, variable) and (isinstance(read := flag(image, place, variable), Missing)):
                return read.reason
            if exists(image, place, variable) and flag(image, place, variable) is bad:
                return f"{words} ({place}/{variable})"
    tags = (tag for tag in image.tags if tag.element in (generator.id, bay))
    return next((f"{tag.element} is tagged '{tag.kind.value}'" for tag in tags), image.differing.get(bay, ""))
