"""The driver and the simulated IEDs of the example site: both read the same SCD, nothing was typed twice."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.command import Action, CommandResult, Outcome
from models.driver import LinkConfig
from models.point import Dbpos, Handle, PointName, PointSpec
from models.scl.links import links
from models.scl.points import points
from models.scl.reader import read_scl
from protocols.iec61850.client import create
from sim_ied.ied import Ied
from sim_ied.mms.model_file import ModelFile
from tests.peers.test_simulated_ied import SCD, Bay

from . import bench
from .bench import Recorder, running, until


@pytest.fixture(scope="module")
def site() -> tuple[list[LinkConfig], dict[str, list[tuple[Handle, PointSpec]]]]:
    """The MMS links and the numbered points of each."""
    scl = read_scl(Path(SCD).read_bytes(), SCD.name)
    numbered = [(Handle(number), spec) for number, spec in enumerate(points(scl), start=1)]
    mms = [link for link in links(scl) if link.protocol == "iec61850"]
    return mms, {link.name: [each for each in numbered if each[1].link == link.name] for link in mms}


def test_every_point_of_every_ied_is_reported_and_the_breaker_obeys(
    site: tuple[list[LinkConfig], dict[str, list[tuple[Handle, PointSpec]]]],
) -> None:
    async def serve(link: LinkConfig, mine: list[tuple[Handle, PointSpec]]) -> None:
        bay, sink = Bay(), Recorder()
        bay.ied = ied = Ied(link.ied, ModelFile(SCD.read_bytes(), SCD.name), [spec for _, spec in mine], bay)
        port = await ied.open("127.0.0.1", 0)
        driver = create(replace(link, host="127.0.0.1", port=port), mine, time.time_ns)
        try:
            async with running(driver, sink):
                assert {sample.handle for sample in sink.committed + sink.measured} == {handle for handle, _ in mine}
                breaker = next(each for each, spec in mine if spec.name == PointName(_breaker(link), "CSWI1.Pos"))
                for action in (Action.SELECT, Action.OPERATE):
                    order = replace(bench.command("CSWI1.Pos", action, Dbpos.ON), handle=breaker)
                    assert await driver.execute(order) == CommandResult(Outcome.ACCEPTED)
                await until(lambda: any(s.handle == breaker and s.value is Dbpos.ON for s in sink.committed), "closed")
        finally:
            await ied.stop()

    async def whole() -> None:
        mms, numbered = site
        assert len(mms) == 6
        for link in mms:
            await serve(link, numbered[link.name])

    asyncio.run(whole())


def _breaker(link: LinkConfig) -> str:
    """`OBR1E03` is bay E03 of OBR1."""
    return f"{link.ied[:4]}/K1/{link.ied[4:]}/Q0"
