"""What a unit has seen itself: faults that it located, signals of protection, forecasts of weather it was given."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cbor2
import sqlalchemy as sa

from models.errors import AlgorithmError
from models.point import PointName
from substation.config import read_unit
from substation.forecast.hazard.asset import Asset
from substation.forecast.hazard.conditions import PRECURSORS
from substation.forecast.hazard.conditions import WEATHER as CONDITIONS
from substation.grid.topology import Topology
from substation.history.engine import Engine
from substation.history.export import Exported, Selection, instances
from substation.history.schema import states
from substation.mv.prevention.state import PreventionState, load_state
from substation.precursor_watch import RECLOSED, watched_points
from substation.study.prevention.columns import HOUR_NS
from substation.study.prevention.fault_history import FaultHistory, Happened, combined
from substation.study.prevention.load_worth import LoadSeries, load_series
from substation.study.prevention.weather_table import WeatherTable, weather_table
from substation.weather_forecast import VARIABLE, WeatherForecast, weather_of

_LAST_NS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """weather: each hour as the last forecast before it said; None where none was given. loads: by feeder."""

    happened: FaultHistory
    weather: WeatherTable | None
    loads: Mapping[str, LoadSeries]


_HOURS_TOLD = 24


def read_own(unit: str, topology: Topology, assets: Sequence[Asset]) -> OwnHistory:
    """The unit may run meanwhile. ConfigError, StorageError: what cannot be read; AlgorithmError: it never forecast."""
    config = read_unit(Path(unit))
    with closing(config.history.open(config.data, config.name)) as engine:
        engine.present()
        return of_engine(engine, config.name, topology, assets)


def of_engine(engine: Engine, unit: str, topology: Topology, assets: Sequence[Asset]) -> OwnHistory:
    """The same of an open history. unit: its name."""
    stored = instances(engine, Selection(f"{unit}/{VARIABLE}", 0, _LAST_NS, True))
    forecasts = [found for each in stored if (found := _forecast(each)) is not None]
    state, known = _state(engine), {asset.id for asset in assets}
    faults = [Happened(each.time_ns, each.element) for each in state.past if each.element in known]
    happened = combined(faults, _precursors(engine, topology), assets)
    return OwnHistory(happened, _weather(forecasts), _loads(state))


def _loads(state: PreventionState) -> dict[str, LoadSeries]:
    """Net consumption of each feeder, as prevention has kept it."""
    if not state.history:
        return {}
    return {
        feeder: load_series({slot: float(powers[at]) for slot, powers in state.history})
        for at, feeder in enumerate(state.groups)
    }


def _state(engine: Engine) -> PreventionState:
    with engine.reading() as connection:
        stored = connection.execute(sa.select(states.c.state).where(states.c.application == "prevention")).scalar()
    if stored is None:
        raise AlgorithmError("the unit has never forecast faults; switch [prevention] on, or give --history")
    try:
        return load_state(cbor2.loads(bytes(stored)))
    except ValueError as error:
        raise AlgorithmError(f"{error}; let the unit of this version run once") from error


def _precursors(engine: Engine, topology: Topology) -> dict[str, list[Happened]]:
    """Rises of the points that the unit watches, as its history holds them."""
    watched = {
        PointName(location, variable): (feeder, kind) for location, variable, feeder, kind in watched_points(topology)
    }
    found: dict[str, list[Happened]] = {kind: [] for kind in PRECURSORS}
    for variable in sorted({name.variable for name in watched}):
        rows = instances(engine, Selection(f"*/{variable}", 0, _LAST_NS))
        for name, series in groupby(rows, key=lambda each: PointName(each.location, each.variable)):
            if name in watched:
                feeder, kind = watched[name]
                found[kind] += [Happened(at_ns, feeder) for at_ns in _rises(series, kind)]
    return found


def _rises(series: Iterable[Exported], kind: str) -> Iterator[int]:
    before: bool | None = None
    for each in series:
        if each.quality & 3 or not isinstance(each.value, (int, float)):
            continue
        now = int(each.value) == RECLOSED if kind == "reclosing" else bool(each.value)
        if now and before is False:
            yield each.time_ns
        before = now


def _forecast(written: Exported) -> WeatherForecast | None:
    return weather_of(json.loads(written.value)) if isinstance(written.value, str) else None


def _weather(forecasts: Sequence[WeatherForecast]) -> WeatherTable | None:
    """Later forecasts overwrite what earlier ones said of the same hour."""
    hours: dict[int, dict[str, float]] = {}
    for forecast in sorted(forecasts, key=lambda each: each.valid_from_ns):
        first = -(-forecast.valid_from_ns // HOUR_NS)
        for hour in range(first, first + _HOURS_TOLD):
            known = {name: value for name, value in forecast.hour(hour * HOUR_NS).items() if name in CONDITIONS}
            if known:
                hours[hour] = known
    return weather_table(hours) if hours else None
