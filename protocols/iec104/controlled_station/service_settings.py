"""Which services a control centre has been granted, and how: one dataclass per concern.

Patterns name points (`OBR1/K1/E03/MMXU1.A.phsA`); `*` stands for any characters (models.wire.glob).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from models.wire.glob import matches

Patterns = tuple[str, ...]
GROUPS = range(1, 17)
COUNTER_GROUPS = range(1, 5)


class Deviation(Enum):
    """What is compared with the threshold of a dead-band."""

    ABSOLUTE = "absolute"  # the difference from the value sent last, in the measurand's unit
    PERCENT = "percent"  # that difference in percent of `range`; where none is given, of the value sent last
    INTEGRATING = "integrating"  # the integral of that difference over time, in the measurand's unit x s


@dataclass(frozen=True, slots=True)
class DeadbandSettings:
    """When a measurand is sent spontaneously. value: the threshold; 0 sends every change.

    range: span of the measurand, for PERCENT; 0: none. smoothing_s: time constant of a first-order filter in front of
    the dead-band; 0: none. low, high: crossing one of these limits is always sent.
    """

    points: Patterns
    kind: Deviation = Deviation.ABSOLUTE
    value: float = 0.0
    range: float = 0.0
    smoothing_s: float = 0.0
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """Points that are sent again and again, each once per period."""

    points: Patterns
    period_s: float


@dataclass(frozen=True, slots=True)
class CounterSettings:
    """Integrated totals (IEC 60870-5-101 7.4.8): modes A and B freeze locally, C and D by command; A and D send frozen
    values spontaneously, B and C on request.

    groups: points of counter groups 1..4. freeze_period_s: local freeze, at whole multiples of it in UTC; 0: none.
    reset: a local freeze resets. spontaneous: frozen values are sent with cause 3. commands: the control centre may
    freeze and reset. tagged: interrogations answer with the time of the freeze. running: totals are sent on change, not
    only frozen ones.
    """

    groups: Mapping[int, Patterns] = field(default_factory=dict)
    freeze_period_s: float = 0.0
    reset: bool = False
    spontaneous: bool = False
    commands: bool = True
    tagged: bool = False
    running: bool = False


@dataclass(frozen=True, slots=True)
class PackedSettings:
    """One object of type M_PS_NA_1: 16 single points, bit 0 the first; fewer leave the last bits 0."""

    common_address: int
    object_address: int
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """groups: points of interrogation groups 1..16. periodic: cause 1, measurands alone; background: cause 2.

    reset, parameters: granted, see SAFETY S23. intermediate_s: an intermediate position of a double point that lasts
    less is not sent; 0 sends all.
    """

    groups: Mapping[int, Patterns] = field(default_factory=dict)
    counters: CounterSettings = CounterSettings()
    deadbands: tuple[DeadbandSettings, ...] = ()
    periodic: tuple[ScanSettings, ...] = ()
    background: tuple[ScanSettings, ...] = ()
    packed: tuple[PackedSettings, ...] = ()
    reset: bool = False
    parameters: bool = False
    intermediate_s: float = 0.0


def named(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns fits the name of a point."""
    return any(matches(pattern, name) for pattern in patterns)
