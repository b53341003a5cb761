"""What devices say of a fault, as likelihoods: per place of the tree, of the devices where current enters it.

A device that fault current has passed shows it, unless it misses; one that no fault current has passed shows nothing,
unless it shows falsely. What is not known enters with equal likelihoods, so it changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

EITHER_SIDE = 0.5
"""Probability that what generation below a device feeds into a fault above it sets the device: nothing is known."""
CLEARLY = 10.0
"""Ratio of likelihoods from which a device contradicts; below it, it says little."""


class Shown(Enum):
    """What a device shows. AGAINST: fault current the other way, up to the tripped device; UNKNOWN is no evidence."""

    PASSED = "passed"
    AGAINST = "passed the other way"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Rates:
    """missed: probability that a passing fault current is not shown. false: that one is shown where none passed."""

    missed: float
    false: float

    def __post_init__(self) -> None:
        if not (0 < self.missed < 1 and 0 < self.false < 1 and self.missed + self.false < 1):
            raise ValueError(f"rates {self.missed:g}, {self.false:g} are no probabilities with a sum below 1")


@dataclass(frozen=True, slots=True)
class Witness:
    """A device where current enters `place`. directional: tells the side. infeed: generation below may drive it.

    With infeed silence tells nothing; what a non-directional device shows may come from either side and tells little.
    """

    device: str
    place: int
    shown: Shown
    rates: Rates
    directional: bool = True
    infeed: bool = False

    @property
    def passed(self) -> float:
        """Logarithm of the likelihood of what it shows when the current of a fault in or below its place passed it."""
        return math.log(self._likelihoods[0])

    @property
    def missed(self) -> float:
        """The same when no fault lies in or below its place."""
        return math.log(self._likelihoods[1])

    @property
    def informative(self) -> bool:
        return self.passed != self.missed

    def contradicts(self, below: bool) -> bool:
        """It says otherwise, clearly, when a fault lies below it, or when none does; the wrong way round, in both."""
        if self.shown is Shown.AGAINST and not self.infeed:
            return True
        against = self.missed - self.passed
        return (against if below else -against) > math.log(CLEARLY)

    @property
    def _likelihoods(self) -> tuple[float, float]:
        rates = self.rates
        if self.shown is Shown.UNKNOWN or (self.infeed and self.shown is Shown.SILENT):
            return 1.0, 1.0
        if self.shown is Shown.SILENT:
            return rates.missed, 1.0 - rates.false
        if self.shown is Shown.PASSED:
            return 1.0 - rates.missed, EITHER_SIDE if self.infeed and not self.directional else rates.false
        return rates.false, EITHER_SIDE if self.infeed else rates.false
