"""Fault location: the zones of the tripped feeder that the evidence singles out, with their probability.

A fault in a zone sets every indicator on the way from the breaker to it, in the direction of the way (forward where it
leaves a busbar, reverse where it enters one), and no other indicator of the feeder: infeed of converters stays below
their pickup. What speaks otherwise makes a zone less likely (substation.grid.location). Zones without an indicator
between them cannot be told apart and are taken together. What automation isolates is not the likeliest zone alone but
all that has to be enclosed; how much it may overlook on the way there, FdirSettings say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from substation.grid.location.located import Located, Question, locate_on_tree, percent
from substation.grid.location.sections import Places
from substation.grid.topology import Topology
from substation.mv.feeder_tree import FeederTree
from substation.mv.indication import Indication
from substation.mv.settings import FdirSettings
from substation.mv.witnesses import Evidence, astray, witnesses

SHOWN = 8
"""Rejected candidates that are listed, those with the fewest contradictions first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """zone: ids of its lines and busbars. rejected_by: '' for the located one. probability: that the fault lies in what
    cannot be told apart from it; None for what is less likely than all that is told."""

    zone: tuple[str, ...]
    rejected_by: str
    probability: float | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """zones: numbers of those that have to be isolated; likeliest: of those at fault, as far as can be said.

    probability: that the fault lies in likeliest; enclosed: that it lies in zones. suspects: devices that are not
    believed then. not_counted: why readings are no evidence. doubt: why automation must not act on it, '' if it may.
    apart: likeliest, by fault; two of them where two faults at once are likelier than one. two: probability of that.
    measured: what the relay's fault locator says, '' without.
    """

    zones: frozenset[int]
    likeliest: frozenset[int]
    probability: float
    enclosed: float
    suspects: tuple[str, ...]
    not_counted: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    doubt: str
    apart: tuple[frozenset[int], ...] = ()
    two: float = 0.0
    measured: str = ""


def locate(topology: Topology, tree: FeederTree, evidence: Evidence, settings: FdirSettings) -> Location:
    """evidence: readings of all indicators of the feeder, and what else is known."""
    contradictions = _contradictions(tree, evidence)
    ranked = sorted(contradictions.items(), key=lambda each: (len(each[1]), topology.zone_elements[each[0]]))
    if not ranked:
        doubt = "the fault cannot be located: the feeder fed nothing before the fault"
        return Location(frozenset(), frozenset(), 0.0, 0.0, (), (), (), doubt)
    order = list(tree.way)
    places = _places(tree, order, evidence)
    found = locate_on_tree(
        Question(places, witnesses(topology, tree, order, evidence), astray(tree, evidence)), settings.certainty
    )
    zones, likeliest = (frozenset(order[place] for place in part) for part in (found.enclosed, found.places))
    candidates = [(zone, "" if zone in zones else _words(words)) for zone, words in ranked]
    candidates.sort(key=lambda each: each[0] not in likeliest)
    chance = {order[place]: each.probability for each in found.candidates for place in each.places}
    unusable = tuple(each for each in evidence.shown.values() if isinstance(each, str))
    return Location(
        zones=zones,
        likeliest=likeliest,
        probability=found.probability,
        enclosed=found.enclosed_probability,
        suspects=found.suspects,
        not_counted=tuple(dict.fromkeys(unusable)),
        candidates=tuple(
            Candidate(topology.zone_elements[zone], why, chance.get(zone))
            for zone, why in candidates[: max(SHOWN, len(zones))]
        ),
        doubt=_doubt(topology, ranked, found, unusable, likeliest, settings),
        apart=tuple(frozenset(order[place] for place in each.places) for each in found.likeliest),
        two=found.two,
        measured=evidence.nearness.words if evidence.nearness is not None else "",
    )


def _places(tree: FeederTree, order: Sequence[int], evidence: Evidence) -> Places:
    number = {zone: place for place, zone in enumerate(order)}
    parent = tuple(number[tree.above[zone]] if zone in tree.above else -1 for zone in order)
    weight = (1.0,) * len(order)
    if evidence.nearness is None:
        return Places(parent, weight)
    near = evidence.nearness.by_zone
    return Places(parent, weight, tuple(near[zone][0] for zone in order), tuple(near[zone][1] for zone in order))


def _contradictions(tree: FeederTree, evidence: Evidence) -> Mapping[int, list[str]]:
    """By zone, words for every indicator that does not show what a fault there would make it show."""
    shown = evidence.shown
    notable = [switch for switch, indication in shown.items() if indication is not Indication.CLEAR]
    found: dict[int, list[str]] = {}
    for zone, way in tree.way.items():
        expected = {switch: wanted for switch, wanted in way if switch in shown}
        if tree.first is not None and tree.first[0] in shown:
            expected[tree.first[0]] = tree.first[1]
        found[zone] = list(_differing(expected, shown, dict.fromkeys((*expected, *notable))))
        if evidence.nearness is not None and evidence.nearness.by_zone[zone][1]:
            found[zone].append(evidence.nearness.words)
    return found


def _differing(
    expected: Mapping[str, Indication], shown: Mapping[str, Indication | str], switches: Iterable[str]
) -> Iterable[str]:
    for switch in switches:
        indication, wanted = shown[switch], expected.get(switch, Indication.CLEAR)
        if isinstance(indication, str):
            yield indication
        elif indication is not wanted:
            yield f"{switch} shows {indication.value}, not {wanted.value}"


def _words(found: Sequence[str]) -> str:
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return "; ".join(found[:3]) + more


def _doubt(
    topology: Topology,
    ranked: list[tuple[int, list[str]]],
    found: Located,
    unusable: Sequence[str],
    likeliest: frozenset[int],
    settings: FdirSettings,
) -> str:
    """Why automation must not act: more devices are wrong or silent for a reason than the settings let it overlook."""
    if unusable and settings.doubtful_indicators == 0:
        return f"the fault cannot be located: {_words(unusable)}"
    if found.failures <= settings.doubtful_indicators or _certainly_two(found, settings):
        return ""
    if len(found.likeliest) > 1 and not found.suspects:
        return _perhaps_two(topology, ranked, found, likeliest)
    zone, words = next(each for each in ranked if each[0] in likeliest)
    nearest = ", ".join(topology.zone_elements[zone][:3])
    likely = percent(found.probability)
    return f"the indications contradict each other; nearest is {nearest} ({likely}), but {_words(words)}"


def _certainly_two(found: Located, settings: FdirSettings) -> bool:
    """Two faults at once contradict nobody, and no single one with false indications is likely enough to matter."""
    return len(found.likeliest) == 2 and not found.suspects and found.two >= settings.certainty


def _perhaps_two(
    topology: Topology, ranked: list[tuple[int, list[str]]], found: Located, likeliest: frozenset[int]
) -> str:
    zones = [(zone, words) for zone, words in ranked if zone in likeliest]
    places = " and in ".join(", ".join(topology.zone_elements[zone][:3]) for zone, _ in zones)
    words = f"the indications fit two faults at once, in {places}, but that is certain with {percent(found.two)} only"
    return f"{words}; else {_words(zones[0][1])}"
