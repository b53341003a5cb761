"""Equipment whose faults are forecast: a section of line, or a transformer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from substation.forecast.hazard.published import AssetKind


@dataclass(frozen=True, slots=True)
class Asset:
    """exposure: km of a line, 1 of a transformer. feeder: '' where none leads to it in the normal state.
    installed_year: None where nobody says."""

    id: str
    kind: AssetKind
    exposure: float
    feeder: str
    installed_year: int | None = None

    @property
    def place(self) -> str:
        """Its feeder; its own id where it has none."""
        return self.feeder or self.id


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What somebody says of an asset that the network does not. None: nothing."""

    kind: AssetKind | None = None
    installed_year: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Assets for which the same conditions hold at all times: together they are one, as long as all of them."""

    kind: AssetKind
    place: str
    installed_year: int | None
    assets: tuple[Asset, ...]

    @property
    def exposure(self) -> float:
        return sum(each.exposure for each in self.assets)


def grouped(found: Iterable[Asset]) -> tuple[Group, ...]:
    """By kind, place and year, in the order in which they come first. What has no length has no faults."""
    members: dict[tuple[AssetKind, str, int | None], list[Asset]] = {}
    for asset in found:
        if asset.exposure > 0:
            members.setdefault((asset.kind, asset.place, asset.installed_year), []).append(asset)
    return tuple(Group(*key, tuple(assets)) for key, assets in members.items())


def with_facts(asset: Asset, facts: Mapping[str, AssetFacts]) -> Asset:
    known = facts.get(asset.id)
    if known is None:
        return asset
    return Asset(asset.id, known.kind or asset.kind, asset.exposure, asset.feeder, known.installed_year)
