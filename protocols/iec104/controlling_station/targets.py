"""The points behind the addresses of a link, and what follows from them for every connection."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

from models.point import Handle, Iec104Address, PointSpec, Value
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.types import TYPES, Kind, static_type
from protocols.iec104.application.variant import to_point
from protocols.iec104.controlling_station.mapping import (
    CONVERTERS,
    NATURAL,
    SINGLE_POINTS,
    Converter,
    MaybeConverter,
    as_it_stands,
)
from protocols.iec104.controlling_station.spread import Part, SpreadValue


@dataclass(frozen=True, slots=True)
class Target:
    """A point behind an address: how each kind becomes its value, and which kinds need no report."""

    handle: Handle
    spec: PointSpec
    is_event: bool
    converters: Mapping[Kind, MaybeConverter]
    natural: frozenset[Kind]

    def is_regular(self, kind: Kind) -> bool:
        """Whether a value of this kind is the point's value as it is, with nothing to be said of it."""
        return kind in self.natural and self.converters[kind] is as_it_stands

    def types_at(self, part: Part) -> Iterator[int]:
        """Types of the point's object at this address."""
        return (each.type_id for each in self.spec.monitors if (each.common_address, each.object_address) == part)


class Regular(NamedTuple):
    """Handles of the points of one station that are regular for one type, by object address."""

    events: dict[int, Handle]
    measurands: dict[int, Handle]


class Targets(dict[Part, Target]):
    """By common and object address. What follows from all of them is worked out once, not for every connection."""

    @property
    def stations(self) -> Collection[int]:
        """Common addresses of monitored points."""
        return self._of_station.keys()

    @cached_property
    def to_interrogate(self) -> dict[int, frozenset[int]]:
        """Per common address, the objects that the answer to a station interrogation must hold."""
        return self._per_station(_INTERROGATED)

    @cached_property
    def with_totals(self) -> list[int]:
        """Stations that have integrated totals."""
        return sorted(self._per_station(_TOTALS))

    def prepare(self) -> None:
        """Work out now what the traffic of every connection will ask for."""
        kinds = {TYPES[type_id].kind for part, target in self.items() for type_id in target.types_at(part)}
        for number, row in TYPES.items():
            for common_address in self._of_station if row.kind in kinds else ():
                self.regular(number, common_address)
        self.to_interrogate, self.with_totals  # noqa: B018 - both are kept from now on

    def regular(self, type_id: int, common_address: int) -> Regular:
        """What of a station needs no conversion when it comes in this type."""
        known = self._regular.get((type_id, common_address))
        if known is None:
            known = Regular({}, {})
            if common_address in self._of_station:  # a device that invents stations must not fill the memory
                self._regular[type_id, common_address] = known
            kind = TYPES[type_id].kind
            for address, target in self._of_station.get(common_address, {}).items():
                if target.is_regular(kind):
                    (known.events if target.is_event else known.measurands)[address] = target.handle
        return known

    @cached_property
    def _regular(self) -> dict[tuple[int, int], Regular]:
        return {}

    @cached_property
    def _of_station(self) -> dict[int, dict[int, Target]]:
        found: dict[int, dict[int, Target]] = defaultdict(dict)
        for (common_address, object_address), target in self.items():
            found[common_address][object_address] = target
        return dict(found)

    def _per_station(self, wanted: frozenset[int]) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for part, target in self.items():
            if not wanted.isdisjoint(target.types_at(part)):
                found[part[0]].add(part[1])
        return {station: frozenset(addresses) for station, addresses in found.items()}


_INTERROGATED = frozenset(
    number
    for number, row in TYPES.items()
    if row.kind.is_monitored and Cause.STATION in TYPES[static_type(number)].monitored
)
_TOTALS = frozenset(number for number, row in TYPES.items() if row.kind is Kind.COUNTER)


def targets_of(points: Sequence[tuple[Handle, PointSpec]]) -> Targets:
    """The points that have an address in monitor direction."""
    made = Targets((part, target) for handle, spec in points for part, target in _targets(handle, spec))
    made.prepare()
    return made


def _targets(handle: Handle, spec: PointSpec) -> Iterator[tuple[Part, Target]]:
    """One per object that carries the point's value."""
    is_spread = any(address.expected is not None for address in spec.monitors)
    spread = SpreadValue(spec) if is_spread else None
    for address in spec.monitors:
        part = address.common_address, address.object_address
        converters: Mapping[Kind, MaybeConverter] = CONVERTERS[spec.cdc]
        natural = NATURAL[spec.cdc]
        if spread is not None and address.expected is not None:
            converters = {kind: partial(_part, spread, part, convert) for kind, convert in SINGLE_POINTS.items()}
            natural = frozenset({Kind.SINGLE})
        elif not address.is_plain:
            converters = {kind: partial(_variant, address, convert) for kind, convert in CONVERTERS[spec.cdc].items()}
        yield part, Target(handle, spec, spec.cdc.is_event, converters, natural)


def _part(
    spread: SpreadValue, part: Part, convert: Converter, value: ElementValue, quality: int
) -> tuple[Value, int] | None:
    is_set, quality = convert(value, quality)
    return spread.take(part, bool(is_set), quality)


def _variant(address: Iec104Address, convert: Converter, value: ElementValue, quality: int) -> tuple[Value, int]:
    converted, quality = convert(value, quality)
    return (converted if isinstance(converted, str) else to_point(address, converted)), quality


def stations_of(points: Sequence[tuple[Handle, PointSpec]]) -> list[int]:
    """Common addresses of monitored and commanded points, in order."""
    addresses = [address for _, spec in points for address in (*spec.monitors, *spec.commands)]
    return sorted({address.common_address for address in addresses})
