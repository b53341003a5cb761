"""Aggregates over customers [SE3], and readings at the contract's rate (D3.2 6.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from models.policy import Policy
from models.wire import messages as m
from models.wire.instance import Instance
from substation.exchange.access import Identity
from substation.exchange.aggregation import aggregate
from substation.exchange.variables import RefusedError
from tests.substation.variables.estate import (
    AGGREGATOR,
    C017,
    CONTRACT,
    CUSTOMERS,
    ES2,
    ES3,
    OLGA,
    START_NS,
    Estate,
    estate,
    may,
    someone,
)

SUM = m.Function.SUM
POWER = "MMXU1.TotW"


def run(folder: Path, work: Callable[[Estate], Awaitable[None]], more: str = CUSTOMERS) -> None:
    async def inside() -> None:
        async with estate(folder, more) as unit:
            await work(unit)

    asyncio.run(inside())


async def powers(unit: Estate, numbers: Sequence[int], policy: Policy | None = None) -> None:
    """Each customer's unit takes as many watts as its number says."""
    for number in numbers:
        await unit.write(someone(number, f"C{number:03}"), POWER, f"CMU{number:03}", number, policy)


async def summed(
    unit: Estate, who: Identity = AGGREGATOR, condition: str = "", location: str = "CMU*", function: m.Function = SUM
) -> list[Instance]:
    return await unit.read(who, POWER, location, condition, function, across=True)


def test_the_sum_of_enough_customers_is_the_operators_though_no_single_value_may_be_read(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 16))
        with pytest.raises(RefusedError, match="policy denies MMXU1.TotW at CMU011, .* and 2 more"):
            await unit.read(AGGREGATOR, POWER, "CMU*")
        assert await summed(unit) == [Instance(POWER, "CMU*", 65, START_NS)]
        (mean,) = await summed(unit, function=m.Function.AVG)
        assert (mean.value, mean.owner) == (13, "")

    run(tmp_path, work)


def test_of_fewer_customers_each_ones_policy_must_allow_it(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 14), may("Sum4All"))
        await powers(unit, [14])
        with pytest.raises(RefusedError, match="its owner's policy denies single values, and an aggregate needs 5"):
            await summed(unit)
        await powers(unit, [14], may("Sum4All"))
        assert [each.value for each in await summed(unit)] == [50]
        assert (await summed(unit))[0].policy == Policy()

    run(tmp_path, work)


def test_four_open_and_one_closed_do_not_make_five(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 15), may("Sum4All"))
        await powers(unit, [15])
        with pytest.raises(RefusedError, match="needs 5 such owners at least"):
            await summed(unit)  # minus the four that can be read: the fifth
        await powers(unit, range(16, 20))
        assert [each.value for each in await summed(unit)] == [sum(range(11, 20))]

    run(tmp_path, work)


def test_what_gives_a_single_value_away_is_refused(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 18))
        with pytest.raises(RefusedError, match="max over customers is the value of one of them"):
            await summed(unit, function=m.Function.MAX)
        for condition in ("value > 11", 'owner == "C011" or time > 0', 'not owner == "C011"', "quality == good"):
            with pytest.raises(RefusedError, match="over customers a condition may compare time, location and owner"):
                await summed(unit, condition=condition)
        with pytest.raises(RefusedError, match="needs 5 such owners"):
            await summed(unit, location="CMU011")
        with pytest.raises(RefusedError, match="goes with avg, min, max, sum or count"):
            await summed(unit, function=m.Function.LAST)

    run(tmp_path, work)


def test_a_condition_that_does_not_hold_is_refused_as_one_that_does(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, [11])
        for condition in ("value > 10", "value > 11"):
            with pytest.raises(RefusedError, match="its owner's policy denies single values"):
                await summed(unit, condition=condition, location="CMU011")
        await powers(unit, range(12, 18))
        for condition in ("value > 10", "value > 1000000"):
            with pytest.raises(RefusedError, match="over customers a condition may compare time, location and owner"):
                await summed(unit, condition=condition)

    run(tmp_path, work)


def test_a_pattern_joins_no_variables(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 23))
        assert await summed(unit)
        with pytest.raises(RefusedError, match="differs by values of fewer than 5 customers"):
            await unit.read(AGGREGATOR, f"{POWER}*", "CMU*", 'owner != "C017"', SUM, across=True)
        await unit.write(someone(17, "C017"), "MMXU1.TotVAr", "CMU017", 4711)
        with pytest.raises(RefusedError, match="MMXU1.TotVAr at CMU.*: its owner's policy denies single values"):
            await unit.read(AGGREGATOR, "MMXU1.*", "CMU*", "", SUM, across=True)
        for number in range(11, 16):
            await unit.write(someone(number, f"C{number:03}"), "MMXU1.TotVAr", f"CMU{number:03}", 1)
        both = await unit.read(AGGREGATOR, "MMXU1.Tot*", "CMU*", "", SUM, across=True)
        assert {each.variable: each.value for each in both} == {POWER: sum(range(11, 23)), "MMXU1.TotVAr": 4716}

    run(tmp_path, work)


