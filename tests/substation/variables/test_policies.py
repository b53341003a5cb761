"""The owner's policy of each instance [SE2, DI2]: since when it holds, how often it allows, what refusals tell."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.policy import Access, Grant, Policy
from models.wire import messages as m
from models.wire.cbor import WireValue
from substation.exchange.variables import RefusedError
from tests.substation.variables.estate import (
    C017,
    CONTRACT,
    CUSTOMERS,
    ES2,
    ES3,
    OLGA,
    SECOND,
    START_NS,
    Clock,
    Estate,
    Heard,
    estate,
    may,
    someone,
)

TARGET = ("DemandTarget", "CMU017")


def run(
    folder: Path, work: Callable[[Estate], Awaitable[None]], more: str = CUSTOMERS, clock: Clock | None = None
) -> None:
    async def inside() -> None:
        async with estate(folder, more, clock) as unit:
            await work(unit)

    asyncio.run(inside())


async def series(unit: Estate, count: int, policy: Policy | None = None, every_s: float = 60) -> None:
    """0, 1, 2, ... from a whole quarter of an hour on."""
    for value in range(count):
        await unit.write(C017, *TARGET, value, policy)
        unit.clock.go(every_s)


def test_a_policy_holds_from_its_write_on_and_earlier_instances_keep_theirs(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        for value, policy in enumerate((None, may("ES3"), None, Policy(), None)):
            await unit.write(C017, *TARGET, value, policy)
            unit.clock.go(1)
        notes: list[str] = []
        seen = await unit.read(ES3, *TARGET, "time >= 0", told=notes.append)
        assert [instance.value for instance in seen] == [1, 2]
        assert notes == ["3 instances withheld: the owner's policy denies DemandTarget at CMU017"]
        with pytest.raises(RefusedError, match="the owner's policy denies DemandTarget at CMU017"):
            await unit.read(ES3, *TARGET)
        assert await unit.values(C017, *TARGET, "time >= 0") == [0, 1, 2, 3, 4]

    run(tmp_path, work)


def test_the_order_of_policies_variable_then_location_then_the_unit(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        async def policy_of(variable: str) -> Policy | None:
            return (await unit.write(C017, variable, "CMU017", 1)).instances[0].policy

        assert await policy_of("MMTR1.DmdWh") == Policy((Grant("ES2", "billing", Access.READ, 900 * SECOND),))
        assert await policy_of("DemandTarget") == Policy()
        await unit.write(C017, "Policy.Default", "CMU017", [["ES3", "*", "r", 0]])
        assert await policy_of("MMTR1.DmdWh") == may("ES3")
        named: WireValue = {"variable": "DemandTarget", "grants": [["ES2", "*", "rw", 0]]}
        await unit.write(C017, "Policy.Variable", "CMU017", named)
        assert (await policy_of("DemandTarget"), await policy_of("MMTR1.DmdWh")) == (may("ES2", "rw"), may("ES3"))
        await unit.write(C017, "Policy.Variable", "CMU017", {"variable": "DemandTarget", "grants": None})
        assert await policy_of("DemandTarget") == may("ES3")
        await unit.write(C017, "Policy.Default", "CMU017", None)
        assert await policy_of("DemandTarget") == Policy()

    run(tmp_path, work, CUSTOMERS + CONTRACT)


def test_policies_are_shown_to_their_owner_alone(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        heard = unit.listen(C017, "Policy.Variable", "CMU017")
        await unit.write(C017, *TARGET, 1, may("ES3"))
        await unit.write(C017, "Strategy", "CMU017", {"goal": "cost"}, may("ES2"))
        shown = {str(value["variable"]): value["grants"] for value in heard.values if isinstance(value, dict)}
        assert shown == {"DemandTarget": [["ES3", "*", "r", 0]], "Strategy": [["ES2", "*", "r", 0]]}
        assert len(await unit.read(C017, "Policy.Variable", "CMU017")) == 2
        with pytest.raises(RefusedError, match="denies Policy.Variable at CMU017"):
            await unit.read(ES3, "Policy.Variable", "CMU017")

    run(tmp_path, work)


def test_only_the_named_service_of_the_named_stakeholder_may_read(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.write(C017, *TARGET, 1, may("ES2", service="billing"))
        assert await unit.values(ES2, *TARGET) == [1]
        for other in (someone(2, "ES2", service="marketing"), someone(9, "ES9", service="billing"), OLGA):
            with pytest.raises(RefusedError, match="policy denies"):
                await unit.read(other, *TARGET)
        await unit.write(C017, *TARGET, 2, may("DSO"))
        assert await unit.values(OLGA, *TARGET) == [2]  # the operator's people are the DSO of the policies

    run(tmp_path, work)


def test_values_are_given_no_more_often_than_the_minimum_delay(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.write(C017, *TARGET, 1, may("ES2", delay_s=900))
        assert await unit.values(ES2, *TARGET) == [1]
        for _ in range(2):
            unit.clock.go(440)
            with pytest.raises(RefusedError, match="asks for more time between two accesses of DemandTarget"):
                await unit.read(ES2, *TARGET)
        unit.clock.go(20)
        assert await unit.values(ES2, *TARGET) == [1]
        assert await unit.values(C017, *TARGET) == [1]  # the owner as often as she likes

    run(tmp_path, work)


def test_a_minimum_delay_lasts_over_a_restart_and_for_every_name_of_a_service(tmp_path: Path) -> None:
    clock = Clock()

    async def before(unit: Estate) -> None:
        await unit.write(C017, *TARGET, 1, Policy((*may("ES2", delay_s=900).grants, *may("ES3", delay_s=30).grants)))
        unit.clock.go(60)
        assert await unit.values(ES2, *TARGET) == [1]
        assert await unit.values(ES3, *TARGET) == [1]

    async def after(unit: Estate) -> None:
        for who in (ES2, someone(2, "ES2", service="another"), ES3):
            with pytest.raises(RefusedError, match="more time"):
                await unit.read(who, *TARGET)
        clock.go(30)
        assert await unit.values(ES3, *TARGET) == [1]  # short delays count from the start of the unit
        with pytest.raises(RefusedError, match="more time"):
            await unit.read(ES2, *TARGET)
        clock.go(870)
        assert await unit.values(ES2, *TARGET) == [1]

    run(tmp_path, before, clock=clock)
    run(tmp_path, after, clock=clock)


def test_a_series_shows_one_instance_of_each_window_however_it_is_asked_for(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await series(unit, 45, may("ES2", delay_s=900))  # of three quarters of an hour
        asked = (
            "time >= 0",
            f"time >= {START_NS + 300 * SECOND}",  # starts inside a window, whose first instance is outside
            f"time >= {START_NS + 300 * SECOND} and value != 15",
            "time >= 0 and value > 3 and value < 14",
        )
        seen = []
        for condition in asked:
            unit.clock.go(900)
            seen.append(await unit.values(ES2, *TARGET, condition))
        assert seen == [[0, 15, 30], [15, 30], [30], []]
        unit.clock.go(900)
        (average,) = await unit.read(ES2, *TARGET, "time >= 0", m.Function.AVG)
        assert average.value == 15

    run(tmp_path, work)


def test_what_is_told_of_withheld_instances_does_not_depend_on_their_values(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.write(C017, *TARGET, 1234, may("ES9"))
        for condition in ("", "value > 1000", "value < 1000", 'value like "x"'):
            with pytest.raises(RefusedError) as refusal:
                await unit.read(ES2, *TARGET, condition)
            assert str(refusal.value) == "the owner's policy denies DemandTarget at CMU017"
        heard = unit.listen(ES2, *TARGET, "value > 2000")
        await unit.write(C017, *TARGET, 5)
        assert (heard.told, heard.notes) == ([], ["the owner's policy denies DemandTarget at CMU017"])

    run(tmp_path, work)


def test_events_are_withheld_singly_counted_all_and_told_once(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        denied, slowed = unit.listen(ES3, *TARGET), unit.listen(ES2, *TARGET)
        unit.decided.clear()
        before = unit.access.guard.withheld
        await series(unit, 31, may("ES2", delay_s=900))
        assert slowed.values == [0, 15, 30]
        assert slowed.notes == ["the owner's policy asks for more time between two accesses of DemandTarget at CMU017"]
        assert (denied.values, denied.notes) == ([], ["the owner's policy denies DemandTarget at CMU017"])
        assert unit.access.guard.withheld - before == 28 + 31
        told = [(each.who, each.code) for each in unit.decided if not each.granted]
        assert told == [("ES3 (VIEWER)", m.Code.NOT_ALLOWED)]

    run(tmp_path, work)


def test_a_periodic_reader_at_exactly_the_minimum_delay_misses_nothing(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.write(C017, *TARGET, 1, may("ES2", delay_s=900))
        heard = Heard()

        class Stepping(Heard):
            """Each delivery moves the clock to just before the end of the next delay."""

            def latest(self, instances):  # type: ignore[no-untyped-def]
                heard.told.extend(instances)
                unit.clock.go(899.8 if len(heard.told) % 2 else 900.2)

        request = m.Periodic(1, *TARGET, 5)
        task = asyncio.create_task(unit.processor.periodic(ES2, request, Stepping(), heard.notes.append))
        async with asyncio.timeout(20):
            while len(heard.told) < 20:
                await asyncio.sleep(0.001)
        assert heard.notes == []
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(tmp_path, work)


def test_a_periodic_reader_that_is_too_fast_goes_on_slowly_and_a_denied_one_ends(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.write(C017, *TARGET, 1, may("ES2", delay_s=900))
        heard = Heard()
        task = asyncio.create_task(unit.processor.periodic(ES2, m.Periodic(1, *TARGET, 1), heard, heard.notes.append))
        async with asyncio.timeout(20):
            while not heard.notes:
                await asyncio.sleep(0.001)
            unit.clock.go(900)
            while len(heard.told) < 2:
                await asyncio.sleep(0.001)
        assert len(heard.notes) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with pytest.raises(RefusedError, match="policy denies"):
            await unit.processor.periodic(ES3, m.Periodic(2, *TARGET, 1), Heard())

    run(tmp_path, work)


def test_conditions_look_at_owners_and_errors_have_their_place(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        for number in (17, 18):
            who = someone(number, f"C{number:03}")
            await unit.write(who, "DemandTarget", f"CMU{number:03}", number, may("ES2"))
        assert await unit.values(ES2, "DemandTarget", "CMU*", 'owner == "C018"') == [18]
        with pytest.raises(RefusedError, match="condition, position 10: ") as refusal:
            await unit.read(ES2, "DemandTarget", "CMU*", "owner == == 4")
        assert refusal.value.code is m.Code.BAD_REQUEST

    run(tmp_path, work)


def test_functions_work_over_what_the_condition_leaves_of_history(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await series(unit, 10)
        asked = {
            m.Function.COUNT: 4,
            m.Function.SUM: 4 + 5 + 6 + 7,
            m.Function.AVG: 5.5,
            m.Function.MIN: 4,
            m.Function.MAX: 7,
            m.Function.FIRST: 4,
            m.Function.LAST: 7,
        }
        for function, value in asked.items():
            (found,) = await unit.read(C017, *TARGET, f"time >= {START_NS} and value > 3 and value < 8", function)
            assert found.value == value, function

    run(tmp_path, work)
