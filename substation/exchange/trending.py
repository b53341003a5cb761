"""Function trend of a query: one instance for each part of the time, so that a plot needs as many as it has pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from models.bucket import Bucket, coarser
from models.quality import Quality
from models.wire.cbor import WireValue
from models.wire.condition import ALWAYS, And, Comparison, Term
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.variables import RefusedError, Selection

PARTS, MOST_PARTS = 1000, 10_000
"""Where `count` does not say how many, and at most."""

_KEYS = [each.name for each in fields(Bucket) if each.name not in ("start_ns", "quality")]


def bounds(selection: Selection) -> tuple[int, int, int]:
    """Start and end of a trend, the end not included, and the number of its parts. RefusedError without them."""
    start_ns, last_ns = selection.time_range()
    if start_ns is None or last_ns is None or last_ns < start_ns:
        raise RefusedError(Code.BAD_REQUEST, "a trend needs a time range: time >= A and time < B")
    parts = PARTS if selection.count is None else selection.count
    if not 0 < parts <= MOST_PARTS:
        raise RefusedError(Code.BAD_REQUEST, f"a trend has 1 to {MOST_PARTS} parts")
    return start_ns, last_ns + 1, parts


def of_time_alone(term: Term) -> bool:
    """Whether the condition is a time range and nothing else."""
    if isinstance(term, And):
        return all(of_time_alone(each) for each in term.terms)
    return isinstance(term, Comparison) and term.time_range() != ALWAYS


def bucket_instance(variable: str, location: str, bucket: Bucket, owner: str = "") -> Instance:
    """Its value is a map of count, least, greatest, first and last (null: no valid value) with their times."""
    value: dict[str, WireValue] = {key: getattr(bucket, key) for key in _KEYS}
    return Instance(variable, location, value, bucket.start_ns, bucket.quality, owner)


def trended(instances: Sequence[Instance], selection: Selection) -> list[Instance]:
    """What a provider has put together already stays; the rest is put together here.

    RefusedError when a value is no number.
    """
    start_ns, end_ns, parts = bounds(selection)
    width_ns = -(-(end_ns - start_ns) // parts)
    series: dict[tuple[str, str, str], list[Bucket]] = {}
    done = []
    for instance in instances:
        if isinstance(instance.value, dict) and list(instance.value) == _KEYS:
            done.append(instance)
        else:
            name = (instance.variable, instance.location, instance.owner)
            series.setdefault(name, []).append(_bucket(instance))
    made = [
        bucket_instance(variable, location, bucket, owner)
        for (variable, location, owner), buckets in series.items()
        for bucket in coarser(buckets, start_ns, width_ns)
    ]
    return [*done, *made]


def _bucket(instance: Instance) -> Bucket:
    value, time_ns = instance.value, instance.time_ns
    if not isinstance(value, (bool, int, float)):
        text = f"{instance.location}/{instance.variable} is not a number: it has no trend"
        raise RefusedError(Code.BAD_REQUEST, text)
    if instance.quality & 3 == Quality.INVALID or value != value:
        return Bucket(time_ns, 1, None, None, None, None, None, None, instance.quality)
    number = float(value)
    return Bucket(time_ns, 1, number, number, time_ns, number, time_ns, number, instance.quality)
