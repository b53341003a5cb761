"""Whether coils fit the lines in service while no earth fault stands, so that one finds them tuned; alarms otherwise.

Looked at every LOOK_S: positions, coil currents and lengths change slowly, and a coil that tunes itself needs its time.
Where something is not known (positions in doubt, a coil that tells nothing, an earth fault) what was told last holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import hypot

from models.alarm import Category, Event, Severity
from models.network.elements import GalvanicNetwork, Neutral
from substation.grid.neutral import Joined
from substation.image import ProcessImage
from substation.mv.earth.clock import duration
from substation.mv.earth.compensation import coil_current_a, tunes_itself
from substation.mv.earth.settings import EarthFaultSettings
from substation.mv.earth.tuning_state import Tuning

LOOK_S = 10.0
LEAST_A = 3.0
"""What stays at a fault below this needs no coil: a network of which hardly a line is in service."""
_SECOND = 1_000_000_000


def judged(image: ProcessImage, name: str, joined: Joined, settings: EarthFaultSettings) -> Tuning | None:
    """None where there is no coil, or one does not tell its current."""
    coils = [each for each in joined.neutrals if each.neutral is Neutral.RESONANT]
    currents = [coil_current_a(image, each) for each in coils]
    known = [each for each in currents if not isinstance(each, str)]
    if not coils or len(known) != len(coils) or joined.capacitive_a <= 0.0:
        return None
    coil_a, capacitive_a = sum(known), joined.capacitive_a
    share = max(each.residual_share_pu for each in coils)
    residual_a = hypot(coil_a - capacitive_a, share * capacitive_a)
    wanted_a = capacitive_a * (1.0 + (settings.detuning_least_pu + settings.detuning_most_pu) / 2)
    found = Tuning(name, capacitive_a, coil_a, wanted_a, residual_a)
    problem = _problem(found, coils, settings)
    return replace(found, problem=problem, remedy=_remedy(image, found, coils) if problem else "")


def _problem(found: Tuning, coils: Sequence[GalvanicNetwork], settings: EarthFaultSettings) -> str:
    detuning = found.detuning_pu
    figures = f"coil at {found.coil_a:.0f} A, {found.capacitive_a:.0f} A of capacitive current by the lines in service"
    if found.residual_a < LEAST_A:
        return ""
    if not settings.detuning_least_pu <= detuning <= settings.detuning_most_pu:
        side = "over-compensated" if detuning > 0.0 else "under-compensated"
        limits = f"{settings.detuning_least_pu:+.0%} to {settings.detuning_most_pu:+.0%}"
        return f"{side} by {abs(detuning):.0%} ({limits} permitted): {figures}"
    limits_a = [each.residual_current_max_a for each in coils if each.residual_current_max_a is not None]
    if limits_a and found.residual_a > min(limits_a):
        return f"{found.residual_a:.0f} A would stay at a fault, {min(limits_a):.0f} A are permitted: {figures}"
    return ""


def _remedy(image: ProcessImage, found: Tuning, coils: Sequence[GalvanicNetwork]) -> str:
    """What people can do: the coil, or the lines that it has to compensate."""
    least_a, most_a = (_summed([getattr(each, key) for each in coils]) for key in ("coil_min_a", "coil_max_a"))
    if most_a is not None and found.wanted_a > most_a:
        more_a = found.capacitive_a * most_a / found.wanted_a
        return (
            f"the coil reaches {most_a:.0f} A: feed lines with {found.capacitive_a - more_a:.0f} A from another network"
        )
    if least_a is not None and found.wanted_a < least_a:
        return f"the coil does not go below {least_a:.0f} A: bring lines back to this network, or use a smaller coil"
    if all(tunes_itself(image, each) for each in coils):
        return f"its controller is automatic and does not follow: check it, set {found.wanted_a:.0f} A by hand"
    return f"set the coil to {found.wanted_a:.0f} A, or its controller to automatic"


def _summed(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) if len(known) == len(values) else None


def followed(
    before: Mapping[str, Tuning], found: Sequence[Tuning], kept: frozenset[str], hold_s: float, now_ns: int
) -> tuple[tuple[Tuning, ...], list[Event]]:
    """The new state and what has to be told. kept: names of networks that could not be judged now."""
    events: list[Event] = []
    states = [before[name] for name in before if name in kept]
    for each in found:
        old = before.get(each.network)
        since_ns = (old.since_ns if old is not None and old.since_ns else now_ns) if each.problem else 0
        told = old is not None and old.told
        if each.problem and not told and now_ns - since_ns >= hold_s * _SECOND:
            told = True
            words = f"coil mistuned for {duration((now_ns - since_ns) / _SECOND)}: {each.problem}; {each.remedy}"
            events.append(_event(each, Severity.HIGH, words, now_ns))
        elif not each.problem and told:
            told = False
            words = f"coil fits again: {each.coil_a:.0f} A, {each.detuning_pu:+.0%} of {each.capacitive_a:.0f} A"
            events.append(_event(each, Severity.INFORMATION, words, now_ns))
        states.append(replace(each, since_ns=since_ns, told=told))
    return tuple(states), events


def _event(each: Tuning, severity: Severity, words: str, now_ns: int) -> Event:
    return Event(now_ns, now_ns, Category.AUTOMATION, severity, each.network, f"{each.network}: {words}")
