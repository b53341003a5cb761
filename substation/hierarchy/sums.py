"""Values of several locations as one of the unit above them, and whose it is (SE3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum

from models.wire.cbor import WireValue
from models.wire.instance import Instance
from substation.data_groups.row import Upward

Part = float | Sequence[float]
"""A number, or a profile of them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """customers: how many owners the values had, the unit's own left out; 0: all of them its own or the operator's."""

    value: WireValue
    customers: int

    def belongs_to_operator(self, least_customers: int) -> bool:
        """Over fewer customers than that it would tell of single ones, and is nobody's to pass on."""
        return self.customers == 0 or self.customers >= least_customers


def summarised(upward: Upward, instances: Sequence[Instance], mine: str = "") -> Summary | None:
    """None when there is nothing that can be put together. mine: the customer whose unit this is, and whose sum."""
    good = [instance for instance in instances if instance.quality & 3 == 0]
    summary = _WAYS[upward]([instance.value for instance in good]) if good else None
    owners = {instance.owner for instance in good if instance.owner}  # a bad value hides no other customer's
    return None if summary is None else Summary(summary, len(owners - {mine}))


def _numbers(values: Sequence[WireValue]) -> list[float]:
    return [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]


def _total(numbers: Sequence[float]) -> float | None:
    """None without numbers, and where their sum is beyond every number: whoever sends such values stops no unit."""
    try:
        return fsum(numbers) if numbers else None
    except (OverflowError, ValueError):
        return None


def _sum(values: Sequence[WireValue]) -> WireValue:
    """Of numbers, or quarter-hour by quarter-hour of profiles."""
    profiles = [_numbers(value) for value in values if isinstance(value, list)]
    if profiles:
        fitting = [profile for profile in profiles if len(profile) == len(profiles[0])]
        totals = [_total(quarter) for quarter in zip(*fitting, strict=True)]
        return None if None in totals else [*totals]
    return _total(_numbers(values))


def _mean(values: Sequence[WireValue]) -> WireValue:
    numbers = _numbers(values)
    total = _total(numbers)
    return None if total is None else total / len(numbers)


def _worst(values: Sequence[WireValue]) -> WireValue:
    """Any flag; the number furthest from zero."""
    flags = [value for value in values if isinstance(value, bool)]
    return any(flags) if flags else max(_numbers(values), key=abs, default=None)


def _count(values: Sequence[WireValue]) -> WireValue:
    """How many flags are set; of other kinds, how many there are."""
    return sum(value is not False for value in values)


_WAYS: Mapping[Upward, Callable[[Sequence[WireValue]], WireValue]] = {
    Upward.SUM: _sum,
    Upward.MEAN: _mean,
    Upward.WORST: _worst,
    Upward.COUNT: _count,
}
