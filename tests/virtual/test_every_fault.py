"""Every line and every station busbar as the permanent fault, with every switch remote and with 30 % of them.

A sample in every run; all of them, with the oracle's full search, with RINGMAIN_WHOLE=1 (half an hour and more).
"""

from __future__ import annotations

import os

import pytest

from sim_ied.fault import FaultKind
from tests.virtual.healing import Healing, elements, flaws_of, heal
from tests.virtual.site import EVERY, THIRD, Variant, as_it_is, hurried, virtual_site
from tests.virtual.world import Plant, operate

WHOLE = os.environ.get("RINGMAIN_WHOLE") == "1"
STEP = 1 if WHOLE else 20
"""Every STEPth fault of each variant; the two samples lie between one another."""


def _sample(variant: Variant, first: int) -> list[tuple[Variant, int, str]]:
    every = list(enumerate(elements(virtual_site(variant).network)))
    return [(variant, number, element) for number, element in every[0 if WHOLE else first :: STEP]]


CASES = [*_sample(EVERY, 3), *_sample(THIRD, 13)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("variant", "number", "element"), CASES, ids=[f"{variant}, {element}" for variant, _, element in CASES]
)
def test_fault_is_healed(variant: Variant, number: int, element: str) -> None:
    async def play(plant: Plant) -> list[str]:
        kind = FaultKind.TWO_PHASE if number % 3 == 2 else FaultKind.THREE_PHASE
        healing = await heal(plant, element, kind)
        return _with_story(healing, flaws_of(healing, exhaustive=WHOLE))

    assert operate(variant, number, play, as_it_is if WHOLE else hurried) == []


def test_plans_keep_a_reserve() -> None:
    """A plan at the limit would be refused at its last step, since the readings of the donor move meanwhile (S16)."""

    async def play(plant: Plant) -> list[str]:
        healing = await heal(plant, "L157/W157")
        return _with_story(healing, flaws_of(healing, exhaustive=WHOLE))

    assert operate(EVERY, 149, play) == []


def _with_story(healing: Healing, flaws: list[str]) -> list[str]:
    return [*flaws, healing.plant.story()] if flaws else []
