"""The seam of every grid application: a pure function of a frozen process image and its own previous state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from models.alarm import Event
from models.point import PointName
from models.switching import Order
from substation.image import ProcessImage

State = TypeVar("State")

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What can be persisted and published: the types of CBOR and JSON."""


@dataclass(frozen=True, slots=True)
class SetPointWish:
    """A set-point in the unit of its point, which goes through the gate; why: for the journal and the event list."""

    point: PointName
    value: float
    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class StepWish:
    """One step of a tap changer or capacitor bank, which goes through the gate; why: as of a set-point."""

    point: PointName
    up: bool
    why: str


@dataclass(frozen=True, slots=True)
class Decision(Generic[State]):
    """What an application wants. The unit persists `state` before it acts on `orders`, `set_points` and
    `steps` (which come after the set-points, one after the other).

    orders: new orders in state PROPOSED; effective modes decide whether the unit approves them by itself. approve:
    proposed orders, by id with the revision, that the settings let the application carry out though only people approve
    such. abort: orders to stop, with the reason. results: values to publish, by variable name. wake_ns: when to be
    evaluated again without a new event (None: only on events and by period).
    """

    state: State
    orders: tuple[Order, ...] = ()
    approve: Mapping[str, int] = field(default_factory=dict)
    abort: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    results: Mapping[str, Plain] = field(default_factory=dict)
    set_points: tuple[SetPointWish, ...] = ()
    steps: tuple[StepWish, ...] = ()
    wake_ns: int | None = None


class Application(Protocol[State]):
    """No clock, no I/O, no logging. priority: lower runs first. deadline_s: a longer evaluation is an event."""

    name: str
    priority: int
    period_s: float
    deadline_s: float

    def initial(self) -> State:
        """The state of a unit that has never run."""

    def evaluate(self, image: ProcessImage, state: State) -> Decision[State]:
        """Decide. Same image and state give the same decision."""

    def dump(self, state: State) -> Plain:
        """The state as plain data, for persistence."""

    def load(self, plain: Plain) -> State:
        """The inverse of dump; ValueError when the data are not of this version."""
