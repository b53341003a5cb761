"""The part of prevention that forecasts faults: from weather, what protection noticed, age and published rates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models.network.elements import Network
from substation.application import Plain
from substation.forecast.hazard.asset import grouped
from substation.forecast.hazard.conditions import OF_WEATHER
from substation.forecast.hazard.file import PreventionModel
from substation.grid.topology import Topology
from substation.image import ProcessImage, Struck
from substation.mv.prevention.assets import assets_of
from substation.mv.prevention.hazard import (
    HOUR_NS,
    Hazard,
    Question,
    by_asset,
    by_place,
    group_hazard,
    words,
    year_of,
)
from substation.mv.prevention.noticed import counted, located, remembered
from substation.mv.prevention.record import Kind, Waiting, forgotten, issued, seen, settled, warned
from substation.mv.prevention.record_document import shown
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.prevention.state import PreventionState

_MOST_SHOWN = 20
_LATE_NS = 2 * HOUR_NS
"""A forecast that is judged later than this after its end was not watched to its end."""


@dataclass(frozen=True, slots=True)
class FaultOutlook:
    """told, ended: lines for the event list, of what is warned of anew and of what is over."""

    state: PreventionState
    result: Plain
    told: tuple[str, ...]
    ended: tuple[str, ...]


class FaultPart:
    """Pure; the groups are made once."""

    def __init__(self, topology: Topology, settings: PreventionSettings, model: PreventionModel) -> None:
        self._model, self._threshold = model, settings.fault_probability
        self._hours = max(1, round(settings.horizon_s / 3600.0))
        self._groups = grouped(assets_of(topology, model.assets))
        self._within = _within(topology.network)

    def evaluate(self, image: ProcessImage, state: PreventionState) -> FaultOutlook:
        struck = tuple(replace(each, feeder=self._within.get(each.feeder, each.feeder)) for each in image.struck)
        noticed = remembered(state.noticed, image.precursors, struck, image.time_ns)
        weather = self._weather(image)
        asked = Question(weather, counted(noticed), year_of(image.time_ns))
        hazards = [group_hazard(self._model.hazard, group, asked) for group in self._groups]
        places = by_place(self._groups, hazards)
        record = seen(state.faults, image.time_ns, {each.feeder for each in struck})
        record = self._judged(image.time_ns, record, struck, places)
        standing = {
            place
            for place, hazard in places.items()
            if hazard.probability >= (self._threshold / 2 if place in record.standing else self._threshold)
        }
        new, over = sorted(standing - set(record.standing)), sorted(set(record.standing) - standing)
        record = warned(record, image.time_ns, standing)
        assets = by_asset(self._groups, hazards)
        past = located(state.past, struck, {name: each.expected for name, each in assets.items()})
        return FaultOutlook(
            replace(state, noticed=noticed, faults=record, past=past),
            self._shown(image, weather, places, assets, record),
            tuple(self._line(place, places, assets) for place in new),
            tuple(f"a fault at {place} is no longer more probable than {self._threshold / 2:.1%}" for place in over),
        )

    def _weather(self, image: ProcessImage) -> list[dict[str, float]]:
        """Of each hour ahead; nothing is known where nobody has written a forecast, or none that reaches so far."""
        starts = [image.time_ns + number * HOUR_NS for number in range(self._hours)]
        return [{} if image.weather is None else image.weather.hour(start) for start in starts]

    def _judged(self, now_ns: int, record: Kind, struck: tuple[Struck, ...], places: Mapping[str, Hazard]) -> Kind:
        """One forecast at a time: the next is issued when the last has been judged."""
        for each in record.waiting:
            if now_ns > each.due + _LATE_NS:
                record = forgotten(record, (each,))
            elif now_ns >= each.due:
                happened = {fault.feeder for fault in struck if each.since_ns < fault.time_ns <= each.due}
                record = settled(record, (each,), happened & set(places))
        if record.waiting:
            return record
        said = {place: (hazard.probability, -math.expm1(-hazard.usual)) for place, hazard in places.items()}
        return issued(record, Waiting(now_ns + self._hours * HOUR_NS, now_ns, said, len(places)))

    def _line(self, place: str, places: Mapping[str, Hazard], assets: Mapping[str, Hazard]) -> str:
        own = [asset.id for group in self._groups if group.place == place for asset in group.assets]
        likeliest = max(own, key=lambda each: assets[each].expected)
        where = "" if likeliest == place else f"; most likely on {likeliest}"
        return f"a fault at {place} is probable: {words(places[place], self._hours)}{where}"

    def _shown(
        self,
        image: ProcessImage,
        weather: list[dict[str, float]],
        places: Mapping[str, Hazard],
        assets: Mapping[str, Hazard],
        record: Kind,
    ) -> Plain:
        hazard = self._model.hazard
        return {
            "basis": hazard.name,
            "published": hazard.is_prior,
            "worth": self._model.worth,
            "hours": self._hours,
            "weather": self._weather_words(image, weather),
            "feeders": self._rows(places),
            "sections": self._rows(assets),
            "warned": [*sorted(record.standing)],
            "score": shown(record),
        }

    def _rows(self, hazards: Mapping[str, Hazard]) -> list[Plain]:
        worst = sorted(hazards.items(), key=lambda each: (-each[1].expected, each[0]))[:_MOST_SHOWN]
        return [
            {
                "at": name,
                "probability": hazard.probability,
                "low": -math.expm1(-hazard.low),
                "high": -math.expm1(-hazard.high),
                "times_usual": hazard.expected / hazard.usual if hazard.usual > 0 else 1.0,
                "explanation": words(hazard, self._hours),
            }
            for name, hazard in worst
        ]

    def _weather_words(self, image: ProcessImage, weather: list[dict[str, float]]) -> str:
        uses = any(OF_WEATHER & set(each.features) for each in self._model.hazard.kinds.values())
        if not uses:
            return "not used: the rates that are known hold for any weather"
        if image.weather is None:
            return "none received: rates are those of average weather, and the ranges are wider by it"
        known = sum(bool(each) for each in weather)
        until = datetime.fromtimestamp(image.weather.valid_to_ns // 1_000_000_000, UTC)
        named = ", ".join(sorted(weather[0])) if weather and weather[0] else "nothing for now"
        return f"forecast until {until:%Y-%m-%d %H:%M} UTC for {known} of {self._hours} hours: {named}"


def _within(network: Network) -> dict[str, str]:
    """The feeder at the primary substation that a line recloser's bay belongs to."""
    outer = {each.id: each.within for each in network.feeders if each.within}
    found = {}
    for bay in outer:
        feeder = bay
        while feeder in outer:
            feeder = outer[feeder]
        found[bay] = feeder
    return found
