"""What travels between the logical nodes of a device and the server in front of them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from models.command import AddCause, Originator
from models.point import Value

_STEPS = {1: -1, 2: 1}


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """A value attribute has a new value; q and t beside it follow.

    reference: 'IED1LD0/XCBR1.Pos.stVal[ST]'. value: an enumeration's is its ord. quality: bits of models.quality.
    """

    reference: str
    value: Value
    quality: int
    time_ns: int


@dataclass(frozen=True, slots=True)
class ControlRequest:
    """A control of IEC 61850-7-2. reference: the data object, 'IED1LD0/CSWI1.Pos'; value: its ctlVal.

    A double point is Dbpos.ON or Dbpos.OFF (or bool); a step command Dbpos.ON (higher) or Dbpos.OFF (lower).
    """

    reference: str
    value: Value
    originator: Originator
    interlock_check: bool = False
    synchro_check: bool = False
    test: bool = False

    @property
    def step(self) -> int:
        """Of a step command: +1 higher, -1 lower, 0 stop. A number is Tcmd of IEC 61850-7-3 (1 lower, 2 higher)."""
        if isinstance(self.value, bool):
            return 1 if self.value else -1
        return _STEPS.get(int(self.value), 0) if isinstance(self.value, int) else 0

    def whole(self, default: int) -> int:
        """The nearest whole number of a position that is commanded; default for what is no number."""
        return round(self.value) if not isinstance(self.value, str) and isfinite(self.value) else default


@dataclass(frozen=True, slots=True)
class Completion:
    """The end of a control that was accepted: what CommandTermination will say."""

    reference: str
    accepted: bool
    add_cause: AddCause
    time_ns: int


@dataclass(frozen=True, slots=True)
class Overcurrent:
    """Argument of the disturbance 'over-current'. current_a: primary, of each phase of `phases` (of 'ABC').

    earth: the same current returns through earth. Not permanent: it goes out when a breaker has interrupted it.
    """

    current_a: float
    phases: str = "ABC"
    earth: bool = False
    permanent: bool = True


Argument = Overcurrent | Value | None
