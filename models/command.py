"""A command to a controllable point, and what became of it. A refused command is a result, not an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from models.point import Handle, Value


class Action(Enum):
    """Services of the IEC 61850-7-2 control model (SBOw/Oper/Cancel); select exists only in select-before-operate.

    SUBSTITUTE and RESTORE are of its substitution model: the device tells a value of ours in place of the process's.
    """

    SELECT = "SBOw"
    OPERATE = "Oper"
    CANCEL = "Cancel"
    SUBSTITUTE = "Substitute"
    RESTORE = "Restore"


CONTROL_SERVICES = (Action.SELECT, Action.OPERATE, Action.CANCEL)
"""Those of the control model."""


class OriginatorCategory(IntEnum):
    """orCat of IEC 61850-7-3."""

    NOT_SUPPORTED = 0
    BAY_CONTROL = 1
    STATION_CONTROL = 2
    REMOTE_CONTROL = 3
    AUTOMATIC_BAY = 4
    AUTOMATIC_STATION = 5
    AUTOMATIC_REMOTE = 6
    MAINTENANCE = 7
    PROCESS = 8


@dataclass(frozen=True, slots=True)
class Originator:
    """Who commands. The gate cuts `identity` to few ASCII characters (24 unless configured): devices have crashed.

    market: a market or flexibility service, which commands what its contract names and nothing else (SAFETY S20).
    """

    category: OriginatorCategory
    identity: str
    market: bool = False


class AddCause(IntEnum):
    """AddCause of IEC 61850-7-2 (control service tables); UNKNOWN where a protocol gives no cause."""

    UNKNOWN = 0
    NOT_SUPPORTED = 1
    BLOCKED_BY_SWITCHING_HIERARCHY = 2
    SELECT_FAILED = 3
    INVALID_POSITION = 4
    POSITION_REACHED = 5
    PARAMETER_CHANGE_IN_EXECUTION = 6
    STEP_LIMIT = 7
    BLOCKED_BY_MODE = 8
    BLOCKED_BY_PROCESS = 9
    BLOCKED_BY_INTERLOCKING = 10
    BLOCKED_BY_SYNCHROCHECK = 11
    COMMAND_ALREADY_IN_EXECUTION = 12
    BLOCKED_BY_HEALTH = 13
    ONE_OF_N_CONTROL = 14
    ABORTION_BY_CANCEL = 15
    TIME_LIMIT_OVER = 16
    ABORTION_BY_TRIP = 17
    OBJECT_NOT_SELECTED = 18
    OBJECT_ALREADY_SELECTED = 19
    NO_ACCESS_AUTHORITY = 20
    ENDED_WITH_OVERSHOOT = 21
    ABORTION_DUE_TO_DEVIATION = 22
    ABORTION_BY_COMMUNICATION_LOSS = 23
    BLOCKED_BY_COMMAND = 24
    NONE = 25
    INCONSISTENT_PARAMETERS = 26
    LOCKED_BY_OTHER_CLIENT = 27


@dataclass(frozen=True, slots=True)
class Command:
    """One service on one controllable point.

    Interlock and synchrocheck bits are set unless a person with that right cleared them (SAFETY S21).
    issued_ns: UTC; select and operate of one operation share `number` (ctlNum) and value. A step command has the value
    Dbpos.OFF (lower) or Dbpos.ON (higher), as Tcmd of IEC 61850-7-3 and RCS of IEC 60870-5-101 code them; a set-point
    is an int or a float in the unit of its point. qualifier: QU or QL of IEC 60870-5-101 (0 none, 1 short pulse, 2 long
    pulse, 3 persistent output); other protocols have none.
    """

    number: int
    handle: Handle
    action: Action
    value: Value
    originator: Originator
    issued_ns: int
    interlock_check: bool = True
    synchro_check: bool = True
    test: bool = False
    qualifier: int = 0


class Outcome(Enum):
    """ACCEPTED is the device's positive answer, not success: success is the confirmed position (SAFETY S21)."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"  # the device began, then told that it has failed: how far it went the position tells
    UNKNOWN = "unknown"  # no answer, or the link broke after sending: never repeated by itself


UNSENT = "nothing was sent"
"""Ends the reason of a refusal that does not come from the device."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of a command: outcome, cause, and the reason in words."""

    outcome: Outcome
    add_cause: AddCause = AddCause.NONE
    reason: str = ""

    @property
    def accepted(self) -> bool:
        return self.outcome is Outcome.ACCEPTED

    @property
    def unsent(self) -> bool:
        """It was refused on the way: the device knows nothing of it."""
        return self.outcome is Outcome.REFUSED and self.reason.endswith(UNSENT)
