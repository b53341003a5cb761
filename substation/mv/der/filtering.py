"""Measurements of generators made usable: implausible and old ones are refused, single outliers do not pass.

The running median of the last readings rejects what fewer than half of them say; a real step passes after three
(Tukey, Exploratory Data Analysis, 1977). A first-order low-pass smooths what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median

from models.network.elements import Generator
from models.point import PointName
from substation.image import Missing, ProcessImage
from substation.mv.der.kinds import STORING
from substation.mv.der.settings import DerSettings
from substation.mv.reading import bay_of

READINGS = 5
OUTLIER_PU = 0.1
"""Of the rating; a reading so far from the median of the last ones is told as an outlier."""
_OWN_USE_PU = 0.05
"""Of the rating; what a generator at rest may draw."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """power_w: smoothed production; None while it is not known, for the reason `why`. recent: readings in W, oldest
    first. outlier: the newest reading is one."""

    id: str
    power_w: float | None = None
    recent: tuple[float, ...] = ()
    why: str = "not read yet"
    outlier: bool = False


def filtered(image: ProcessImage, generator: Generator, before: Filtered, settings: DerSettings) -> Filtered:
    """One evaluation later; what is held between two reports counts as read again."""
    read_w = _read(image, generator, settings)
    if isinstance(read_w, str):
        return _refused(before, read_w)
    recent = (*before.recent, read_w)[-READINGS:]
    middle_w = float(median(recent))
    start_w = middle_w if before.power_w is None else before.power_w
    share = -math.expm1(-settings.period_s / settings.smoothing_s) if settings.smoothing_s > 0 else 1.0
    outlier = abs(read_w - middle_w) > OUTLIER_PU * generator.rated_power_w
    return Filtered(generator.id, round(start_w + share * (middle_w - start_w), 1), recent, "", outlier)


def _refused(before: Filtered, why: str) -> Filtered:
    """One reading that cannot be used loses its place; with none left nothing is known."""
    recent = before.recent[1:]
    power_w = before.power_w if recent else None
    return replace(before, power_w=power_w, recent=recent, why=why, outlier=False)


def _read(image: ProcessImage, generator: Generator, settings: DerSettings) -> float | str:
    """W, or why it cannot be used."""
    point = PointName(bay_of(generator.id), "MMXU1.TotW")
    sample = image.read(point)
    if isinstance(sample, Missing):
        return sample.reason
    if image.time_ns - sample.arrival_time_ns > settings.stale_s * 1e9:
        return f"{point} is older than {settings.stale_s:g} s"
    if isinstance(sample.value, str) or not math.isfinite(value_w := float(sample.value)):
        return f"{point} is no number"
    most_w = settings.plausible_pu * generator.rated_power_w
    least_w = -most_w if generator.kind in STORING else -_OWN_USE_PU * generator.rated_power_w
    if not least_w <= value_w <= most_w:
        return (
            f"{point} is {value_w / 1e3:.1f} kW, not plausible for a rating of {generator.rated_power_w / 1e3:.1f} kW"
        )
    return value_w
