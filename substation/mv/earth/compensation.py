"""What the coil makes of the capacitive current once something has been switched (SAFETY S10), in words.

Residual current after Willheim and Fischer: sqrt((I_coil - I_C)^2 + (d I_C)^2), d: share that no coil compensates.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot

from models.network.elements import GalvanicNetwork, Neutral
from substation.control.coil_points import AUTOMATIC, CURRENTS
from substation.grid.neutral import Joined
from substation.image import Missing, ProcessImage
from substation.mv.reading import exists, flag, number

RESONANT = 0.02
"""Detuning up to which a coil counts as exactly tuned."""


def compensation_words(image: ProcessImage, joined: Joined, when: str) -> tuple[str, ...]:
    """Lines about the neutrals of one galvanic network; when: 'now', 'after the isolation'."""
    lines = [f"{when}: {joined.capacitive_a:.0f} A of capacitive earth-fault current"]
    coils = [each for each in joined.neutrals if each.neutral is Neutral.RESONANT]
    if not coils:
        lines += [_permitted(each, joined.capacitive_a) for each in joined.neutrals if each.neutral is Neutral.ISOLATED]
        return tuple(line for line in lines if line)
    currents = [coil_current_a(image, each) for each in coils]
    known = [each for each in currents if not isinstance(each, str)]
    lines += [each for each in currents if isinstance(each, str)]
    lines += [_range_words(each, joined.capacitive_a) for each in coils]
    if len(known) == len(coils) and joined.capacitive_a > 0.0:
        lines += _tuning_words(image, coils, sum(known), joined.capacitive_a)
    return tuple(line for line in lines if line)


def _tuning_words(
    image: ProcessImage, coils: Sequence[GalvanicNetwork], coil_a: float, capacitive_a: float
) -> list[str]:
    detuning = coil_a / capacitive_a - 1.0
    share = max(each.residual_share_pu for each in coils)
    residual_a = hypot(coil_a - capacitive_a, share * capacitive_a)
    tuned = "tuned" if abs(detuning) <= RESONANT else "over-compensated" if detuning > 0.0 else "under-compensated"
    by = "" if tuned == "tuned" else f" by {abs(detuning):.0%}"
    names = " and ".join(each.id for each in coils)
    words = f"{names}: {tuned}{by} with the coil at {coil_a:.0f} A; {residual_a:.0f} A stay at the fault"
    follows = all(tunes_itself(image, each) for each in coils)
    lines = [words + (", until the coil is tuned anew" if follows else ", and the coil is not tuned automatically")]
    return lines + [_permitted(each, residual_a) for each in coils]


def _range_words(coil: GalvanicNetwork, capacitive_a: float) -> str:
    least_a, most_a = coil.coil_min_a, coil.coil_max_a
    if least_a is None or most_a is None:
        return f"the range of the coil of {coil.id} is not known"
    if least_a <= capacitive_a <= most_a:
        return ""
    return f"outside the range of the coil of {coil.id}, {least_a:.0f} to {most_a:.0f} A"


def _permitted(galvanic: GalvanicNetwork, residual_a: float) -> str:
    most_a = galvanic.residual_current_max_a
    if most_a is None or residual_a <= most_a:
        return ""
    return f"{galvanic.id} permits {most_a:.0f} A at the fault"


def tunes_itself(image: ProcessImage, coil: GalvanicNetwork) -> bool:
    return exists(image, coil.coil, AUTOMATIC) and flag(image, coil.coil, AUTOMATIC) is True


def coil_current_a(image: ProcessImage, coil: GalvanicNetwork) -> float | str:
    """In A at full displacement; text: why it is not known."""
    if not coil.coil:
        return f"no device tells the current of the coil of {coil.id}"
    variable = next((each for each in CURRENTS if exists(image, coil.coil, each)), CURRENTS[0])
    current_a = number(image, coil.coil, variable)
    return current_a.reason if isinstance(current_a, Missing) else current_a
