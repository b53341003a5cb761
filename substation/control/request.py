"""What is asked of the gate, what a rule answers, and how a command ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from models.command import AddCause, Originator, OriginatorCategory
from models.point import Dbpos, PointName
from models.switching import Purpose, SwitchAction

_PEOPLE = (
    OriginatorCategory.BAY_CONTROL,
    OriginatorCategory.STATION_CONTROL,
    OriginatorCategory.REMOTE_CONTROL,
    OriginatorCategory.MAINTENANCE,
)


def is_automatic(originator: Originator) -> bool:
    """Whether rules for automation bind this source; market and unknown sources count as automation."""
    return originator.category not in _PEOPLE


def never_barred() -> str:
    """The guard of a person's command: nothing but the rules stands in its way."""
    return ""


@dataclass(frozen=True, slots=True)
class Request:
    """Bring `point` to `value`. order: id of the switching order that asks, '' for a single command.

    barred: asked by the gate immediately before each service; a text says why the requester itself no longer wants the
    command (an abort, a take-over), '' lets it pass. why: for the journal and the event list. qualifier: QU of
    IEC 60870-5-101 as the control centre gave it, for the device. second: the second operator, who has agreed.
    """

    point: PointName
    value: Dbpos | bool
    originator: Originator
    order: str = ""
    purpose: Purpose | None = None
    why: str = ""
    barred: Callable[[], str] = never_barred
    qualifier: int = 0
    test: bool = False
    second: str = ""

    @property
    def automatic(self) -> bool:
        return is_automatic(self.originator)

    @property
    def commanded(self) -> Dbpos | bool:
        """What goes to the device."""
        return self.value

    @property
    def action(self) -> SwitchAction:
        return SwitchAction.of(self.value)

    @property
    def closes(self) -> bool:
        return self.action is SwitchAction.CLOSE

    @property
    def opens(self) -> bool:
        return self.action is SwitchAction.OPEN

    def __str__(self) -> str:
        return f"{self.action.value} {self.point.location}{' in test' if self.test else ''}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule of SAFETY says no: its id, the reason in words, and the cause for the protocol that asked."""

    rule: str
    text: str
    add_cause: AddCause = AddCause.BLOCKED_BY_INTERLOCKING

    def __str__(self) -> str:
        return f"{self.rule}: {self.text}"


NO_OUTCOME = "outcome unknown"


class Ending(Enum):
    """How a service or a whole command ended. Only CONFIRMED is success of a switching (SAFETY S21)."""

    ACCEPTED = "accepted"  # the device took a select or a cancel
    CONFIRMED = "confirmed"  # the field reports the position that was commanded
    REFUSED = "refused"  # by a rule or by the device: nothing has moved
    FAILED = "failed"  # the device accepted, the position did not follow in time
    UNKNOWN = "unknown"  # no answer: it may still move, and is never repeated by itself


@dataclass(frozen=True, slots=True)
class GateResult:
    """What became of a request. number: ctlNum in the journal, 0 when nothing was journalled. time_ns: UTC."""

    ending: Ending
    reason: str
    add_cause: AddCause = AddCause.NONE
    rules: tuple[str, ...] = ()
    number: int = 0
    time_ns: int = 0
    moved: bool = True  # False when the position had already been reached and no command was sent

    @property
    def confirmed(self) -> bool:
        return self.ending is Ending.CONFIRMED

    def __str__(self) -> str:
        """Ending and reason, each once: the reason of an unknown outcome may begin with these words."""
        return self.reason if self.reason.startswith(NO_OUTCOME) else f"{self.ending.value}: {self.reason}"
