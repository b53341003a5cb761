"""Declared variables over the wire: of a unit without field devices, and beside the points of one that has them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from models.point import PointName, Sample
from models.policy import Access, Grant, Policy
from models.wire.keys import SigningKey
from models.wire.messages import Code
from protocols.exchange.client import Client, RequestError, connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit
from tests.substation.unit_bench import running
from tests.substation.variables.estate import CONTRACT, CUSTOMERS, UNIT

PEOPLE = {"C017": Role.VIEWER, "ES2": Role.VIEWER, "Olga": Role.OPERATOR, "Erik": Role.ENGINEER}
KEYS = {name: SigningKey.from_seed(bytes([number]) * 32) for number, name in enumerate(PEOPLE, 1)}


def enrol(unit: Unit) -> None:
    with closing(StakeholderRegister(unit.parts.config.data)) as register:
        for name, role in PEOPLE.items():
            register.enrol(KEYS[name].public, name, role, 1)


@asynccontextmanager
async def substation(folder: Path) -> AsyncIterator[Unit]:
    (folder / "unit.toml").write_text(UNIT + CUSTOMERS + CONTRACT, encoding="utf-8")
    async with open_unit(read_unit(folder / "unit.toml"), None) as unit:
        enrol(unit)
        task = asyncio.create_task(unit.run())
        try:
            yield unit
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def client(unit: Unit, name: str, service: str = "") -> AsyncIterator[Client]:
    host, port = await unit.listener.bound()
    async with connect(f"ws://{host}:{port}", KEYS[name], service=service) as made:
        yield made


def test_a_customer_and_a_supplier_at_a_unit_without_devices(tmp_path: Path) -> None:
    async def main() -> None:
        async with (
            substation(tmp_path) as unit,
            client(unit, "C017") as customer,
            client(unit, "ES2", "billing") as supplier,
        ):
            # the lines of docs/policies.md
            quarter_hours = Policy((Grant("ES2", "billing", Access.READ, 900 * 10**9),))
            await customer.write("DemandTarget", "CMU017", 2000, policy=quarter_hours)
            await customer.write("Policy.Default", "CMU017", [["Sum4All", "*", "r", 60 * 10**9]])
            await customer.write("Strategy", "CMU017", {"goal": "cost"})
            await customer.write("MMXU1.TotW", "CMU017", 400, policy=Policy())
            (target,) = await supplier.query("DemandTarget", "CMU017")
            assert (target.value, target.owner, target.policy) == (2000, "C017", quarter_hours)
            with pytest.raises(RequestError, match="asks for more time"):
                await supplier.query("DemandTarget", "CMU017")
            with pytest.raises(RequestError, match="the owner's policy denies Strategy at CMU017"):
                await supplier.query("Strategy", "CMU017")
            with pytest.raises(RequestError, match="needs 5 such owners"):
                await supplier.query("MMXU1.TotW", "CMU*", function="sum", across=True)
            async with await supplier.event("Strategy", "CMU017") as strategies:
                await customer.write("Strategy", "CMU017", {"goal": "comfort"})
                await customer.query("Strategy", "CMU017")
                async with asyncio.timeout(20):
                    while not strategies.note:
                        await asyncio.sleep(0.005)
                assert strategies.note == "the owner's policy denies Strategy at CMU017"
        async with substation(tmp_path) as unit, client(unit, "C017") as customer:
            assert [each.value for each in await customer.query("Strategy", "CMU017")] == [{"goal": "comfort"}]
            assert len(await customer.query("Strategy", "CMU017", "time > 0")) == 2

    asyncio.run(main())


def test_declared_variables_beside_points_and_the_operators_policy_of_points(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as bench:
            enrol(bench.unit)
            name = bench.unit.parts.config.name
            async with (
                client(bench.unit, "Olga") as operator,
                client(bench.unit, "Erik") as engineer,
                client(bench.unit, "ES2") as supplier,
            ):
                assert (await operator.write("DemandSetPoint", name, 5e6)).code is Code.OK
                assert [each.value for each in await supplier.query("DemandSetPoint", name)] == [5e6]
                assert (await supplier.write("DemandSetPoint", name, 0)).code is Code.NOT_ALLOWED
                everything = {each.variable for each in await supplier.query("*", "*")}
                assert {"DemandSetPoint", "CSWI1.Pos"} <= everything
                assert "Model" in {each.variable for each in await supplier.query("*", name)}
                positions = {"variable": "CSWI1.Pos", "location": "*", "grants": []}
                assert (await engineer.write("Policy.Points", name, positions)).code is Code.OK
                switch, sample = _switch(bench.unit)
                bench.unit.parts.image.apply([sample._replace(arrival_time_ns=bench.unit.parts.clock())])
                with pytest.raises(RequestError, match="the owner's policy denies CSWI1.Pos at"):
                    await supplier.query("CSWI1.Pos", switch.location)
                assert await operator.query("CSWI1.Pos", switch.location)

    asyncio.run(main())


def _switch(unit: Unit) -> tuple[PointName, Sample]:
    """A switch and its present position."""
    for handle, spec in unit.parts.image.register.items():
        if spec.name.variable == "CSWI1.Pos" and (sample := unit.parts.image.get(handle)) is not None:
            return spec.name, sample
    raise AssertionError