def test_two_sums_that_differ_by_a_customer_are_not_both_given(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 23))
        assert await summed(unit)
        with pytest.raises(RefusedError, match="differs by values of fewer than 5 customers"):
            await summed(unit, condition='owner != "C017"')
        with pytest.raises(RefusedError, match="differs by values of fewer than 5 customers"):
            await summed(unit, location="CMU01*")  # nine of twelve
        assert await summed(unit)  # the same ones again tell nothing new
        assert await summed(unit, ES3, condition='owner != "C017"')  # another stakeholder has not seen the first

    run(tmp_path, work)


def test_nor_two_sums_that_differ_by_a_value_of_a_customer(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 17))
        unit.clock.go(1)
        await powers(unit, [14])
        until, since = f"time <= {START_NS}", "time >= 0"
        assert await summed(unit, condition=until)
        with pytest.raises(RefusedError, match="differs by values of fewer than 5 customers"):
            await summed(unit, condition=since)  # one value of C014 more
        for number in range(11, 17):  # the same customers, at their meters too
            await unit.write(someone(number, f"C{number:03}"), POWER, f"SM{number:03}", number)
        assert await summed(unit, ES3, location="*M0*")
        with pytest.raises(RefusedError, match="differs by values of fewer than 5 customers"):
            await summed(unit, ES3, location="*M0*", condition='location != "SM014"')

    run(tmp_path, work)


def test_sums_of_another_time_may_have_other_customers(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 23))
        assert await summed(unit)
        unit.clock.go(60)
        await powers(unit, range(11, 23))
        assert [each.value for each in await summed(unit, condition='owner != "C017"')] == [sum(range(11, 23)) - 17]

    run(tmp_path, work)


def test_the_operators_own_policy_binds_its_aggregates(tmp_path: Path) -> None:
    grants = '[[policy.grant]]\nof = "operator"\nstakeholder = "Sum4All"\n'

    async def work(unit: Estate) -> None:
        await powers(unit, range(11, 17))
        assert await summed(unit, AGGREGATOR)
        assert await summed(unit, OLGA)
        with pytest.raises(RefusedError, match="policy denies"):
            await summed(unit, ES3)

    run(tmp_path, work, "[policy]\naggregate_customers = 3\n" + grants + CUSTOMERS)


def test_the_contract_holds_at_the_meter_and_the_customers_policy_at_her_unit(tmp_path: Path) -> None:
    energy = "MMTR1.DmdWh"

    async def work(unit: Estate) -> None:
        await unit.write(C017, "Policy.Default", "CMU017", [])  # nobody
        await unit.write(C017, "Policy.Default", "SM017", [["ES2", "billing", "r", 0]])  # as fast as it likes, she says
        for value in range(31):  # a reading each minute
            await unit.write(C017, energy, "SM017", value)
            await unit.write(C017, energy, "CMU017", value)
            unit.clock.go(60)
        assert await unit.values(ES2, energy, "SM017", "time >= 0") == [0, 15, 30]  # the contract's rate, no other
        with pytest.raises(RefusedError, match="more time"):
            await unit.read(ES2, energy, "SM017")
        with pytest.raises(RefusedError, match="policy denies MMTR1.DmdWh at CMU017"):
            await unit.read(ES2, energy, "CMU017")
        await unit.write(C017, "Policy.Default", "CMU017", [["ES2", "billing", "r", 0]])
        heard = unit.listen(ES2, energy, "CMU017")
        for value in range(31, 36):
            await unit.write(C017, energy, "CMU017", value)
            unit.clock.go(1)
        assert heard.values == [31, 32, 33, 34, 35]  # faster: from her unit, since she allows it
        await unit.write(C017, "Policy.Default", "SM017", [])
        await unit.write(C017, energy, "SM017", 99)
        unit.clock.go(900)
        assert await unit.values(ES2, energy, "SM017") == [99]  # against her policy: it is agreed
        with pytest.raises(RefusedError, match="policy denies"):
            await unit.read(ES3, energy, "SM017")

    run(tmp_path, work, CUSTOMERS + CONTRACT)


def test_numbers_too_large_for_a_sum_are_refused_in_words(tmp_path: Path) -> None:
    huge = [Instance(POWER, "CMU011", 1.7e308, time_ns) for time_ns in (1, 2)]
    for function in (SUM, m.Function.AVG):
        with pytest.raises(RefusedError, match="too large to be summed up"):
            aggregate(huge, function, None)
    counters = [Instance(POWER, "CMU011", 2**63 - 1, time_ns) for time_ns in (1, 2)]
    assert [each.value for each in aggregate(counters, SUM, None)] == [float(2**64)]

    async def work(unit: Estate) -> None:
        with pytest.raises(RefusedError, match="must lie between"):
            await unit.write(someone(11, "C011"), POWER, "CMU011", 1e31)

    run(tmp_path, work)
