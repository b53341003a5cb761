"""Prevention in a running unit (GR9): what will probably be overloaded or at fault, when, and how probable it is.

Overload: own history by quarter hour and feeder, shifted by what is measured now, in the present switching state; a
probable one is told ahead of time, and OPF is asked to look. Faults: rates by kind of equipment, weather, what
protection noticed, and age. Both are judged afterwards by what happened.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError
from substation.application import Decision, Plain
from substation.forecast.hazard.file import PUBLISHED_ONLY
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.arrays import Floats
from substation.grid.topology import Topology
from substation.image import ProcessImage
from substation.mv.present_flow import PresentFlow, present_flow
from substation.mv.prevention.faults import FaultPart
from substation.mv.prevention.forecast import Forecast, forecast, recorded
from substation.mv.prevention.groups import Groups, groups
from substation.mv.prevention.outlook import Outlook, outlook
from substation.mv.prevention.overload import exceeded, rows, without_outlook, words
from substation.mv.prevention.overload import recorded as put_down
from substation.mv.prevention.record_document import shown as score
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.prevention.standard import standard_forecast
from substation.mv.prevention.state import PreventionState, dump_state, load_state

_MOST_TOLD = 20


class Prevention:
    """The application. Pure: same image and state give the same decision."""

    name = "prevention"
    priority = 70
    deadline_s = 20.0

    def __init__(self, topology: Topology, settings: PreventionSettings) -> None:
        self._topology, self._settings = topology, settings
        self._model = PUBLISHED_ONLY if settings.model is None else settings.model
        self.period_s = settings.period_s
        network = topology.network
        self._assets = (*(line.id for line in network.lines), *(each.id for each in network.transformers))

    @cached_property
    def _groups(self) -> Groups:
        return groups(self._topology)

    @cached_property
    def _faults(self) -> FaultPart:
        return FaultPart(self._topology, self._settings, self._model)

    def initial(self) -> PreventionState:
        return PreventionState()

    def dump(self, state: PreventionState) -> Plain:
        return dump_state(state)

    def load(self, plain: Plain) -> PreventionState:
        """ValueError when the data are not of this version."""
        return load_state(plain)

    def evaluate(self, image: ProcessImage, state: PreventionState) -> Decision[PreventionState]:
        """While it cannot judge overload, what was warned of is no longer said. Of other feeders nothing is known.

        Faults are forecast whatever is known of the loads.
        """
        if state.groups != self._groups.names:
            state = replace(
                state, groups=self._groups.names, history=(), warned=(), overload=PreventionState().overload
            )
        faults = self._faults.evaluate(image, state)
        found = self._of_overload(image, faults.state)
        result = {**found.results, "Prevention": {**_fields(found.results["Prevention"]), "faults": faults.result}}
        told = [(Severity.MEDIUM, text) for text in faults.told] + [
            (Severity.INFORMATION, text) for text in faults.ended
        ]
        events = (*(_event(image, severity, text) for severity, text in told), *found.events)
        return replace(found, events=events, results=result)

    def _of_overload(self, image: ProcessImage, state: PreventionState) -> Decision[PreventionState]:
        try:
            now = present_flow(self._topology, image)
            if why := self._unknown(now):
                raise AlgorithmError(why)
            powers_w = self._groups.powers_w(now.power_va)
            if not now.unusual:
                state = replace(state, history=recorded(state.history, image.time_ns // SLOT_NS, powers_w))
            ahead, basis = self._ahead(image, state, powers_w)
            found = outlook(self._topology, now, self._groups, ahead)
        except AlgorithmError as error:
            return self._without(image, state, str(error))
        return self._judged(image, state, found, now, basis)

    def _ahead(self, image: ProcessImage, state: PreventionState, powers_w: Floats) -> tuple[Forecast, str]:
        """(forecast, what it rests on). AlgorithmError without own history and without standard profiles."""
        leads = max(1, round(self._settings.horizon_s * 1e9 / SLOT_NS))
        shapes = self._model.shapes
        try:
            return forecast(state.history, image.time_ns, powers_w, leads), "own history"
        except AlgorithmError:
            if not shapes.source:
                raise
        ahead = standard_forecast(shapes, self._groups, image.time_ns, powers_w, leads, image.weather)
        return ahead, f"{shapes.source}, spread assumed, until two weeks of own history are known"

    def _without(self, image: ProcessImage, state: PreventionState, why: str) -> Decision[PreventionState]:
        shown: Plain = {
            "state": "no outlook",
            "reasons": [why],
            "assets": [],
            "asks": "",
            "basis": "",
            "score": score(state.overload),
        }
        ended = (_event(image, Severity.LOW, f"no outlook, warnings end: {why}"),) if state.warned else ()
        after = replace(state, warned=(), overload=without_outlook(state.overload))
        return Decision(after, events=ended, results={"Prevention": shown})

    def _unknown(self, now: PresentFlow) -> str:
        if now.assumed_share > self._settings.assumed_share:
            return f"{now.assumed_share:.0%} of the load is not known (at most {self._settings.assumed_share:.0%})"
        index, fed = self._topology.arrays.node_index, now.flow.tree.root_of >= 0
        dark = [load.id for load in self._topology.network.loads if not fed[index[load.node]]]
        return f"{len(dark)} loads are without supply, {dark[0]} among them" if dark else ""

    def _judged(
        self, image: ProcessImage, state: PreventionState, found: Outlook, now: PresentFlow, basis: str
    ) -> Decision[PreventionState]:
        worst = found.probability.max(axis=0)
        threshold = self._settings.probability
        warned = tuple(
            self._assets[at]
            for at in np.argsort(-worst, kind="stable")
            if worst[at] >= (threshold / 2 if self._assets[at] in state.warned else threshold)
        )
        record = put_down(state.overload, self._assets, found, exceeded(now, found), image.time_ns, warned)
        after = replace(state, warned=warned, overload=record)
        result: Plain = {
            "state": "overload probable" if warned else "no overload probable",
            "reasons": [],
            "assets": rows(self._assets, found, image.time_ns, threshold),
            "asks": after.asks,
            "basis": basis,
            "score": score(record),
        }
        return Decision(after, events=self._told(image, state, warned, found), results={"Prevention": result})

    def _words(self, image: ProcessImage, found: Outlook, asset: str) -> str:
        return words(found, self._assets.index(asset), image.time_ns, self._settings.probability)

    def _told(
        self, image: ProcessImage, before: PreventionState, warned: tuple[str, ...], found: Outlook
    ) -> tuple[Event, ...]:
        new = [each for each in warned if each not in before.warned]
        lines = [
            (Severity.MEDIUM, f"overload of {each} is probable: {self._words(image, found, each)}")
            for each in new[:_MOST_TOLD]
        ]
        gone = [each for each in before.warned if each not in warned]
        lines += [(Severity.INFORMATION, f"overload of {each} is no longer probable") for each in gone[:_MOST_TOLD]]
        return tuple(_event(image, severity, text) for severity, text in lines)


def _fields(plain: Plain) -> dict[str, Plain]:
    return plain if isinstance(plain, dict) else {}


def _event(image: ProcessImage, severity: Severity, text: str) -> Event:
    return Event(image.time_ns, image.time_ns, Category.AUTOMATION, severity, "prevention", text)
