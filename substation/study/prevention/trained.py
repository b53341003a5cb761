"""One model per kind of equipment: learned from the hours before a row, with and without conditions."""

from __future__ import annotations

from substation.forecast.hazard.conditions import OF_WEATHER
from substation.forecast.hazard.model import HazardModel, KindModel, prior
from substation.forecast.hazard.published import AssetKind
from substation.forecast.hazard.training import train
from substation.study.prevention.past import Past

FEWEST_FAULTS = 5
"""With fewer faults of a kind no condition is learned, only how often the kind fails."""


def trained(past: Past, until: int, with_conditions: bool, name: str) -> HazardModel:
    """with_conditions: False gives the climatology: how often each kind fails, whatever the hour."""
    return HazardModel({kind: _of(past, kind, until, with_conditions) for kind in AssetKind}, name)


def _of(past: Past, kind: AssetKind, until: int, with_conditions: bool) -> KindModel:
    if not any(group.kind is kind for group in past.groups):
        return prior(kind)
    plain = train(kind, past.counts(kind, (), until))
    names = past.usable(kind, until)
    if not with_conditions or not names or plain.learned_faults < FEWEST_FAULTS:
        return plain
    return train(kind, past.counts(kind, names, until))


def needs_weather(model: HazardModel) -> bool:
    return any(OF_WEATHER & set(each.features) for each in model.kinds.values())
