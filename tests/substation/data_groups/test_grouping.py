"""Aggregates of the level below: values, quality, time, and whose they are."""

from __future__ import annotations

from models.policy import Policy
from models.quality import Quality
from models.wire.instance import Instance
from substation.data_groups.grouping import aggregate_group
from substation.data_groups.kinds import Flag, Number, Text, profile
from substation.data_groups.row import Row, Upward

POWER = Row("MMXU1.TotW", Number("W"), 1, upward=Upward.SUM)
PLAN = Row("PlannedProfile", profile("W"), 1, upward=Upward.SUM)
ALARM = Row("PTOV1.Str", Flag(), 1, upward=Upward.WORST)
DEVIATION = Row("VoltageDeviation", Number("V"), 1, upward=Upward.WORST)
READY = Row("Der.Available", Flag(), 1, upward=Upward.COUNT)
SHARE = Row("Share", Number("1"), 1, upward=Upward.MEAN)
NAME = Row("Name", Text(), 1)
ROWS = (POWER, PLAN, ALARM, DEVIATION, READY, SHARE, NAME)


def of(row: Row, *values: object, owner: str = "", quality: int = 0) -> list[Instance]:
    return [
        Instance(row.variable, f"U{index}", value, 10 + index, quality, owner.format(index))  # type: ignore[arg-type]
        for index, value in enumerate(values)
    ]


def only(instances: list[Instance], minimum: int = 3) -> Instance:
    (found,) = aggregate_group(ROWS, instances, minimum, "LVGMU103")
    return found


def test_values_by_the_row() -> None:
    assert only(of(POWER, 1, 2.5, -1)) == Instance("MMXU1.TotW", "LVGMU103", 2.5, 12)
    assert only(of(PLAN, [1.0] * 96, [2.0] * 96)).value == [3.0] * 96
    assert only(of(ALARM, False, True)).value is True
    assert only(of(ALARM, False, False)).value is False
    assert only(of(DEVIATION, 3, -12, 7)).value == -12
    assert only(of(READY, True, False, True)).value == 2
    assert only(of(SHARE, 1, 2)).value == 1.5
    assert aggregate_group(ROWS, of(NAME, "a", "b"), 3, "LVGMU103") == []


def test_enough_customers_make_it_the_operators_and_fewer_keep_theirs() -> None:
    five = [*of(POWER, 1, 2, 3, 4, 5, owner="C{}")]
    assert (only(five, 5).owner, only(five, 5).policy, only(five, 5).value) == ("", None, 15)
    assert aggregate_group(ROWS, five, 6, "LVGMU103") == five
    shared = [Instance("MMXU1.TotW", f"U{number}", 1, 1, 0, "C1", Policy()) for number in range(9)]
    assert aggregate_group(ROWS, shared, 2, "LVGMU103") == shared  # nine meters of one customer are one customer
    mixed = [*of(POWER, 1, 2, owner="C{}"), Instance("MMXU1.TotW", "PV", 7, 1)]
    assert aggregate_group(ROWS, mixed, 3, "LVGMU103") == mixed  # else a difference would tell


def test_bad_values_are_left_out_and_said_so() -> None:
    invalid = of(POWER, 1000, quality=int(Quality.INVALID))
    found = only([*of(POWER, 1, 2), *invalid])
    assert (found.value, found.quality) == (3, Quality.QUESTIONABLE)
    assert only([*of(POWER, 1, 2), *of(POWER, "much")]).quality == Quality.QUESTIONABLE
    assert only([*of(POWER, 1), *of(POWER, 2, quality=int(Quality.QUESTIONABLE))]).quality == Quality.QUESTIONABLE
    assert aggregate_group(ROWS, invalid, 3, "LVGMU103") == []
    customers = [*of(POWER, 1, 2, 3, owner="C{}"), *of(POWER, 9, owner="C9", quality=int(Quality.INVALID))]
    assert len(aggregate_group(ROWS, customers, 4, "LVGMU103")) == 3  # an invalid one does not help to hide the others
