"""The report of the demonstration: every claim with its figures, and what the processes used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from substation.demo.hierarchy.census import Usage
from substation.demo.hierarchy.claim import Claim
from substation.demo.narrator import Line

MOST_PROCESSES = 6


@dataclass(frozen=True, slots=True)
class Report:
    """units: how many of each level. processes: most of them at the same time, windows left out."""

    units: dict[str, int]
    customers: int
    claims: Sequence[Claim]
    usages: Sequence[Usage]
    processes: int
    seconds_joined: float
    seconds_total: float
    timeline: Sequence[Line]

    @property
    def verified(self) -> bool:
        return bool(self.claims) and not self.objections

    @property
    def objections(self) -> list[str]:
        """Of all claims; a claim without an end is one."""
        found = [f"{claim.name}: {text}" for claim in self.claims for text in claim.objections]
        found += [f"{claim.name}: not told to its end" for claim in self.claims if not claim.ended]
        if self.processes > MOST_PROCESSES:
            found.append(f"{self.processes} processes at the same time, more than {MOST_PROCESSES}")
        return found

    def plain(self) -> dict[str, object]:
        """The JSON object."""
        return {
            "verified": self.verified,
            "objections": self.objections,
            "units": self.units,
            "customers": self.customers,
            "claims": [claim.plain() for claim in self.claims],
            "processes": [asdict(usage) for usage in self.usages],
            "most_processes": self.processes,
            "memory_mb": round(sum(usage.memory_mb for usage in self.usages), 1),
            "cpu_s": round(sum(usage.cpu_s for usage in self.usages), 1),
            "seconds_joined": round(self.seconds_joined, 1),
            "seconds_total": round(self.seconds_total, 1),
            "timeline": [
                {"t_s": round(line.t_s, 3), "source": line.source, "text": line.text} for line in self.timeline
            ],
        }
