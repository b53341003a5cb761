"""The file of a trained model (TOML, schema 1): what `ringmain study prevent --write` makes and a unit reads.

Strict: what is missing, unknown, of another length or no covariance is refused with its line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from models.config import Table, read_toml
from models.errors import ConfigError
from substation.forecast.hazard.asset import AssetFacts
from substation.forecast.hazard.conditions import FEATURES
from substation.forecast.hazard.model import PRIOR, Floats, HazardModel, KindModel, prior
from substation.forecast.hazard.published import AssetKind
from substation.forecast.hazard.shapes import NO_SHAPES, Shapes, read_shapes, shape_lines

WORDS = {AssetKind.OVERHEAD: "overhead", AssetKind.CABLE: "cable", AssetKind.TRANSFORMER: "transformer"}
_LARGEST = 50.0


@dataclass(frozen=True, slots=True)
class PreventionModel:
    """hazard: of faults. worth: what its forecasts were worth on later times, in words. assets: what the network does
    not say of its equipment. shapes: of load and PV, for a unit without history of its own."""

    hazard: HazardModel = PRIOR
    worth: str = "published rates; not evaluated on this network"
    assets: Mapping[str, AssetFacts] = field(default_factory=dict)
    shapes: Shapes = NO_SHAPES


PUBLISHED_ONLY = PreventionModel()


def read_model(file: Path) -> PreventionModel:
    """ConfigError: file, line, what, remedy."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            str(file), None, f"cannot be read: {error}", "make it with `ringmain study prevent --write`"
        ) from error
    root = read_toml(text, str(file))
    name, worth = root.take("name", str), root.take("worth", str)
    kinds = {kind: prior(kind) for kind in AssetKind}
    for table in root.tables("kind"):
        model = _kind_model(table)
        if not kinds[model.kind].is_prior:
            raise table.error("kind", f"kind '{WORDS[model.kind]}' stands twice", "remove one of the tables")
        kinds[model.kind] = model
    facts = dict(_facts(table) for table in root.tables("asset"))
    shapes = read_shapes(root)
    root.done()
    return PreventionModel(HazardModel(kinds, name), worth, facts, shapes)


def _kind_model(table: Table) -> KindModel:
    kind, names = _kind(table), tuple(table.take_list("features", str))
    known = [each.name for each in FEATURES[kind]]
    for name in names:
        if name not in known or names.count(name) > 1:
            raise table.error("features", f"feature {name!r} is unknown or stands twice", f"use {', '.join(known)}")
    count = len(names)
    model = KindModel(
        kind=kind,
        features=names,
        coefficients=_numbers(table, "coefficients", 1 + count),
        covariance=_square(table, "covariance", 1 + count),
        mean=_numbers(table, "mean", count),
        spread=_square(table, "spread", count),
        learned_faults=table.take("learned_faults", int),
        learned_years=table.take("learned_years", float),
    )
    table.done()
    if model.learned_faults < 0 or not 0 < model.learned_years < 1e9:
        raise table.error("learned_years", "faults and years are not above 0", "train the model again")
    return model


def _kind(table: Table) -> AssetKind:
    word = table.take("kind", str)
    if word not in WORDS.values():
        raise table.error("kind", f"kind {word!r} is unknown", f"write {', '.join(WORDS.values())}")
    return next(kind for kind, each in WORDS.items() if each == word)


def _numbers(table: Table, key: str, count: int) -> Floats:
    found = np.array(table.take_list(key, float), dtype=np.float64)
    if len(found) != count:
        raise table.error(key, f"'{key}' has {len(found)} numbers, it takes {count}", "train the model again")
    if not np.isfinite(found).all() or (len(found) and np.abs(found).max() > _LARGEST):
        raise table.error(key, f"'{key}' has a number beyond {_LARGEST:g}", "train the model again")
    return found


def _square(table: Table, key: str, count: int) -> Floats:
    """By rows; symmetric and without negative variances."""
    found = _numbers(table, key, count * count).reshape(count, count)
    if count and (np.abs(found - found.T).max() > 1e-6 or np.linalg.eigvalsh(found).min() < -1e-6):
        raise table.error(key, f"'{key}' is no covariance", "train the model again")
    return found


def _facts(table: Table) -> tuple[str, AssetFacts]:
    asset = table.take("id", str)
    kind = _kind(table) if "kind" in table else None
    year = table.optional("installed_year", int)
    table.done()
    if year is not None and not 1850 <= year <= 2200:
        raise table.error("installed_year", f"'installed_year' is {year}", "write a year")
    return asset, AssetFacts(kind, year)


def model_text(model: PreventionModel) -> str:
    """What `read_model` reads."""
    lines = ["schema = 1", f"name = {json.dumps(model.hazard.name)}", f"worth = {json.dumps(model.worth)}"]
    for kind, own in model.hazard.kinds.items():
        if own.is_prior:
            continue
        lines += ["", "[[kind]]", f'kind = "{WORDS[kind]}"', f"features = {json.dumps(list(own.features))}"]
        for key in ("coefficients", "covariance", "mean", "spread"):
            lines.append(f"{key} = {_list(getattr(own, key).ravel().tolist())}")
        lines += [f"learned_faults = {own.learned_faults}", f"learned_years = {float(own.learned_years)!r}"]
    for asset, facts in model.assets.items():
        lines += ["", "[[asset]]", f"id = {json.dumps(asset)}"]
        lines += [] if facts.kind is None else [f'kind = "{WORDS[facts.kind]}"']
        lines += [] if facts.installed_year is None else [f"installed_year = {facts.installed_year}"]
    return "\n".join([*lines, *shape_lines(model.shapes)]) + "\n"


def _list(numbers: Iterable[float]) -> str:
    return "[" + ", ".join(f"{each:.12g}" if each % 1 else f"{each:.1f}" for each in numbers) + "]"
