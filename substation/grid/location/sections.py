"""Sections: places of a fault that no device with something to say stands between, taken together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from substation.grid.location.evidence import Witness


@dataclass(frozen=True, slots=True)
class Places:
    """Where a fault can lie below the tripped device: parent per place, parents first, -1 at the first place alone.

    weight: how likely a fault is there before anything is known, in any unit (length, fault rate), above 0.
    nearness: logarithm of the likelihood of what the relay measured, if the fault were there; 0: nothing measured.
    far: the measured distance speaks against the place.
    """

    parent: tuple[int, ...]
    weight: tuple[float, ...]
    nearness: tuple[float, ...] = ()
    far: tuple[bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Sections:
    """s sections, parents first. of_place: section per place. gain: what the devices at its entrance say for a fault
    in or below it against none there, natural logarithm. way: gain summed along the way. prior: logarithm of its share
    of the weight. nearness: as Places. against: how many devices contradict a single fault there. contradiction:
    along the way, how many more contradict a fault below than none; none_below: how many contradict that there is none
    in any section at all.
    """

    of_place: tuple[int, ...]
    parent: tuple[int, ...]
    way: tuple[float, ...]
    prior: tuple[float, ...]
    nearness: tuple[float, ...]
    against: tuple[int, ...]
    contradiction: tuple[int, ...]
    none_below: int


def sections_of(places: Places, witnesses: Sequence[Witness], contradicted: int = 0) -> Sections:
    """contradicted: devices that contradict a fault anywhere, such as those at open switches."""
    entered: list[list[Witness]] = [[] for _ in places.parent]
    for witness in witnesses:
        entered[witness.place].append(witness)
    of_place, heads = _numbered(places, entered)
    parent = tuple(-1 if places.parent[head] < 0 else of_place[places.parent[head]] for head in heads)
    way, contradiction = [0.0] * len(heads), [0] * len(heads)
    for section, head in enumerate(heads):
        said = entered[head]
        above = parent[section]
        gain, more = sum(each.passed - each.missed for each in said), sum(_more(each) for each in said)
        way[section] = gain + (way[above] if above >= 0 else 0.0)
        contradiction[section] = more + (contradiction[above] if above >= 0 else 0)
    silent = contradicted + sum(each.contradicts(below=False) for each in witnesses)
    prior, nearness, far = _gathered(places, of_place, len(heads))
    against = tuple(silent + more + away for more, away in zip(contradiction, far, strict=True))
    return Sections(of_place, parent, tuple(way), prior, nearness, against, tuple(contradiction), silent)


def _more(witness: Witness) -> int:
    return int(witness.contradicts(below=True)) - int(witness.contradicts(below=False))


def _numbered(places: Places, entered: list[list[Witness]]) -> tuple[tuple[int, ...], list[int]]:
    """Section per place, and the uppermost place of each section."""
    of_place, heads = [], list[int]()
    for place, above in enumerate(places.parent):
        if above < 0 or any(each.informative for each in entered[place]):
            of_place.append(len(heads))
            heads.append(place)
        else:
            of_place.append(of_place[above])
    return tuple(of_place), heads


def _gathered(
    places: Places, of_place: tuple[int, ...], count: int
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...]]:
    """Prior, nearness and far per section; far only when every place of it is."""
    weight, near, far = [0.0] * count, [0.0] * count, [1] * count
    for place, section in enumerate(of_place):
        share = places.weight[place]
        weight[section] += share
        near[section] += share * math.exp(places.nearness[place] if places.nearness else 0.0)
        if not places.far or not places.far[place]:
            far[section] = 0
    total = math.fsum(weight)
    prior = tuple(math.log(each / total) for each in weight)
    least = 1e-300
    nearness = tuple(math.log(max(part / each, least)) for part, each in zip(near, weight, strict=True))
    return prior, nearness, tuple(far)
