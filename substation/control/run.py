"""One order under way, as the executor keeps it between two steps."""

from __future__ import annotations

from dataclasses import dataclass

from models.switching import Order
from substation.control.protection_watch import ProtectionWatch
from substation.control.sequence import Stop


@dataclass(slots=True)
class Run:
    """held_by: who must be connected for it to go on, in words; waived: a person has it go on."""

    order: Order
    watch: ProtectionWatch
    stop: Stop | None = None
    held_by: str = ""
    waived: bool = False
