"""Values of several locations become values of the unit above them [SE3, D3.2 6.2]: pure, by the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from math import fsum

from models.quality import Quality
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from substation.data_groups.row import Row, Upward

Numbers = Sequence[float]


def aggregate_group(
    rows: Iterable[Row], instances: Iterable[Instance], minimum_customers: int, location: str
) -> list[Instance]:
    """One instance per row and variable at `location`, owned by the operator, where enough customers are in it.

    instances: the present ones of the level below, at most one per variable and location. Of fewer customers they stay
    as they are, with owner and policy. Invalid values are left out and make the result questionable; the time is the
    newest. Values that have not the row's shape are left out too.
    """
    of_variable: dict[str, list[Instance]] = {}
    for instance in instances:
        of_variable.setdefault(instance.variable, []).append(instance)
    found: list[Instance] = []
    for row in rows:
        if row.upward is not Upward.NONE and row.variable in of_variable:
            found += _grouped(row, of_variable[row.variable], minimum_customers, location)
    return found


def _grouped(row: Row, instances: Sequence[Instance], minimum_customers: int, location: str) -> list[Instance]:
    good = [each for each in instances if each.quality & 3 != Quality.INVALID and not row.kind.problem(each.value, "")]
    if not good:
        return []
    customers = {instance.owner for instance in good if instance.owner}
    if 0 < len(customers) < minimum_customers:
        return list(good)
    value = _AGGREGATES[row.upward]([instance.value for instance in good])
    if value is None:
        return []
    newest = max(good, key=lambda instance: instance.time_ns)
    quality = int(Quality.QUESTIONABLE) if len(good) < len(instances) else _worst(good)
    return [replace(newest, location=location, value=value, quality=quality, owner="", policy=None)]


def _worst(instances: Sequence[Instance]) -> int:
    doubtful = any(instance.quality & 3 for instance in instances)
    return int(Quality.QUESTIONABLE if doubtful else Quality.GOOD)


def _elementwise(combine: Callable[[Numbers], float]) -> Callable[[Sequence[WireValue]], WireValue]:
    """Numbers as they are, profiles quarter-hour by quarter-hour."""

    def of(values: Sequence[WireValue]) -> WireValue:
        if all(isinstance(value, list) for value in values):
            columns = zip(*(_numbers(value) for value in values), strict=True)
            return [combine(column) for column in columns]
        numbers = _numbers(list(values))
        return combine(numbers) if len(numbers) == len(values) else None

    return of


def _numbers(values: WireValue) -> Numbers:
    listed = values if isinstance(values, list) else []
    return [value for value in listed if isinstance(value, (int, float)) and not isinstance(value, bool)]


def _worst_value(values: Sequence[WireValue]) -> WireValue:
    if all(isinstance(value, bool) for value in values):
        return any(values)
    return _elementwise(lambda numbers: max(numbers, key=abs))(values)


def _count(values: Sequence[WireValue]) -> WireValue:
    """Of flags, how many are set."""
    flags = all(isinstance(value, bool) for value in values)
    return sum(value is True for value in values) if flags else len(values)


_AGGREGATES: Mapping[Upward, Callable[[Sequence[WireValue]], WireValue]] = {
    Upward.SUM: _elementwise(fsum),
    Upward.MEAN: _elementwise(lambda numbers: fsum(numbers) / len(numbers)),
    Upward.WORST: _worst_value,
    Upward.COUNT: _count,
}
