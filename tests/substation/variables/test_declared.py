"""Declared variables: predefined only, validated, stamped by the unit, kept over restarts, taken from other units."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.quality import Quality
from models.wire import messages as m
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.exchange.variables import RefusedError
from substation.level import Level
from tests.substation.variables.estate import (
    C017,
    C018,
    CUSTOMERS,
    ERIK,
    ES2,
    OLGA,
    SECOND,
    START_NS,
    Clock,
    Estate,
    estate,
    may,
    someone,
)

PRICES = '[[provider]]\nstakeholder = "ES2"\nvariables = ["Price", "Tariff"]\n'


def run(
    folder: Path, work: Callable[[Estate], Awaitable[None]], more: str = CUSTOMERS, clock: Clock | None = None
) -> None:
    async def inside() -> None:
        async with estate(folder, more, clock) as unit:
            await work(unit)

    asyncio.run(inside())


def test_a_write_makes_a_new_instance_with_time_owner_and_policy(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        heard = unit.listen(C017, "DemandTarget", "CMU017")
        done = await unit.write(C017, "DemandTarget", "CMU017", 2000, may("ES2"))
        unit.clock.go(1)
        await unit.write(C017, "DemandTarget", "CMU017", 1500.5)
        first, second = (Instance("DemandTarget", "CMU017", value, time_ns, 0, "C017", may("ES2"))
                         for value, time_ns in ((2000, START_NS), (1500.5, START_NS + SECOND)))  # fmt: skip
        assert (done.code, done.instances) == (Code.OK, (first,))
        assert heard.told == [first, second]
        assert await unit.read(C017, "DemandTarget", "CMU017") == [second]
        assert await unit.read(C017, "DemandTarget", "CMU017", "time >= 0") == [first, second]

    run(tmp_path, work)


def test_all_is_there_again_after_a_restart(tmp_path: Path) -> None:
    clock = Clock()

    async def before(unit: Estate) -> None:
        await unit.write(C017, "DemandTarget", "CMU017", 2000, may("ES3"))
        await unit.write(C017, "Strategy", "CMU017", {"goal": "cost", "reserve_storage": 0.2})

    async def after(unit: Estate) -> None:
        clock.go(60)
        assert await unit.values(C017, "Strategy", "CMU017") == [{"goal": "cost", "reserve_storage": 0.2}]
        assert await unit.values(someone(3, "ES3"), "DemandTarget", "CMU017") == [2000]
        done = await unit.write(C017, "DemandTarget", "CMU017", 1000)
        assert done.instances[0].policy == may("ES3")

    run(tmp_path, before, clock=clock)
    run(tmp_path, after, clock=clock)


@pytest.mark.parametrize(
    ("variable", "location", "value", "problem"),
    [
        ("Colour", "CMU017", 1, "there is no variable Colour at CMU017"),
        ("DemandTarget", "CMU099", 1, "there is no variable DemandTarget at CMU099"),
        ("DemandTarget", "CMU017/kitchen", 1, "there is no variable DemandTarget at CMU017/kitchen"),
        ("DemandTarget", "CMU017", "much", "value is no number in W"),
        ("DemandTarget", "CMU017", True, "value is no number in W"),
        ("DemandTarget", "CMU017", float("nan"), "value is no number in W"),
        ("Strategy", "CMU017", {"goal": "chaos"}, "value.goal is none of cost, own use, comfort, grid"),
        ("Strategy", "CMU017", {}, "value.goal is missing"),
        ("Strategy", "CMU017", {"goal": "cost", "colour": 1}, "value.colour is not known"),
        (
            "Strategy",
            "CMU017",
            {"goal": "cost", "reserve_storage": 2},
            "value.reserve_storage must lie between 0 and 1",
        ),
        ("ProfileTarget", "CMU017", [1.0] * 95, "value has 95 elements, it takes 96"),
        ("ProfileTarget", "CMU017", [1.0] * 95 + ["x"], "value.95 is no number in W"),
        ("Policy.Default", "CMU017", [["ES2", "*", "x", 0]], "'value.0' must be"),
        ("Policy.Variable", "CMU017", {"variable": "Colour", "grants": []}, "Colour is not declared at CMU017"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_field(
    tmp_path: Path, variable: str, location: str, value: object, problem: str
) -> None:
    async def work(unit: Estate) -> None:
        with pytest.raises(RefusedError) as refusal:
            await unit.write(C017, variable, location, value)  # type: ignore[arg-type]
        assert problem in str(refusal.value)
        assert [decision.granted for decision in unit.decided] == [False]
        assert await unit.values(C017, "*", "CMU017") == []

    run(tmp_path, work)


def test_who_may_write_what(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        west = someone(7, "Wim", OLGA.role, areas=("LVGMU200*",))
        for who, variable, location, value in (
            (C018, "DemandTarget", "CMU017", 1),  # another customer
            (OLGA, "DemandTarget", "CMU017", 1),  # the operator, what the customer owns
            (C017, "DemandSetPoint", "CMU017", 1),  # the customer, what the operator owns
            (OLGA, "PhaseConnection", "LVGMU103/SM017", "A"),  # takes the right to configure
            (west, "DemandSetPoint", "CMU017", 1),  # outside the area
            (OLGA, "Price", "LVGMU103", [0.2] * 96),  # the supplier's
        ):
            with pytest.raises(RefusedError, match="belongs to|outside of Wim's area"):
                await unit.write(who, variable, location, value)
        for who, variable, location, value in (
            (OLGA, "DemandSetPoint", "CMU017", 3000),
            (ERIK, "PhaseConnection", "LVGMU103/SM017", "A"),
            (ES2, "Price", "LVGMU103", [0.2] * 96),
        ):
            assert (await unit.write(who, variable, location, value)).code is Code.OK
        await unit.write(C017, "DemandTarget", "CMU017", 1, may("Sum4All", "rw"))
        done = await unit.write(someone(4, "Sum4All"), "DemandTarget", "CMU017", 2, may("*", "rw"))
        assert (done.instances[0].owner, done.instances[0].policy) == ("C017", may("Sum4All", "rw"))

    run(tmp_path, work, CUSTOMERS + PRICES)


def test_instances_of_other_units_are_taken_as_they_are(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        heard = unit.listen(C017, "MMTR1.DmdWh", "SM017")
        policy = may("ES3")
        newer = Instance("MMTR1.DmdWh", "SM017", 900, START_NS - 5, int(Quality.TEST), "C017", policy)
        older = replace(newer, value=800, time_ns=START_NS - 10)
        odd = replace(newer, variable="Colour")
        wrong = replace(newer, value="many")
        rejected = await unit.declared.take([newer, older, odd, wrong])
        assert [each.why for each in rejected] == ["is not declared here", "value is no number in Wh"]
        assert heard.told == [newer]
        assert await unit.read(C017, "MMTR1.DmdWh", "SM017") == [newer]
        assert await unit.read(C017, "MMTR1.DmdWh", "SM017", "time > 0") == [older, newer]

    run(tmp_path, work)


def test_a_customers_instance_without_a_policy_is_not_open_to_everyone(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.declared.take([Instance("MMTR1.DmdWh", "SM017", 900, START_NS - 5, 0, "C017", None)])
        assert await unit.values(C017, "MMTR1.DmdWh", "SM017") == [900]
        with pytest.raises(RefusedError, match="policy denies"):
            await unit.read(C018, "MMTR1.DmdWh", "SM017")

    run(tmp_path, work)


def test_what_came_late_is_not_present_after_a_restart_either(tmp_path: Path) -> None:
    newer = Instance("MMTR1.DmdWh", "SM017", 900, START_NS - 5, 0, "C017", may("ES3"))

    async def before(unit: Estate) -> None:
        await unit.declared.take([newer])
        await unit.declared.take([replace(newer, value=800, time_ns=START_NS - 10)])

    async def after(unit: Estate) -> None:
        assert await unit.read(C017, "MMTR1.DmdWh", "SM017") == [newer]

    run(tmp_path, before)
    run(tmp_path, after)


def test_members_come_and_go(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        unit.declared.declare("CMU050", "C050", Level.CMU)
        c050 = someone(50, "C050")
        await unit.write(c050, "DemandTarget", "CMU050", 5)
        assert await unit.values(c050, "Demand*", "CMU*") == [5]
        unit.declared.withdraw("CMU050")
        with pytest.raises(RefusedError, match="there is no variable"):
            await unit.read(c050, "DemandTarget", "CMU050")
        unit.declared.declare("CMU050", "C051", Level.CMU)  # another customer moves in: what was stays the first one's
        assert await unit.values(c050, "DemandTarget", "CMU050", "time >= 0") == [5]
        with pytest.raises(RefusedError, match="policy denies"):
            await unit.read(someone(51, "C051"), "DemandTarget", "CMU050", "time >= 0")

    run(tmp_path, work)


def test_further_variables_are_declared_in_the_unit_file(tmp_path: Path) -> None:
    further = '[[variable]]\nname = "Roof"\nkind = "number K"\nlevel = "CMU"\nowner = "customer"\n'

    async def work(unit: Estate) -> None:
        await unit.write(C017, "Roof", "CMU017", 290)
        assert await unit.values(C017, "Roof", "CMU017") == [290]

    run(tmp_path, work, CUSTOMERS + further)


def test_a_subscriber_whose_link_was_lost_is_told_what_came_meanwhile(tmp_path: Path) -> None:
    async def work(unit: Estate) -> None:
        await unit.write(C017, "DemandTarget", "CMU017", 1)
        after = unit.declared.position()
        unit.clock.go(1)
        await unit.write(C017, "DemandTarget", "CMU017", 2)
        request = m.Event(1, "DemandTarget", "CMU017", after=after)
        missed = await unit.processor.missed(C017, request, unit.declared.position())
        assert ([each.value for each in missed.instances], missed.count) == ([2], 0)
        before_us = await unit.processor.missed(C017, replace(request, after=1), unit.declared.position())
        assert before_us.count == m.MISSED_UNKNOWN

    run(tmp_path, work)
