"""The section of an earth fault: the likeliest zones of the whole galvanic network, its feeders and busbar together.

The capacitances of the whole network feed an earth fault, so every directional device points towards it, not only those
on the way from the busbar: one beyond the fault, or on a healthy feeder, shows the other direction where enough line
lies behind it. Silence of an indicator counts only where enough current would pass it if the fault lay behind it, and
only on a feeder where another one has seen this fault, since a high-ohmic one may stay below all pickups. The residual
voltage alone locates nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from substation.grid.location.evidence import Shown, Witness
from substation.grid.location.located import Located, Question, locate_on_tree
from substation.grid.location.reliability import RATES, DeviceKind, Health
from substation.grid.location.sections import Places
from substation.grid.topology import Topology
from substation.mv.earth.expected import entering_a, zone_currents_a
from substation.mv.earth.settings import EarthFaultSettings
from substation.mv.earth.signs import Signs
from substation.mv.earth.tree import NetworkTree
from substation.mv.indication import Indication
from substation.mv.location import Candidate
from substation.mv.reading import bay_of

_SIDES = (Indication.FORWARD, Indication.REVERSE)


@dataclass(frozen=True, slots=True)
class Section:
    """zones: to be isolated, empty where nothing is located. likeliest: at fault. suspects: devices not believed then.
    doubt: why the section is not known, '' when it is."""

    zones: frozenset[int]
    likeliest: frozenset[int]
    probability: float
    suspects: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    doubt: str
    faults: int = 1


def locate_section(
    topology: Topology,
    tree: NetworkTree,
    signs: Signs,
    shown: Mapping[str, Indication | str],
    settings: EarthFaultSettings,
) -> Section:
    """shown: indicators by switch."""
    certainty = settings.certainty
    witnesses = _witnesses(topology, tree, signs, shown, settings.indicator_a)
    if not any(each.shown is Shown.PASSED for each in witnesses):
        return _somewhere(tree, signs)
    number = {zone: place for place, zone in enumerate(tree.zones)}
    roots = [zone for zone in tree.zones if zone not in tree.above]
    if len(roots) > 1:
        return _unknown("the network is fed at several places; its feeders cannot be told apart")
    parent = tuple(number[tree.above[zone]] if zone in tree.above else -1 for zone in tree.zones)
    weights = _weights(topology, tree.zones)
    found = locate_on_tree(Question(Places(parent, weights), witnesses, _astray(tree, shown)), certainty)
    zones, likeliest = (frozenset(tree.zones[place] for place in part) for part in (found.enclosed, found.places))
    awake = _awake(tree, shown)
    blind = {tree.feeder[zone] for zone in likeliest} - awake - {""}
    doubt = ""
    if blind:
        doubt = f"it is on {' and '.join(sorted(blind))}, but no indicator there shows where"
    elif found.enclosed_probability < certainty:
        doubt = f"what can be enclosed holds the fault with {found.enclosed_probability:.0%} only"
    elif found.failures > 1 and len(found.likeliest) == 1:
        doubt = f"{', '.join(found.suspects)} contradict every section; the likeliest has {found.probability:.0%}"
    candidates = _candidates(topology, tree, found)
    return Section(zones, likeliest, found.probability, found.suspects, candidates, doubt, len(found.likeliest))


def _witnesses(
    topology: Topology, tree: NetworkTree, signs: Signs, shown: Mapping[str, Indication | str], surely_a: float
) -> list[Witness]:
    breakers = {feeder.breaker: feeder.id for feeder in topology.network.feeders if not feeder.within}
    awake, entering = _awake(tree, shown), entering_a(tree, zone_currents_a(topology))
    protection = RATES[DeviceKind.PROTECTION, Health.SUPERVISED]
    indicator = RATES[DeviceKind.DIRECTIONAL, Health.UNSUPERVISED]
    found = []
    for place, zone in enumerate(tree.zones):
        if zone not in tree.entered:
            continue
        switch, along = tree.entered[zone]
        if (feeder := breakers.get(switch)) is not None:
            said = _side(signs.feeders.get(feeder, ""), along)
            found.append(Witness(feeder, place, said, protection, infeed=said is Shown.AGAINST))
        if switch in shown:
            said = _side(shown[switch], along)
            telling = tree.feeder[zone] in awake and entering[zone] >= surely_a
            said = Shown.UNKNOWN if said is Shown.SILENT and not telling else said
            found.append(Witness(bay_of(switch), place, said, indicator, infeed=said is Shown.AGAINST))
    return found


def _awake(tree: NetworkTree, shown: Mapping[str, Indication | str]) -> frozenset[str]:
    """Feeders with an indicator that has seen the fault, in front of it or behind."""
    seen = (zone for zone, (switch, _) in tree.entered.items() if shown.get(switch) in _SIDES)
    return frozenset(tree.feeder[zone] for zone in seen)


def _side(shown: Indication | str, along: Indication) -> Shown:
    if isinstance(shown, str):
        return Shown.UNKNOWN
    if shown is Indication.CLEAR:
        return Shown.SILENT
    return Shown.PASSED if shown is along else Shown.AGAINST


def _astray(tree: NetworkTree, shown: Mapping[str, Indication | str]) -> tuple[str, ...]:
    """Indicators that are set where nothing flows: at switches that feed nothing."""
    used = {switch for switch, _ in tree.entered.values()}
    return tuple(bay_of(switch) for switch, said in shown.items() if switch not in used and said in _SIDES)


def _weights(topology: Topology, zones: Sequence[int]) -> tuple[float, ...]:
    """Length of lines in m, with some for what stands in a zone without any."""
    length_m = dict.fromkeys(zones, 50.0)
    for number, line in enumerate(topology.network.lines):
        zone = int(topology.zone_of_node[topology.arrays.branch_from[number]])
        if zone in length_m:
            length_m[zone] += line.length_m
    return tuple(length_m[zone] for zone in zones)


def _candidates(topology: Topology, tree: NetworkTree, found: Located) -> tuple[Candidate, ...]:
    rows = []
    for section in found.candidates[:4]:
        elements = tuple(each for place in sorted(section.places) for each in topology.zone_elements[tree.zones[place]])
        against = f"; {', '.join(section.against[:3])} against it" if section.against else ""
        rows.append(Candidate(elements[:8], f"{section.probability:.1%}{against}"))
    return tuple(rows)


def _somewhere(tree: NetworkTree, signs: Signs) -> Section:
    """No device points along a feeder: on the busbar, or on a feeder whose protection is silent or missing."""
    if signs.missing:
        reasons = "; ".join(f"{feeder} may be the faulted one: {why}" for feeder, why in signs.missing.items())
        others = [shown for shown in signs.feeders.values() if not isinstance(shown, str)]
        if others and all(shown is Indication.REVERSE for shown in others):
            reasons += "; all other feeders point back, so it is that one or the busbar"
        return _unknown(f"the residual voltage alone tells no section; {reasons}")
    if signs.feeders and all(shown is Indication.REVERSE for shown in signs.feeders.values()):
        zones = frozenset(zone for zone in tree.zones if zone not in tree.above)
        doubt = "every feeder points back: the fault lies on the busbar or in what feeds it; people have to look"
        return Section(frozenset(), zones, 0.0, (), (), doubt)
    return _unknown("no protection or indicator shows a direction: a high-ohmic earth fault somewhere in the network")


def _unknown(doubt: str) -> Section:
    return Section(frozenset(), frozenset(), 0.0, (), (), doubt)
