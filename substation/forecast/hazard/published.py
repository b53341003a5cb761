"""Published failure rates: what is answered of equipment that has no history of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

KM_PER_MILE = 1.609344


class AssetKind(Enum):
    OVERHEAD = "overhead line"
    CABLE = "cable"
    TRANSFORMER = "transformer"


@dataclass(frozen=True, slots=True)
class PublishedRate:
    """per_year: sustained faults per km and year of lines, per transformer and year."""

    per_year: float
    source: str


_TEST_SYSTEM = (
    "Allan, Billinton, Sjarief, Goel, So: A reliability test system for educational purposes - basic distribution "
    "system data and results, IEEE Trans. Power Systems 6(2), 1991"
)
PUBLISHED = {
    AssetKind.OVERHEAD: PublishedRate(0.065, f"0.065 per km and year, {_TEST_SYSTEM}"),
    AssetKind.CABLE: PublishedRate(
        3 * 2.89 / 100 / KM_PER_MILE,
        "2.89 failures per 100 conductor miles and year with joints and terminations, without third-party damage, "
        "median of 19 utilities, three conductors: EPRI, Failure Rates of Underground Cable Systems",
    ),
    AssetKind.TRANSFORMER: PublishedRate(0.015, f"0.015 per year, {_TEST_SYSTEM}"),
}

LN_SPREAD = 0.87
"""Standard deviation of the natural logarithm of one utility's rate over the published one: half of ln(4 / 0.7), since
most utilities of the EPRI figures lie between 0.7 and 4 per 100 miles and year."""
