"""The generated site of a hierarchy: whole, consistent, alive; sums of its meters from household to key holder."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.privacy.contribution import Period
from models.wire.cbor import WireValue
from protocols.arithmetic.pool import Arithmetic
from protocols.exchange.client import Client, connect
from sim_ied.customers.settings import read_customers
from sim_ied.customers.world import Customers
from sim_ied.customers.world_time import WorldTime
from substation.config import read_unit
from substation.demo.hierarchy.plan import Shape, make_plan
from substation.demo.hierarchy.site import HierarchySite, write_site
from substation.exchange.key_files import read_signing_key
from substation.level import Level
from substation.neighbour_address import listening_at
from substation.privacy import meter_sums
from substation.unit import open_unit

PACE = 30.0
"""A minute in two seconds."""
SMALL = Shape(mvgmus=1, lvgmus=1, customers=7, live_s=5, fast_s=5.0, speed=60.0)


def test_the_plan_of_the_demonstration() -> None:
    plan = make_plan(Shape())
    counts = [len(plan.of_level(level)) for level in (Level.TLGMU, Level.MVGMU, Level.LVGMU, Level.CMU)]
    assert counts == [1, 2, 20, 400]
    assert {len(unit.children) for unit in plan.of_level(Level.LVGMU)} == {20}
    assert plan == make_plan(Shape())


def test_a_further_level_is_a_parameter() -> None:
    plan = make_plan(Shape(mvgmus=2, between=4, lvgmus=8, customers=16))
    unit, way = plan.unit("CMU016"), []
    while unit.parent:
        unit = plan.unit(unit.parent)
        way.append(unit.name)
    assert way == ["LV8", "AREA4", "MV2", "TL1"]
    children = list(itertools.chain.from_iterable(unit.children for unit in plan.units))
    assert sorted(children) == sorted(unit.name for unit in plan.units[1:])


@pytest.mark.parametrize("counts", [(0, 1, 1), (3, 2, 9), (1, 4, 3), (1, 1, 99_999)])
def test_shapes_that_are_no_hierarchy_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ConfigError):
        Shape(mvgmus=counts[0], lvgmus=counts[1], customers=counts[2])


def test_every_file_of_the_site_can_be_read(tmp_path: Path) -> None:
    site = write_site(tmp_path / "site", make_plan(Shape(mvgmus=1, between=1, lvgmus=2, customers=4)))
    files = list(itertools.chain.from_iterable(site.processes.values()))
    assert {read_unit(file).name for file in files} == {unit.name for unit in site.plan.units}
    settings = read_customers(site.customers_file)
    assert [meter.name for meter in settings.meters] == ["SM001", "SM002", "SM003", "SM004"]
    assert all(key.stat().st_mode & 0o777 == 0o600 for key in (site.folder / "keys").glob("*.key"))
    with pytest.raises(ConfigError, match="is not empty"):
        write_site(site.folder, site.plan)


class FastTime:
    """Starts now and passes at PACE."""

    def __init__(self) -> None:
        self._start_ns, self._real_ns = time.time_ns(), time.monotonic_ns()

    def __call__(self) -> int:
        return self._start_ns + round((time.monotonic_ns() - self._real_ns) * PACE)


@contextlib.asynccontextmanager
async def alive(site: HierarchySite, names: tuple[str, ...], clock: FastTime) -> AsyncIterator[Customers]:
    """These units and all customers, for as long as the context lasts."""
    async with contextlib.AsyncExitStack() as stack:
        arithmetic = await stack.enter_async_context(Arithmetic())
        customers = Customers(read_customers(site.customers_file), arithmetic, WorldTime(clock, PACE))
        opened = (open_unit(read_unit(site.unit_file(name)), None, clock, arithmetic=arithmetic) for name in names)
        units = [await stack.enter_async_context(each) for each in opened]
        running = [asyncio.create_task(each.run()) for each in (*units, customers)]
        try:
            yield customers
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


def client(site: HierarchySite, unit: str, stakeholder: str, time: WorldTime) -> Client:
    key = read_signing_key(site.key_file(stakeholder))
    return connect(listening_at(site.data(unit)), key, clock=time.instant)


async def first(unit: Client, variable: str, location: str) -> WireValue:
    async with await unit.event(variable, location) as values:
        async for notice in values:
            return notice.instances[-1].value
    raise AssertionError("it ended")


def test_sums_from_households_to_the_key_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter_sums, "LOOK_S", 0.05)
    site = write_site(tmp_path / "site", make_plan(SMALL))

    async def scene() -> None:
        async with asyncio.timeout(50), alive(site, ("TL1", "MV1", "LV1"), FastTime()) as customers:
            while not all((site.data(name) / "listening.json").exists() for name in ("TL1", "MV1", "LV1")):
                await asyncio.sleep(0.05)
            customers.meters["SM001"].lie(0.0)
            async with client(site, "TL1", "DSO", customers.time) as top:
                total = await first(top, "MeterSum.Total", "TL1")
            assert isinstance(total, dict)
            period = Period(int(str(total["start"])), int(str(total["length"])))
            names = total["participants"]
            assert isinstance(names, list)
            assert total["count"] == len(names) >= 5
            assert total["energy_wh"] == sum(customers.meters[str(name)].energy_wh(period) or 0 for name in names)
            async with client(site, "LV1", "CUST002", customers.time) as low:
                assert isinstance(await first(low, "MMXU1.TotW", "SM002"), float)
                refused = await low.write("MeterSum.Cipher", "SM003", {})
                assert "may not write the reading of SM003" in refused.text
            async with client(site, "LV1", "DSO", customers.time) as low:
                assert (await low.write("DemandSetPoint", "SM002", 1234.0)).text == ""
            while customers.meters["SM002"].status()["limit_w"] != 1234.0:
                await asyncio.sleep(0.02)

    asyncio.run(scene())
