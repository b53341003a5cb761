"""Services of a simulated RTU over the wire: groups, frozen totals, parameters, and a reset that restarts it."""

from __future__ import annotations

import asyncio

import pytest

from protocols.iec104.application.asdu import Asdu, CounterReading, InformationObject, Parameter, Service
from sim_ied.server import Simulator
from sim_ied.site import Site, read_site
from tests.protocols.iec104.dialled import dialled
from tests.sim_ied.site_files import write_site
from tests.sim_ied.test_faces import linked, play

RTU = "ST1"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return read_site(write_site(tmp_path_factory.mktemp("site")), speed=20.0)


def items(units: list[Asdu], *causes: int) -> dict[int, InformationObject]:
    return {item.address: item for unit in units if unit.cause in causes for item in unit.objects}


def test_groups_totals_and_parameters(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        async with dialled(*simulator.addresses[RTU]) as centre:
            specs = [spec for spec in site.specs if spec.link == RTU and spec.monitor is not None]
            station = {spec.monitor.common_address for spec in specs if spec.monitor is not None}.pop()
            positions = {
                spec.monitor.object_address
                for spec in specs
                if spec.monitor is not None and spec.name.variable.endswith("Pos")
            }
            assert items(await centre.answered(100, station, Service(0, 21), last=10), 21).keys() == positions
            await centre.answered(101, station, Service(0, 0x45), last=10)
            for qualifier, cause, count in ((5, 37, 2), (1, 38, 1)):
                totals = items(await centre.answered(101, station, Service(0, qualifier), last=10), cause)
                assert len(totals) == count
                assert all(isinstance(item.value, CounterReading) for item in totals.values())  # type: ignore[union-attr]
            measurand = next(spec.monitor for spec in specs if spec.name.variable.startswith("MMXU") and spec.monitor)
            parameter = Parameter(measurand.object_address, 1e9, 1)
            assert not (await centre.mirrored(112, station, parameter)).negative

    play(site, scenario)


def test_a_reset_restarts_the_rtu_and_its_master_comes_back(site: Site) -> None:
    async def scenario(simulator: Simulator) -> None:
        async with dialled(*simulator.addresses[RTU]) as centre:
            station = next(spec.monitor.common_address for spec in site.specs if spec.link == RTU and spec.monitor)
            assert not (await centre.mirrored(105, station, Service(0, 1))).negative
            await centre.until(lambda: centre.closed)
        async with asyncio.timeout(20):
            while True:
                try:
                    async with dialled(*simulator.addresses[RTU]) as centre:
                        await centre.until(lambda: any(unit.type_id == 70 for unit in centre.heard))
                        ends = {unit.objects[0] for unit in centre.heard if unit.type_id == 70}
                        break
                except OSError:
                    await asyncio.sleep(0.02)
        assert ends == {Service(0, 2)}
        async with linked(simulator, RTU):
            pass

    play(site, scenario)
