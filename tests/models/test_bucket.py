"""Buckets: joined in any order they say the same."""

from __future__ import annotations

import itertools

from models.bucket import Bucket, coarser, combined
from models.quality import Quality

INVALID, OLD = int(Quality.INVALID), int(Quality.OLD_DATA)
ONE = Bucket(0, 2, 1.0, 5.0, 3, 5.0, 9, 1.0, 0)
TWO = Bucket(0, 1, 2.0, 2.0, 1, 2.0, 1, 2.0, OLD | int(Quality.QUESTIONABLE))
NONE = Bucket(0, 4, None, None, None, None, None, None, INVALID)
ALL = Bucket(0, 7, 1.0, 5.0, 1, 2.0, 9, 1.0, OLD | INVALID)


def test_joined_in_any_order() -> None:
    for order in itertools.permutations((ONE, TWO, NONE)):
        assert combined(order) == [ALL]


def test_smaller_ones_belong_where_they_start() -> None:
    parts = [Bucket(start, 1, 1.0, 1.0, start, 1.0, start, 1.0, 0) for start in (10, 14, 15, 29, 30)]
    found = [(each.start_ns, each.count, each.last_ns) for each in coarser(parts, 5, 10)]
    assert found == [(5, 2, 14), (15, 1, 15), (25, 2, 30)]
