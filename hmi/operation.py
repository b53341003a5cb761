"""The two-step operation as a table: select, execute inside a countdown, feedback from the field.

No Qt, no link: a panel feeds it with what happens and shows its state. The only proof of success is what the field
reports (SAFETY S21); nothing is drawn before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from models.errors import LocalProtocolError
from models.point import Dbpos

SELECTION_S = 20.0  # the unit keeps a selection for longer, so the countdown here ends first
FEEDBACK_S = 15.0


class Stage(Enum):
    IDLE = auto()
    SELECTING = auto()
    SELECTED = auto()
    OPERATING = auto()  # sent, no answer yet
    AWAITING = auto()  # accepted, the field has not confirmed yet
    DONE = auto()
    REFUSED = auto()
    EXPIRED = auto()
    NO_CHANGE = auto()
    UNKNOWN = auto()


class Happening(Enum):
    SELECT = auto()
    EXECUTE = auto()
    CANCEL = auto()
    ACCEPTED = auto()
    REFUSED = auto()
    UNKNOWN = auto()
    CONFIRMED = auto()  # the field reports the wanted position
    MOVED = auto()  # the field reports another position than the one selected from
    TIME_OUT = auto()
    LINK_LOST = auto()


_AT_REST = (Stage.IDLE, Stage.DONE, Stage.REFUSED, Stage.EXPIRED, Stage.NO_CHANGE, Stage.UNKNOWN)

TRANSITIONS: dict[tuple[Stage, Happening], Stage] = {
    **{(stage, Happening.SELECT): Stage.SELECTING for stage in _AT_REST},
    (Stage.SELECTING, Happening.ACCEPTED): Stage.SELECTED,
    (Stage.SELECTING, Happening.REFUSED): Stage.REFUSED,
    (Stage.SELECTING, Happening.UNKNOWN): Stage.REFUSED,  # nothing has been operated
    (Stage.SELECTING, Happening.LINK_LOST): Stage.EXPIRED,
    (Stage.SELECTING, Happening.CANCEL): Stage.IDLE,
    (Stage.SELECTED, Happening.EXECUTE): Stage.OPERATING,
    (Stage.SELECTED, Happening.CANCEL): Stage.IDLE,
    (Stage.SELECTED, Happening.TIME_OUT): Stage.EXPIRED,
    (Stage.SELECTED, Happening.MOVED): Stage.EXPIRED,
    (Stage.SELECTED, Happening.LINK_LOST): Stage.EXPIRED,
    (Stage.OPERATING, Happening.ACCEPTED): Stage.AWAITING,
    (Stage.OPERATING, Happening.REFUSED): Stage.REFUSED,
    (Stage.OPERATING, Happening.UNKNOWN): Stage.UNKNOWN,
    (Stage.AWAITING, Happening.CONFIRMED): Stage.DONE,
    (Stage.AWAITING, Happening.TIME_OUT): Stage.NO_CHANGE,
    (Stage.AWAITING, Happening.LINK_LOST): Stage.UNKNOWN,
    (Stage.NO_CHANGE, Happening.CONFIRMED): Stage.DONE,  # late, but the field's word counts
    (Stage.UNKNOWN, Happening.CONFIRMED): Stage.DONE,
}

LASTING_S = {Stage.SELECTED: SELECTION_S, Stage.AWAITING: FEEDBACK_S}
HOLDS_SELECTION = (Stage.SELECTING, Stage.SELECTED)
BUSY = (Stage.SELECTING, Stage.SELECTED, Stage.OPERATING, Stage.AWAITING)


@dataclass(slots=True)
class TwoSteps:
    """The stage of an operation. reason: why it ended, in words. deadline_ns: of the stage, monotonic."""

    stage: Stage = field(default=Stage.IDLE, kw_only=True)
    reason: str = field(default="", kw_only=True)
    deadline_ns: int | None = field(default=None, kw_only=True)

    def take(self, happening: Happening, now_ns: int, reason: str = "") -> bool:
        """False when the happening means nothing in this stage."""
        following = TRANSITIONS.get((self.stage, happening))
        if following is None:
            return False
        self.stage, self.reason = following, reason
        lasting_s = LASTING_S.get(following)
        self.deadline_ns = None if lasting_s is None else now_ns + round(lasting_s * 1e9)
        return True

    def tick(self, now_ns: int) -> bool:
        """True when the time of a stage is over."""
        if self.deadline_ns is None or now_ns < self.deadline_ns:
            return False
        return self.take(Happening.TIME_OUT, now_ns)

    def remaining_s(self, now_ns: int) -> float | None:
        """Seconds left of a selection or of waiting for feedback."""
        return None if self.deadline_ns is None else max(0.0, (self.deadline_ns - now_ns) / 1e9)


@dataclass(slots=True)
class Operation(TwoSteps):
    """One switch. started, target: positions from and to."""

    switch: str
    started: Dbpos = Dbpos.BAD
    target: Dbpos = Dbpos.BAD

    def select(self, present: Dbpos, target: Dbpos, now_ns: int) -> None:
        """LocalProtocolError while another operation runs; now_ns is monotonic."""
        if not self.take(Happening.SELECT, now_ns):
            raise LocalProtocolError(f"{self.switch}: an operation is running; end it first")
        self.started, self.target = present, target

    def position(self, present: Dbpos, now_ns: int) -> bool:
        """The field reports a position; True when that changes the stage."""
        if present is self.target:
            return self.take(Happening.CONFIRMED, now_ns)
        return present is not self.started and self.take(Happening.MOVED, now_ns)
