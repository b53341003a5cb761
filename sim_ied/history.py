"""What happened in the world, as physics saw it: transitions, double feeding, closing onto faults."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of the log. source: 'fault', 'protection', 'command', ... time_ns: UTC."""

    time_ns: int
    source: str
    text: str


@dataclass(slots=True)
class History:
    """fed_twice: how often a part began to be fed from two sources or over two ways. closed_onto_fault: how often a
    faulted zone was energised by a command (not by reclosing). closed_onto_island: how often a part that generators
    kept under voltage was joined with a source by a command, out of synchronism."""

    transitions: list[Transition] = field(default_factory=list)
    fed_twice: int = 0
    closed_onto_fault: int = 0
    closed_onto_island: int = 0

    def note(self, now_ns: int, source: str, text: str) -> None:
        self.transitions.append(Transition(now_ns, source, text))
