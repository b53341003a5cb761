"""Whose a sum is: only customers whose values are in it count."""

from __future__ import annotations

from models.quality import Quality
from models.wire.instance import Instance
from substation.data_groups.row import Upward
from substation.hierarchy.sums import Summary, summarised


def of(number: int, quality: int = 0) -> Instance:
    return Instance("MMXU1.TotW", f"CMU{number}", float(number), 1, quality, f"C{number}")


def test_a_customer_without_a_good_value_hides_nobody() -> None:
    bad = [of(number, int(Quality.INVALID)) for number in range(2, 6)]
    summary = summarised(Upward.SUM, [of(1), *bad])
    assert summary == Summary(1.0, 1)
    assert not summary.belongs_to_operator(5)


def test_values_of_the_operator_alone_are_the_operators() -> None:
    own = [Instance("MMXU1.TotW", f"F{number}", 2.0, 1) for number in range(2)]
    assert summarised(Upward.SUM, own) == Summary(4.0, 0)


def test_values_beyond_every_sum_stop_nothing() -> None:
    huge = [Instance("MMXU1.TotW", f"CMU{number}", 1.7e308, 1, 0, f"C{number}") for number in range(2)]
    assert summarised(Upward.SUM, huge) is None
    assert summarised(Upward.MEAN, huge) is None
    profiles = [Instance("PlannedProfile", each.location, [1.0, 1.7e308], 1, 0, each.owner) for each in huge]
    assert summarised(Upward.SUM, profiles) is None


def test_the_sum_at_a_customers_own_unit_is_the_customers_however_few_they_are() -> None:
    summary = summarised(Upward.SUM, [of(1)], mine="C1")
    assert summary == Summary(1.0, 0)
    assert summarised(Upward.SUM, [of(1), of(2)], mine="C1") == Summary(3.0, 1)
