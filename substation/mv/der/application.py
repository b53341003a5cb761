"""DERPF in a running unit (GR1): filtered production, sums, what is on offer, and the limits that generators exceed.

Applications that advise and voltage control calculate with the filtered production. Nothing is commanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError
from substation.application import Decision, Plain
from substation.grid.arrays import Complexes
from substation.grid.positions import read_positions
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.der.availability import Offer, offer
from substation.mv.der.effects import Effects, effects
from substation.mv.der.filtering import Filtered, filtered
from substation.mv.der.settings import DerSettings
from substation.mv.der.state import DerState, dump_state, load_state
from substation.mv.der.totals import totals
from substation.mv.present_flow import present_flow

_MOST_SHOWN = 20
_ALL = "all"


class DerPowerFlows:
    """The application. Pure: same image and state give the same decision."""

    name = "derpf"
    priority = 40
    deadline_s = 5.0

    def __init__(self, topology: Topology, settings: DerSettings) -> None:
        self._topology, self._settings = topology, settings
        self.period_s = settings.period_s

    def initial(self) -> DerState:
        return DerState()

    def dump(self, state: DerState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> DerState:
        """ValueError when the data are not of this version."""
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: DerState) -> Decision[DerState]:
        measured = self._filtered(image, state)
        positions = read_positions(image, self._topology.network)
        tree = self._topology.tree(positions.closed)
        offers = {
            each.id: offer(image, tree, each, measured[each.id], self._settings)
            for each in self._topology.network.generators
        }
        sums: dict[str, Plain] = {
            place: asdict(total) for place, total in totals(self._topology, tree, _ALL, measured, offers).items()
        }
        generators: list[Plain] = [_plain(measured[each], offers[each]) for each in measured]
        after = DerState(tuple(measured.values()), state.told)
        result: dict[str, Plain] = {"totals": sums, "generators": generators}
        try:
            found = self._effects(image, after)
        except AlgorithmError as error:
            return Decision(after, results={"DERPF": {**result, "reasons": [str(error)], "effects": None}})
        problems = _problems(found)
        after = replace(after, told=tuple(problems))
        shown = {**result, "reasons": list[Plain](), "effects": _shown(found)}
        return Decision(after, events=_told(image, state, problems), results={"DERPF": shown})

    def _filtered(self, image: ProcessImage, state: DerState) -> dict[str, Filtered]:
        before = {each.id: each for each in state.generators}
        return {
            each.id: filtered(image, each, before.get(each.id, Filtered(each.id)), self._settings)
            for each in self._topology.network.generators
        }

    def _effects(self, image: ProcessImage, state: DerState) -> Effects:
        now = present_flow(self._topology, replace(image, produced=state.produced_w))
        return effects(self._topology, now, self._produced(state.produced_w), self._settings.reverse_pu)

    def _produced(self, produced_w: Mapping[str, float]) -> Complexes:
        arrays = self._topology.arrays
        found = np.zeros(arrays.nodes, dtype=np.complex128)
        for generator in self._topology.network.generators:
            found[arrays.node_index[generator.node]] += produced_w.get(generator.id, 0.0)
        return found


def _plain(measured: Filtered, offered: Offer) -> Plain:
    return {
        "generator": measured.id,
        "power_w": measured.power_w,
        "outlier": measured.outlier,
        "up_w": round(offered.up_w, 1),
        "down_w": round(offered.down_w, 1),
        "var": round(offered.var, 1),
        "why": offered.why or measured.why,
    }


def _shown(found: Effects) -> Plain:
    back: dict[str, Plain] = {name: round(power, 1) for name, power in found.back_w}
    return {
        "caused": [str(each) for each in found.caused[:_MOST_SHOWN]],
        "relieved": [str(each) for each in found.relieved[:_MOST_SHOWN]],
        "reverse": list(found.reverse),
        "back_w": back,
        "rise_pu": None if found.rise_pu is None else round(found.rise_pu, 5),
        "highest": found.highest,
        "why": found.why,
    }


def _problems(found: Effects) -> dict[str, str]:
    """In words, by what and element: the same with another value is not told again."""
    caused = {f"{each.what} {each.element}": f"caused by generation: {each}" for each in found.caused}
    return caused | {each.partition("through ")[2].partition(",")[0]: each for each in found.reverse}


def _told(image: ProcessImage, before: DerState, problems: Mapping[str, str]) -> tuple[Event, ...]:
    new = [(Severity.MEDIUM, text) for key, text in problems.items() if key not in before.told]
    gone = [
        (Severity.INFORMATION, f"no longer caused by generation: {key}") for key in before.told if key not in problems
    ]
    more = len(new) - _MOST_SHOWN
    rest = [(Severity.MEDIUM, f"{more} more limits are exceeded by generation")] if more > 0 else []
    return tuple(
        Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, "derpf", text)
        for severity, text in (*new[:_MOST_SHOWN], *rest, *gone[:_MOST_SHOWN])
    )
