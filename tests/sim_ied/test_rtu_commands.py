"""A simulated RTU through our master: steps, set-points, qualifiers, and an operation that does not arrive."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest

from models.command import Action, Command, CommandResult, Outcome
from models.point import Dbpos, PointName, Value
from sim_ied.disturbance import Disturbance
from sim_ied.server import Simulator
from sim_ied.site import Site, read_site
from tests.sim_ied.site_files import write_site
from tests.sim_ied.test_faces import OPERATOR, Link, linked, play

TAP, END = "ST3/T1/YLTC1.TapChg", "ST3/T1/YLTC1.EndPosR"
LIMIT, POWER = "ST3/K1/G1/DWMX1.WLimSpt", "ST3/K1/G1/MMXU1.TotW"
SWITCH = "ST3/K1/E01/Q0/CSWI1.Pos"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return read_site(write_site(tmp_path_factory.mktemp("site")), speed=20.0)


async def send(
    link: Link, point: str, value: Value, action: Action = Action.OPERATE, qualifier: int = 0
) -> CommandResult:
    name = PointName.parse(point)
    handle = next(handle for handle, spec in link.points if spec.name == name)
    return await link.driver.execute(Command(1, handle, action, value, OPERATOR, time.time_ns(), qualifier=qualifier))


def with_link(site: Site, scenario: Callable[[Simulator, Link], Awaitable[None]]) -> None:
    async def whole(simulator: Simulator) -> None:
        async with linked(simulator, "ST3") as link:
            await scenario(simulator, link)

    play(site, whole)


def test_a_step_over_the_wire_moves_the_tap_changer(site: Site) -> None:
    async def scenario(simulator: Simulator, link: Link) -> None:
        assert link.memory.value(TAP) == 0
        assert (await send(link, TAP, Dbpos.ON, qualifier=1)).accepted
        busy = await send(link, TAP, Dbpos.ON)
        assert busy.outcome is Outcome.REFUSED  # in execution: one command at a time
        await link.memory.until(lambda: link.memory.value(TAP) == 1)

    with_link(site, scenario)


def test_a_set_point_over_the_wire_limits_the_generator(site: Site) -> None:
    async def scenario(simulator: Simulator, link: Link) -> None:
        rated_w = link.memory.value(LIMIT)
        assert isinstance(rated_w, float)
        assert (await send(link, LIMIT, rated_w * 2)).outcome is Outcome.REFUSED
        assert (await send(link, LIMIT, 1000.0)).accepted
        await link.memory.until(lambda: link.memory.value(LIMIT) == 1000.0)
        assert simulator.plant.present()[PointName.parse(LIMIT)].value == 1000.0

    with_link(site, scenario)


def test_a_qualifier_that_the_drive_does_not_take_is_refused(site: Site) -> None:
    async def scenario(simulator: Simulator, link: Link) -> None:
        assert (await send(link, SWITCH, Dbpos.OFF, Action.SELECT, 3)).outcome is Outcome.REFUSED
        assert (await send(link, SWITCH, Dbpos.OFF, Action.SELECT, 2)).accepted
        assert (await send(link, SWITCH, Dbpos.OFF, Action.OPERATE, 1)).outcome is Outcome.REFUSED  # selected with 2
        assert (await send(link, SWITCH, Dbpos.OFF, Action.OPERATE, 2)).accepted
        await link.memory.until(lambda: link.memory.value(SWITCH) is Dbpos.OFF)

    with_link(site, scenario)


def test_a_switch_that_stops_midway_ends_negatively_and_the_unit_is_told(site: Site) -> None:
    async def scenario(simulator: Simulator, link: Link) -> None:
        await simulator.disturb(Disturbance("stops midway", "ST3/K1/E01/Q0"))
        assert (await send(link, SWITCH, Dbpos.OFF, Action.SELECT)).accepted
        assert (await send(link, SWITCH, Dbpos.OFF)).accepted  # it moves; that it does not arrive is told later
        await link.memory.until(lambda: any("COT 10, P/N 1" in text for text in link.memory.notices))
        assert link.memory.value(SWITCH) is Dbpos.INTERMEDIATE

    with_link(site, scenario)
