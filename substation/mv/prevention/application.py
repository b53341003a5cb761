"""Prevention in a running unit (GR9): which lines and transformers will probably be overloaded, when, and how probable.

Own history by quarter hour and feeder, shifted by what is measured now, in the present switching state. A probable
overload is told ahead of time, and OPF is asked to look.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property

import numpy as np

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError
from substation.application import Decision, Plain
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.arrays import Floats
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.present_flow import PresentFlow, present_flow
from substation.mv.prevention.forecast import forecast, recorded
from substation.mv.prevention.groups import Groups, groups
from substation.mv.prevention.outlook import Outlook, outlook
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.prevention.state import PreventionState, dump_state, load_state

_MOST_SHOWN = 20
_LEAST_SHOWN = 0.01


class Prevention:
    """The application. Pure: same image and state give the same decision."""

    name = "prevention"
    priority = 70
    deadline_s = 20.0

    def __init__(self, topology: Topology, settings: PreventionSettings) -> None:
        self._topology, self._settings = topology, settings
        self.period_s = settings.period_s
        network = topology.network
        self._assets = (*(line.id for line in network.lines), *(each.id for each in network.transformers))

    @cached_property
    def _groups(self) -> Groups:
        return groups(self._topology)

    def initial(self) -> PreventionState:
        return PreventionState()

    def dump(self, state: PreventionState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> PreventionState:
        """ValueError when the data are not of this version."""
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: PreventionState) -> Decision[PreventionState]:
        """While it cannot judge, what was warned of is no longer said. Of other feeders than now nothing is known."""
        if state.groups != self._groups.names:
            state = PreventionState(self._groups.names)
        try:
            now = present_flow(self._topology, image)
            if why := self._unknown(now):
                raise AlgorithmError(why)
            powers_w = self._groups.powers_w(now.power_va)
            if not now.unusual:
                state = replace(state, history=recorded(state.history, image.time_ns // SLOT_NS, powers_w))
            leads = max(1, round(self._settings.horizon_s * 1e9 / SLOT_NS))
            ahead = forecast(state.history, image.time_ns, powers_w, leads)
            found = outlook(self._topology, now, self._groups, ahead)
        except AlgorithmError as error:
            shown: Plain = {"state": "no outlook", "reasons": [str(error)], "assets": [], "asks": ""}
            ended = (_event(image, Severity.LOW, f"no outlook, warnings end: {error}"),) if state.warned else ()
            return Decision(replace(state, warned=()), events=ended, results={"Prevention": shown})
        return self._judged(image, state, found)

    def _unknown(self, now: PresentFlow) -> str:
        if now.assumed_share > self._settings.assumed_share:
            return f"{now.assumed_share:.0%} of the load is not known (at most {self._settings.assumed_share:.0%})"
        index, fed = self._topology.arrays.node_index, now.flow.tree.root_of >= 0
        dark = [load.id for load in self._topology.network.loads if not fed[index[load.node]]]
        return f"{len(dark)} loads are without supply, {dark[0]} among them" if dark else ""

    def _judged(self, image: ProcessImage, state: PreventionState, found: Outlook) -> Decision[PreventionState]:
        probability = found.probability
        worst = probability.max(axis=0)
        order = np.argsort(-worst, kind="stable")
        threshold = self._settings.probability
        warned = tuple(
            self._assets[at]
            for at in order
            if worst[at] >= (threshold / 2 if self._assets[at] in state.warned else threshold)
        )
        after = replace(state, warned=warned)
        assets: list[Plain] = [
            self._shown(image, found, probability, int(at)) for at in order[:_MOST_SHOWN] if worst[at] >= _LEAST_SHOWN
        ]
        result: Plain = {
            "state": "overload probable" if warned else "no overload probable",
            "reasons": [],
            "assets": assets,
            "asks": after.asks,
        }
        return Decision(after, events=self._told(image, state, warned, found), results={"Prevention": result})

    def _shown(self, image: ProcessImage, found: Outlook, probability: Floats, at: int) -> Plain:
        """probabilities: of each quarter hour ahead."""
        return {
            "asset": self._assets[at],
            "probability": round(float(probability[:, at].max()), 4),
            "probabilities": [round(float(each), 4) for each in probability[:, at]],
            "explanation": self._words(image, found, at),
        }

    def _words(self, image: ProcessImage, found: Outlook, at: int) -> str:
        probability = found.probability[:, at]
        lead = int(np.argmax(probability >= min(self._settings.probability, float(probability.max()))))
        when_ns = image.time_ns + (lead + 1) * SLOT_NS
        when = datetime.fromtimestamp(when_ns // 1_000_000_000, UTC)
        mean, deviation, limit = found.mean_pu[lead, at], found.deviation_pu[lead, at], found.limit_pu[at]
        loading = f"{mean:.0%} of its rating are expected, standard deviation {deviation:.1%}, limit {limit:.0%}"
        hours = (lead + 1) * SLOT_NS / 3.6e12
        return f"{probability[lead]:.0%} for {when:%H:%M} UTC, in {hours:.2g} h: {loading}"

    def _told(
        self, image: ProcessImage, before: PreventionState, warned: tuple[str, ...], found: Outlook
    ) -> tuple[Event, ...]:
        new = [each for each in warned if each not in before.warned]
        lines = [
            (Severity.MEDIUM, f"overload of {each} is probable: {self._words(image, found, self._assets.index(each))}")
            for each in new[:_MOST_SHOWN]
        ]
        gone = [each for each in before.warned if each not in warned]
        lines += [(Severity.INFORMATION, f"overload of {each} is no longer probable") for each in gone[:_MOST_SHOWN]]
        return tuple(_event(image, severity, text) for severity, text in lines)


def _event(image: ProcessImage, severity: Severity, text: str) -> Event:
    return Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, "prevention", text)
