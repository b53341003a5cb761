"""Sums rise, prices and set-points fall, over real links; a level more or a lost link changes nothing of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from protocols.exchange.client import Client, RequestError
from tests.substation.field.bench import until
from tests.substation.hierarchy.tree import Node, Tree, tree

CUSTOMER = '[[customer]]\nname = "CMU{n}"\nowner = "customer{n}"\nmeter = "SM{n}"\n'
NIGHT = [0.10] * 32 + [0.30] * 64


def low_voltage(name: str, customers: range, *below: Node) -> Node:
    return Node(name, "LVGMU", below, "\n".join(CUSTOMER.format(n=number) for number in customers))


async def read_meters(at: Tree, unit: str, power_w: dict[int, float]) -> None:
    """Each customer's meter tells its power, signed by the customer."""
    for number, value in power_w.items():
        async with at.client(unit, f"customer{number}") as meter:
            answer = await meter.write("MMXU1.TotW", f"SM{number}", value)
            assert answer.code.value == "ok", answer


async def told(at: Tree, unit: str, variable: str, location: str, value: object, timeout_s: float = 40.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not any(each.value == value for each in await at.present(unit, variable, location)):
            await asyncio.sleep(0.05)


def test_sums_rise_to_the_top_and_belong_to_the_operator(tmp_path: Path) -> None:
    async def scenario() -> None:
        top = Node("TL", "TLGMU", [Node("MV", "MVGMU", [low_voltage("LV", range(6))])])
        async with tree(tmp_path, top) as at:
            reading = asyncio.create_task(repeat(at, "LV", {number: 100.0 + number for number in range(6)}))
            await told(at, "TL", "MMXU1.TotW", "TL", 615.0)
            reading.cancel()
            (total,) = await at.present("TL", "MMXU1.TotW", "MV")
            assert total.owner == ""
            assert total.policy is None
            async with at.client("TL", "olga") as olga:
                with pytest.raises(RequestError, match="no variable"):  # single customers stay where they are
                    await olga.query("MMXU1.TotW", "SM*")

    asyncio.run(scenario())


async def repeat(at: Tree, unit: str, power_w: dict[int, float]) -> None:
    """A reading every 0.3 s, until cancelled."""
    async with AsyncExitStack() as stack:
        meters = {n: await stack.enter_async_context(at.client(unit, f"customer{n}")) for n in power_w}
        while True:
            for number, value in power_w.items():
                await meters[number].write("MMXU1.TotW", f"SM{number}", value)
            await asyncio.sleep(0.3)


def test_a_level_in_between_is_configuration_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        bottom = Node("MV", "MVGMU", [low_voltage("LV", range(6))])
        top = Node("TL", "TLGMU", [Node("REGION", "MVGMU", [Node("AREA", "MVGMU", [bottom])])])
        async with tree(tmp_path, top) as at:
            reading = asyncio.create_task(repeat(at, "LV", dict.fromkeys(range(6), 200.0)))
            await told(at, "TL", "MMXU1.TotW", "TL", 1200.0)
            reading.cancel()
            async with at.client("TL", "watt-trade") as supplier:
                assert (await supplier.write("Price", "TL", NIGHT)).code.value == "ok"
            await told(at, "LV", "Price", "LV", NIGHT)

    asyncio.run(scenario())


def test_prices_reach_the_customers_and_a_set_point_only_whom_it_is_meant_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        customers = [Node(f"CMU{number}", "CMU") for number in range(2)]
        top = Node("TL", "TLGMU", [Node("MV", "MVGMU", [low_voltage("LV", range(2), *customers), Node("LW", "LVGMU")])])
        async with tree(tmp_path, top) as at:
            async with at.client("TL", "watt-trade") as supplier:
                assert (await supplier.write("Price", "TL", NIGHT)).code.value == "ok"
            await told(at, "CMU0", "Price", "CMU0", NIGHT)
            await told(at, "CMU1", "Price", "CMU1", NIGHT)
            (price,) = await at.present("LW", "Price", "LW")
            assert price.owner == "watt-trade"
            async with at.client("TL", "enno") as engineer:
                topology = {"elements": ["LV/T1"], "connections": [["LV/T1", "LV/N1"]]}
                assert (await engineer.write("LvTopology", "TL/LV", topology)).code.value == "ok"
            await told(at, "LV", "LvTopology", "LV", topology)
            async with at.client("LV", "olga") as olga:
                assert (await olga.write("DemandSetPoint", "CMU1", 2000.0)).code.value == "ok"
            await told(at, "CMU1", "DemandSetPoint", "CMU1", 2000.0)
            assert await at.present("LW", "LvTopology", "LW") == []
            assert await at.present("CMU0", "DemandSetPoint", "CMU0") == []

    asyncio.run(scenario())


def test_a_sum_over_too_few_customers_is_withheld(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with tree(tmp_path, Node("MV", "MVGMU", [low_voltage("LV", range(2))])) as at:
            await read_meters(at, "LV", {0: 1.0, 1: 2.0})
            lines = at.units["LV"].parts.events.newest
            reading = asyncio.create_task(repeat(at, "LV", {0: 1.0, 1: 2.0}))
            await until(lambda: any("of 2 customers is not passed on" in line.text for _, line in lines), timeout_s=30)
            reading.cancel()
            assert await at.present("LV", "MMXU1.TotW", "LV") == []
            assert await at.present("MV", "MMXU1.TotW", "LV") == []

    asyncio.run(scenario())


def test_nothing_is_lost_and_nothing_twice_while_the_unit_above_is_away(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with tree(tmp_path, Node("MV", "MVGMU", [low_voltage("LV", range(1))])) as at:
            async with at.client("LV", "olga") as olga:
                await count(olga, range(5))
                await told(at, "MV", "MMTR1.DmdWh", "LV", 4)
                await at.stop("MV")
                await count(olga, range(5, 15))
            await at.stop("LV")
            await at.restart("LV")
            await at.restart("MV")
            async with at.client("LV", "olga") as olga:
                await count(olga, range(15, 20))
            await told(at, "MV", "MMTR1.DmdWh", "LV", 19)
            async with at.client("MV", "olga") as olga:
                kept = await olga.query("MMTR1.DmdWh", "LV", "time > 0")
            assert [each.value for each in kept] == list(range(20))

    asyncio.run(scenario())


async def count(client: Client, readings: range) -> None:
    for reading in readings:
        answer = await client.write("MMTR1.DmdWh", "LV", reading)
        assert answer.code.value == "ok", answer
