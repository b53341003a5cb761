"""Aggregation functions of a query [DI3]: per variable and location, or over all locations of a variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import fsum, inf, isfinite

from models.policy import Policy
from models.quality import Quality
from models.wire.instance import Instance
from models.wire.messages import Code, Function
from substation.exchange.variables import RefusedError


def aggregate(instances: Sequence[Instance], function: Function | None, count: int | None) -> list[Instance]:
    """One instance per variable and location (first and last: `count` of them); without function all, unchanged.

    The time is that of the instance for min, max, first and last, else the newest; the quality is the worst of all.
    RefusedError when a number is needed and a value is none.
    """
    if count is not None and function not in (Function.FIRST, Function.LAST):
        raise RefusedError(Code.BAD_REQUEST, "count goes with function first or last")
    if function is None:
        return list(instances)
    series: dict[tuple[str, str], list[Instance]] = {}
    for instance in instances:
        series.setdefault((instance.location, instance.variable), []).append(instance)
    if function in _ENDS:
        return [part for of_one in series.values() for part in _ENDS[function](of_one, count or 1)]
    return [_AGGREGATES[function](of_one) for of_one in series.values()]


def aggregate_across(instances: Sequence[Instance], function: Function, location: str) -> list[Instance]:
    """One instance per variable over all its locations, at `location`; it is the operator's, for nobody else to read.

    function: not first or last. Time and quality as in `aggregate`, RefusedError too.
    """
    variables: dict[str, list[Instance]] = {}
    for instance in instances:
        variables.setdefault(instance.variable, []).append(instance)
    wholes = (_AGGREGATES[function](of_one) for of_one in variables.values())
    return [replace(whole, location=location, owner="", policy=Policy()) for whole in wholes]


def _number(instance: Instance) -> float | int:
    if isinstance(instance.value, (int, float)) and not isinstance(instance.value, bool):
        return instance.value
    raise RefusedError(Code.BAD_REQUEST, f"{instance.location}/{instance.variable} is not a number: only count works")


def _combined(of_one: Sequence[Instance], value: float | int) -> Instance:
    newest = max(of_one, key=lambda instance: instance.time_ns)
    return replace(newest, value=value, quality=_worst(of_one))


def _worst(of_one: Sequence[Instance]) -> int:
    """All detail bits; invalid before questionable before good."""
    validities = {instance.quality & 3 for instance in of_one}
    validity = next((bad for bad in (Quality.INVALID, Quality.RESERVED, Quality.QUESTIONABLE) if bad in validities), 0)
    details = 0
    for instance in of_one:
        details |= instance.quality & ~3
    return details | int(validity)


def _average(of_one: Sequence[Instance]) -> Instance:
    return _combined(of_one, _total(of_one) / len(of_one))


def _sum(of_one: Sequence[Instance]) -> Instance:
    return _combined(of_one, _total(of_one))


def _total(of_one: Sequence[Instance]) -> float | int:
    """An integer when all are, and 64 bits hold it; RefusedError when it is beyond every number."""
    numbers = [_number(instance) for instance in of_one]
    whole = sum(number for number in numbers if isinstance(number, int))
    if all(isinstance(number, int) for number in numbers) and -(2**63) <= whole < 2**63:
        return whole
    try:
        total = fsum(numbers)
    except (OverflowError, ValueError):  # ValueError: infinities of both signs
        total = inf
    if isfinite(total):
        return total
    raise RefusedError(Code.BAD_REQUEST, f"the values of {of_one[0].variable} are too large to be summed up")


_ENDS: Mapping[Function, Callable[[list[Instance], int], list[Instance]]] = {
    Function.FIRST: lambda of_one, count: of_one[:count],
    Function.LAST: lambda of_one, count: of_one[-count:],
}
_AGGREGATES: Mapping[Function, Callable[[list[Instance]], Instance]] = {
    Function.AVG: _average,
    Function.SUM: _sum,
    Function.COUNT: lambda of_one: _combined(of_one, len(of_one)),
    Function.MIN: lambda of_one: replace(min(of_one, key=_number), quality=_worst(of_one)),
    Function.MAX: lambda of_one: replace(max(of_one, key=_number), quality=_worst(of_one)),
}
