"""Arc-suppression coils as their devices tell them (SAFETY S10): tuned automatically within a range, or as they stand.

Points at the coil's place: YEFN1.ECA or ANCR1.ECA, the current in A that it compensates; ANCR1.Auto, whether it is
tuned automatically; the limits of YEFN1.ColPos where its unit is A (IEC 61850-7-4). A coil without points counts as
network.json states it.
"""

from __future__ import annotations

import math
from dataclasses import replace

from models.network.elements import GalvanicNetwork, Neutral
from models.point import PointName
from substation.control.coil_points import AUTOMATIC, CURRENTS
from substation.control.situation import Situation
from substation.grid.neutral import Joined
from substation.image import Missing

SETTING = "YEFN1.ColPos"


def as_told(situation: Situation, joined: Joined) -> Joined:
    """The same network with the ranges that its coils have now. None where a device does not tell it."""
    return replace(joined, neutrals=tuple(_coil(situation, joined, each) for each in joined.neutrals))


def _coil(situation: Situation, joined: Joined, galvanic: GalvanicNetwork) -> GalvanicNetwork:
    if not galvanic.coil or galvanic.neutral is not Neutral.RESONANT:
        return galvanic
    galvanic = _within_limits(situation, galvanic)
    if not situation.exists(galvanic.coil, AUTOMATIC) or situation.flag(galvanic.coil, AUTOMATIC) is True:
        return galvanic
    return _as_it_stands(situation, joined, galvanic)


def _within_limits(situation: Situation, galvanic: GalvanicNetwork) -> GalvanicNetwork:
    """Of both statements the narrower."""
    register = situation.image.register
    handle = register.handle(PointName(galvanic.coil, SETTING))
    spec = None if handle is None else register.spec(handle)
    if spec is None or spec.limits is None or spec.unit != "A":
        return galvanic
    least = [each for each in (galvanic.coil_min_a, spec.limits.least) if each is not None]
    most = [each for each in (galvanic.coil_max_a, spec.limits.greatest) if each is not None]
    return replace(galvanic, coil_min_a=max(least, default=None), coil_max_a=min(most, default=None))


def _as_it_stands(situation: Situation, joined: Joined, galvanic: GalvanicNetwork) -> GalvanicNetwork:
    """Not tuned, or nobody knows: so far from its position as the residual current that is permitted lets it be."""
    current_a = _current_a(situation, galvanic.coil)
    permitted_a, rest_a = galvanic.residual_current_max_a, galvanic.residual_share_pu * joined.capacitive_a
    if isinstance(current_a, Missing) or permitted_a is None:
        return replace(galvanic, coil_min_a=None, coil_max_a=None)
    detuned_a = math.sqrt(max(permitted_a**2 - rest_a**2, 0.0))
    return replace(galvanic, coil_min_a=max(current_a - detuned_a, 0.0), coil_max_a=current_a + detuned_a)


def _current_a(situation: Situation, coil: str) -> float | Missing:
    name = next((each for each in CURRENTS if situation.exists(coil, each)), CURRENTS[0])
    return situation.number(coil, name)
