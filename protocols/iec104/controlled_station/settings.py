"""What is agreed with one control centre: the settings of its redundancy group at the controlled station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from protocols.iec104.link.session import Parameters

MAIN = "main"


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """One redundancy group: the connections of one control centre, of which one transfers data.

    parameters: k, w and timers of each connection. zone: of all time tags, both ways. command_window_s: how far the tag
    of a time-tagged command may be off. accepts_clock: clock synchronisation is confirmed and told to `on_clock`, else
    refused (SAFETY S23). events: capacity of the group's event buffer.
    """

    name: str = MAIN
    parameters: Parameters = field(default_factory=Parameters)
    zone: tzinfo = UTC
    command_window_s: float = 30.0
    accepts_clock: bool = True
    events: int = 10_000
