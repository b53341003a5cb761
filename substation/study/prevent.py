"""`ringmain study prevent`: learning of faults from the past, what its forecasts are worth, a file for a unit (GR9)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import AlgorithmError, ConfigError, StorageError
from models.network.reader import read_network
from substation.forecast.hazard.asset import Asset, AssetFacts, grouped, with_facts
from substation.forecast.hazard.file import PreventionModel, model_text
from substation.grid.topology import Topology
from substation.mv.prevention.assets import assets_of
from substation.study.kind import Asked, Result
from substation.study.prevention.answer import answer, unlearned
from substation.study.prevention.asset_table import read_assets, read_facts
from substation.study.prevention.columns import HOUR_NS, moment_ns
from substation.study.prevention.evaluation import Plan, evaluated
from substation.study.prevention.fault_history import NOTHING_HAPPENED, FaultHistory, joined, read_history
from substation.study.prevention.load_answer import with_loads
from substation.study.prevention.load_worth import load_worth, read_loads
from substation.study.prevention.past import Past
from substation.study.prevention.standard_shapes import add_shape_options, shapes
from substation.study.prevention.weather_table import WeatherTable, read_weather

if TYPE_CHECKING:
    from substation.study.prevention.own_history import OwnHistory

_LEAST_HOURS = 28 * 24


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--history", metavar="CSV", help="faults and precursors: time, element, event")
    parser.add_argument("--unit", metavar="UNIT.toml", help="what this unit has seen itself, besides")
    parser.add_argument("--loads", metavar="CSV", help="net consumption by quarter hour: time, feeder, power_w")
    parser.add_argument("--weather", metavar="CSV", help="weather by the hour: time and any conditions")
    parser.add_argument("--assets", metavar="CSV", help="asset, kind, length_m, feeder, installed_year")
    parser.add_argument("--from", dest="since", metavar="TIME", help="first hour of the history, else of the weather")
    parser.add_argument("--to", dest="until", metavar="TIME", help="end of the history, else of the weather")
    parser.add_argument("--hours", type=int, default=4, help="hours that a forecast covers (4)")
    parser.add_argument("--share", type=float, default=0.7, help="part of the time that is learned from (0.7)")
    parser.add_argument("--threshold", type=float, default=0.05, help="probability at a feeder that warns (0.05)")
    parser.add_argument("--write", metavar="FILE", help="the trained model, for [prevention] model of a unit")
    add_shape_options(parser)


def run(asked: Asked, options: argparse.Namespace) -> Result:
    """ConfigError for files, AlgorithmError where there is nothing to learn from."""
    plan = _plan(options)
    assets, facts = _assets(asked, options.assets)
    history = read_history(options.history, assets) if options.history else NOTHING_HAPPENED
    weather = read_weather(options.weather) if options.weather else None
    loads = read_loads(options.loads) if options.loads else {}
    source = "weather of the file" if weather is not None else ""
    if options.unit:
        own = _of_unit(asked.network, options.unit, assets)
        history, weather, loads = joined(history, own.happened, assets), weather or own.weather, {**own.loads, **loads}
        source = source or ("forecasts that the unit had been given" if weather is not None else "")
    judged = [each for feeder, series in loads.items() for each in load_worth(feeder, series, plan.share)]
    if not history.faults:
        model = PreventionModel(assets=facts, shapes=shapes(options))
        _write(options.write, model)
        return with_loads(unlearned(asked.network, model, options.write), judged)
    past = _past(assets, history, weather, options)
    found = evaluated(past, plan)
    model = PreventionModel(found.model, found.words, facts, shapes(options))
    _write(options.write, model)
    return with_loads(answer(asked.network, past, plan, found, source, options.write), judged)


def _plan(options: argparse.Namespace) -> Plan:
    if not 1 <= options.hours <= 48:
        raise ConfigError("study prevent", None, f"--hours is {options.hours}", "give 1 to 48")
    if not 0.1 <= options.share <= 0.9:
        raise ConfigError("study prevent", None, f"--share is {options.share:g}", "give 0.1 to 0.9")
    if not 0.0 < options.threshold < 1.0:
        raise ConfigError("study prevent", None, f"--threshold is {options.threshold:g}", "give 0 to 1, both excluded")
    return Plan(options.hours, options.share, options.threshold)


def _of_unit(network: str, unit: str, assets: tuple[Asset, ...]) -> OwnHistory:
    from substation.study.prevention.own_history import read_own

    topology = _own(network)
    if topology is None:
        raise ConfigError(network, None, "is not the network of a unit", "give the network.json that --unit uses")
    return read_own(unit, topology, assets)


def _assets(asked: Asked, file: str | None) -> tuple[tuple[Asset, ...], dict[str, AssetFacts]]:
    """From our network.json, with the facts of --assets; of other networks all stands in that file."""
    topology = _own(asked.network)
    if topology is not None:
        plain = assets_of(topology, {})
        facts = read_facts(file, {each.id for each in plain}) if file else {}
        return tuple(with_facts(each, facts) for each in plain), facts
    if file is None:
        remedy = "give --assets with asset, kind, length_m, feeder"
        raise ConfigError(asked.network, None, "tells no lengths and feeders of its sections", remedy)
    found = read_assets(file, {branch.id for branch in asked.grid.branches})
    return found, {each.id: AssetFacts(each.kind, each.installed_year) for each in found}


def _own(network: str) -> Topology | None:
    path = Path(network)
    if path.suffix.lower() != ".json" or not path.is_file():
        return None
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    return Topology(read_network(text, network)) if isinstance(content, dict) and "schema" in content else None


def _past(
    assets: tuple[Asset, ...], history: FaultHistory, weather: WeatherTable | None, options: argparse.Namespace
) -> Past:
    first = weather.first if weather is not None else None
    end = weather.first + weather.hours if weather is not None else None
    first = moment_ns(options.since, "--from") // HOUR_NS if options.since else first
    end = moment_ns(options.until, "--to") // HOUR_NS if options.until else end
    if first is None or end is None:
        raise AlgorithmError("the time of the history is not known: give --from and --to, or --weather")
    if end - first < _LEAST_HOURS:
        raise AlgorithmError(f"{end - first} hours are too few to learn from and to judge by; four weeks are needed")
    conditions = tuple(weather.at(hour) if weather is not None else {} for hour in range(first, end))
    return Past(first, conditions, history, grouped(assets))


def _write(file: str | None, model: PreventionModel) -> None:
    if file is None:
        return
    try:
        Path(file).write_text(model_text(model), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{file} cannot be written: {error}; name another place") from error
