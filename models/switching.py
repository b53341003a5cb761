"""A switching order: its steps, its life, and what proves each step. Export formats live in models.order_document."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from models.point import Dbpos, PointName


class OrderKind(Enum):
    ISOLATE_AND_RESTORE = "isolate and restore"
    ISOLATE_EARTH_FAULT = "isolate earth fault"
    RETURN_TO_NORMAL = "return to normal"
    RECONFIGURE = "reconfigure"
    RESTORE_BY_CREW = "restore by crew"
    MANUAL = "manual"

    @property
    def isolates(self) -> bool:
        """Its zone holds a fault until somebody reports it repaired."""
        return self in (OrderKind.ISOLATE_AND_RESTORE, OrderKind.ISOLATE_EARTH_FAULT, OrderKind.RESTORE_BY_CREW)

    @property
    def needs_person(self) -> bool:
        """Automation never approves it, whatever the modes; but for VOS, where its own settings say so."""
        return self is not OrderKind.ISOLATE_AND_RESTORE

    @property
    def by_people(self) -> bool:
        """Only a person approves it, and it is bound by the rules for people (an earth fault: SAFETY S10; a
        reconfiguration: S8)."""
        return self in (OrderKind.MANUAL, OrderKind.ISOLATE_EARTH_FAULT, OrderKind.RECONFIGURE)


class OrderState(Enum):
    """PROPOSED waits for approval (manual mode). PAUSED stands still between two steps until a person resumes.

    BLOCKED is the hand-over state of SAFETY S22: a person decides.
    """

    PROPOSED = "proposed"
    APPROVED = "approved"
    EXECUTING = "executing"
    PAUSED = "paused"
    COMPLETED = "completed"
    ABORTED = "aborted"
    BLOCKED = "blocked"
    REJECTED = "rejected"


class Purpose(Enum):
    """Why a step exists; it decides which safety rules apply and what an abort leaves behind (SAFETY S22)."""

    BLOCK_RECLOSING = "block reclosing"
    RELEASE_RECLOSING = "release reclosing"
    ISOLATE = "isolate"
    RESTORE_UPSTREAM = "restore upstream"
    RESTORE_DOWNSTREAM = "restore downstream"
    SPLIT = "split"  # open a healthy switch so that a part can be fed from elsewhere
    RETURN = "return"
    TRANSFER = "transfer"  # feed a healthy part from elsewhere, in parallel first where that is permitted (SAFETY S8)
    CREW = "crew"  # by people on the spot
    SETTING_GROUP = "setting group"  # protection that fits the state after a close, or after the return (SAFETY S15)


class SwitchAction(Enum):
    """SwitchActionKind of IEC 61968 (CIM, Operations): what a step does, and how its value is written in documents."""

    OPEN = "open"
    CLOSE = "close"
    DISABLE_RECLOSING = "disableReclosing"
    ENABLE_RECLOSING = "enableReclosing"

    @property
    def value_commanded(self) -> Dbpos | bool:
        return _COMMANDED[self]

    @classmethod
    def of(cls, value: Dbpos | bool) -> SwitchAction:
        """The action that commands `value`; ValueError for a position that cannot be commanded."""
        if isinstance(value, bool):  # asked first, since Dbpos.OFF == True
            return cls.DISABLE_RECLOSING if value else cls.ENABLE_RECLOSING
        if value not in (Dbpos.OFF, Dbpos.ON):
            raise ValueError(f"a switch cannot be commanded to {value.name.lower()}; command OFF or ON")
        return cls.CLOSE if value is Dbpos.ON else cls.OPEN


_COMMANDED: dict[SwitchAction, Dbpos | bool] = {
    SwitchAction.OPEN: Dbpos.OFF,
    SwitchAction.CLOSE: Dbpos.ON,
    SwitchAction.DISABLE_RECLOSING: True,
    SwitchAction.ENABLE_RECLOSING: False,
}


class StepState(Enum):
    PENDING = "pending"
    EXECUTING = "executing"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class GroupChange:
    """The setting group that a feeder's protection is to work with, and the one that was active when this was planned.

    Numbered from 1, as ActSG of the setting group control block (IEC 61850-7-2).
    """

    group: int
    former: int

    @property
    def back(self) -> GroupChange:
        return GroupChange(self.former, self.group)


class CrewAct(Enum):
    """What people on the spot do. OTHER: in the words of the step."""

    PLACE_EARTH = "place earth"
    REMOVE_EARTH = "remove earth"
    ISSUE_PERMIT = "issue work permit"
    RETURN_PERMIT = "return work permit"
    SWITCH_OPEN = "open on the spot"
    SWITCH_CLOSED = "close on the spot"
    LIFT_ISOLATION = "remove the tag of fault isolation"  # by an operator (SAFETY S4)
    OTHER = "other work"


@dataclass(frozen=True, slots=True)
class CrewTask:
    """A step that no device carries out: the crew is instructed, and its word confirms it."""

    act: CrewAct


_BY_HAND = {CrewAct.SWITCH_OPEN: Dbpos.OFF, CrewAct.SWITCH_CLOSED: Dbpos.ON}


@dataclass(frozen=True, slots=True)
class Step:
    """Bring one controllable point to one value and see it confirmed.

    element: the switch or bay (SCL path, `ST103/K1/E01/Q0`). point: what is commanded (its `CSWI1.Pos`, or a feeder's
    `RREC1.BlkRec` or `LLN0.ActSG`). value: Dbpos.OFF opens, Dbpos.ON closes; True blocks reclosing. A CrewTask may have
    any element of the grid, and a point that nobody commands (`Crew`). started_ns: instructed, for a crew.
    """

    number: int
    element: str
    point: PointName
    value: Dbpos | bool | GroupChange | CrewTask
    purpose: Purpose
    text: str
    state: StepState = StepState.PENDING
    started_ns: int | None = None
    confirmed_ns: int | None = None
    reason: str = ""

    @property
    def position(self) -> Dbpos | None:
        """Where the step brings its switch, by command or by hand; None where it moves none."""
        if isinstance(self.value, CrewTask):
            return _BY_HAND.get(self.value.act)
        return self.value if isinstance(self.value, Dbpos) else None


@dataclass(frozen=True, slots=True)
class AssumedLoad:
    """What a load element is expected to draw once fed again (SAFETY S11): before the fault, without generation."""

    element: str
    active_power_w: float
    reactive_power_var: float


@dataclass(frozen=True, slots=True)
class Order:
    """One revision of a switching order. Powers are active power in watts before the fault; customers are counts.

    feeders: every feeder and transformer the order touches (leases, SAFETY S19). zone: element ids of the faulted zone.
    tripped: breakers that this event tripped; open_before: switches that were open before it. Automation may close only
    these (SAFETY S3), so an order that restores and leaves them out is refused at the gate. loads: the limits of every
    close are checked with these (SAFETY S16); an element left out counts with its rated peak. narrows: id of the order
    whose zone this one replaces by its own, smaller one, once all its isolating switches are confirmed open, or ''.
    """

    id: str
    revision: int
    kind: OrderKind
    title: str
    created_ns: int
    state: OrderState
    steps: tuple[Step, ...]
    feeders: tuple[str, ...] = ()
    zone: tuple[str, ...] = ()
    tripped: tuple[str, ...] = ()
    open_before: tuple[str, ...] = ()
    loads: tuple[AssumedLoad, ...] = ()
    interrupted_w: float = 0.0
    interrupted_customers: int = 0
    restored_w: float = 0.0
    unrestored_w: float = 0.0
    unrestored_reason: str = ""
    explanation: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(
        default=("not earthed; EN 50110-1 steps by an authorised person",)
    )  # SAFETY S2: ends every order that isolates
    approved_by: str = ""
    reason: str = ""
    narrows: str = ""

    def step(self, number: int) -> Step:
        """KeyError when there is none."""
        return {each.number: each for each in self.steps}[number]

    def with_step(self, step: Step) -> Order:
        """The same order with the step of that number replaced."""
        return replace(self, steps=tuple(step if old.number == step.number else old for old in self.steps))
