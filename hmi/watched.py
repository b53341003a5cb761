"""What the unit watches after switching: trips that nobody has explained (SAFETY S10), loops and parallels (S8)."""

from __future__ import annotations

from dataclasses import dataclass

from models.plain import PlainFields

TRIPS, PARALLELS = "Trips", "Parallels"
"""Variables of the unit."""


@dataclass(frozen=True, slots=True)
class TripNote:
    """A feeder onto which nobody closes until somebody has found out why it tripped."""

    feeder: str
    tripped_ns: int


@dataclass(frozen=True, slots=True)
class ParallelNote:
    """where: the switch to open. until_ns: when its longest duration is over."""

    where: str
    since_ns: int
    until_ns: int


def trips_from(value: object) -> list[TripNote]:
    """RemoteProtocolError for something else, as all readers."""
    return [_trip(fields) for fields in PlainFields({TRIPS: value}, TRIPS).objects(TRIPS)]


def _trip(fields: PlainFields) -> TripNote:
    return TripNote(fields.text("feeder"), fields.whole("tripped_ns"))


def parallels_from(value: object) -> list[ParallelNote]:
    return [_parallel(fields) for fields in PlainFields({PARALLELS: value}, PARALLELS).objects(PARALLELS)]


def _parallel(fields: PlainFields) -> ParallelNote:
    return ParallelNote(fields.text("where"), fields.whole("since_ns"), fields.whole("until_ns"))
