"""The conversation between a front end (child process) and its unit server: its messages.

Events travel in numbered batches that the server acknowledges after its history has committed them; the server's credit
bounds how many may be under way. Measurands are coalesced by the front end and not acknowledged. Both sides send a
heartbeat every second. How a message looks on the wire: models.front_end_codec.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from models.command import Action, Command, CommandResult
from models.difference import Difference
from models.driver import LinkConfig
from models.point import Handle, PointSpec, SampleBatch

VERSION = 4
HEARTBEAT_S = 1.0
SILENCE_S = 5.0
"""A side that has heard nothing for this long takes the other for dead."""
RECORD_PART = 128 * 1024
RECORD_CREDIT = 4
"""Octets in one part of a disturbance record, and parts that may be under way."""


@dataclass(frozen=True, slots=True)
class Hello:
    """First message of the front end."""

    version: int
    protocol: str
    process_id: int


@dataclass(frozen=True, slots=True)
class Configure:
    """First message of the server: links, their points, and how many event batches may be under way."""

    credit: int
    links: tuple[LinkConfig, ...]
    points: tuple[tuple[Handle, PointSpec], ...]


@dataclass(frozen=True, slots=True)
class Events:
    """A numbered batch of events; answered by Committed(number)."""

    number: int
    batch: SampleBatch


@dataclass(frozen=True, slots=True)
class Committed:
    number: int


@dataclass(frozen=True, slots=True)
class Measurands:
    batch: SampleBatch


@dataclass(frozen=True, slots=True)
class LinkState:
    """A link came up (first complete picture delivered) or went down, with the reason."""

    link: str
    up: bool
    reason: str


@dataclass(frozen=True, slots=True)
class LinkNotice:
    """A line for the event list about a link that stays as it is (Sink.notice)."""

    link: str
    text: str


@dataclass(frozen=True, slots=True)
class LinkDifferences:
    """What the device of a link has otherwise than its SCL, all of it (Sink.differences)."""

    link: str
    found: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """Driver.counters of a link, all of them, after some have changed."""

    link: str
    counters: dict[str, int]


@dataclass(frozen=True, slots=True)
class RecordPart:
    """Octets of a disturbance record (Sink.record) in order, one record at a time; answered by RecordTaken(number).

    size: of the whole record, which is complete with the part that reaches it. RECORD_CREDIT parts may be under way.
    """

    number: int
    link: str
    name: str
    time_ns: int | None
    size: int
    offset: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class RecordTaken:
    """The part has arrived, and with the last one the record is stored; problem: why it is not, in words."""

    number: int
    problem: str


@dataclass(frozen=True, slots=True)
class ResumePoints:
    """Where the next run of a link is to go on (Driver.resume_points); kept by the server, given back by Configure."""

    link: str
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Execute:
    command: Command


@dataclass(frozen=True, slots=True)
class Executed:
    """The result of one service. Number and action identify it."""

    number: int
    action: Action
    result: CommandResult


@dataclass(frozen=True, slots=True)
class Heartbeat:
    pass


Message: TypeAlias = (
    Hello
    | Configure
    | Events
    | Committed
    | Measurands
    | LinkState
    | LinkNotice
    | LinkDifferences
    | LinkCounters
    | RecordPart
    | RecordTaken
    | ResumePoints
    | Execute
    | Executed
    | Heartbeat
)
