"""What a network does not say of its equipment, from a CSV file; for networks without lengths, all of it."""

from __future__ import annotations

from collections.abc import Collection

from models.errors import ConfigError
from substation.forecast.hazard.asset import Asset, AssetFacts
from substation.forecast.hazard.published import AssetKind
from substation.study.prevention.columns import Row, rows

_COLUMNS = ("kind", "length_m", "feeder", "installed_year")
_WORDS = {"overhead": AssetKind.OVERHEAD, "cable": AssetKind.CABLE, "transformer": AssetKind.TRANSFORMER}


def read_facts(file: str, known: Collection[str]) -> dict[str, AssetFacts]:
    """Kind and year of assets whose length and feeder the network tells. ConfigError."""
    found: dict[str, AssetFacts] = {}
    for row in rows(file, ("asset",), _COLUMNS):
        found[_asset(row, known, found)] = AssetFacts(_kind(row), _year(row))
    return found


def read_assets(file: str, known: Collection[str]) -> tuple[Asset, ...]:
    """Whole assets: kind, length_m (of lines) and feeder are needed. known: branches of the network."""
    found: dict[str, Asset] = {}
    for row in rows(file, ("asset", "kind", "length_m", "feeder"), _COLUMNS):
        asset, kind, length_m = _asset(row, known, found), _kind(row), row.number("length_m", 0.0, 1e6)
        if kind is None:
            raise row.error("'kind' is empty", f"write {', '.join(_WORDS)}")
        if length_m is None and kind is not AssetKind.TRANSFORMER:
            raise row.error("'length_m' is empty", "write the length of the section in m")
        exposure = 1.0 if kind is AssetKind.TRANSFORMER or length_m is None else length_m / 1000.0
        found[asset] = Asset(asset, kind, exposure, row.cells["feeder"], _year(row))
    if not found:
        raise ConfigError(file, None, "names no asset", "write a line for each section and transformer")
    return tuple(found.values())


def _asset(row: Row, known: Collection[str], found: Collection[str]) -> str:
    asset = row.text("asset")
    if asset not in known:
        raise row.error(f"{asset!r} is no line or transformer of the network", "use the ids of the network file")
    if asset in found:
        raise row.error(f"{asset!r} stands twice", "remove one of the lines")
    return asset


def _kind(row: Row) -> AssetKind | None:
    word = row.cells.get("kind", "")
    if word and word not in _WORDS:
        raise row.error(f"kind {word!r} is unknown", f"write {', '.join(_WORDS)}")
    return _WORDS.get(word)


def _year(row: Row) -> int | None:
    year = row.number("installed_year", 1850.0, 2200.0)
    return None if year is None else round(year)
