"""Events and alarms as people read them: what happened, where, how bad, and the reason in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Severity(IntEnum):
    """INFORMATION needs no response; the alarm priorities follow ISA-18.2 / IEC 62682."""

    INFORMATION = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3


class Category(Enum):
    """Where an event comes from; filters of the event list."""

    PROCESS = "process"  # position, trip, indicator
    COMMAND = "command"
    AUTOMATION = "automation"  # FDIR and other applications
    LINK = "link"
    SYSTEM = "system"
    SECURITY = "security"


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the event list. time_ns: source time where the field gave one, else arrival time (UTC ns)."""

    time_ns: int
    arrival_time_ns: int
    category: Category
    severity: Severity
    location: str
    text: str
