"""The active setting group against a device process: told, switched, read back, refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from models.command import Action, AddCause, CommandResult, Outcome
from models.point import Value
from models.scl.points import points
from models.scl.reader import read_scl
from protocols.iec61850.client import MmsDriver
from protocols.iec61850.setting_groups.comparison import compare, differing
from protocols.iec61850.setting_groups.settings import ask
from tests.protocols.iec61850.bench import (
    GROUP,
    ICD,
    DeviceProcess,
    Recorder,
    command,
    device,
    driver_of,
    group_point,
    link,
    running,
    until,
)

ACCEPTED = CommandResult(Outcome.ACCEPTED)
Scenario = Callable[[DeviceProcess, MmsDriver, Recorder], Awaitable[None]]


def play(scenario: Scenario, period_s: float = 10.0) -> None:
    async def whole() -> None:
        sink = Recorder()
        with device() as ied:
            driver = driver_of(ied.port, setting_group_period_s=period_s)
            async with running(driver, sink):
                await until(lambda: bool(sink.of(GROUP)), "the active group is told")
                await scenario(ied, driver, sink)

    asyncio.run(whole())


def test_the_active_group_is_told_switched_and_read_back() -> None:
    async def scenario(_: DeviceProcess, driver: MmsDriver, sink: Recorder) -> None:
        assert [(sample.value, sample.quality) for sample in sink.of(GROUP)] == [(1, 0)]
        assert await driver.execute(command(GROUP, Action.OPERATE, 2)) == ACCEPTED
        last = sink.of(GROUP)[-1]
        assert (last.value, last.quality) == (2, 0)
        assert last.source_time_ns is not None  # LActTm

    play(scenario)


def test_a_switch_on_site_is_seen_within_the_period() -> None:
    async def scenario(ied: DeviceProcess, _: MmsDriver, sink: Recorder) -> None:
        ied.tell(group=["IED1LD0", 3])
        await until(lambda: sink.of(GROUP)[-1].value == 3, "the group that somebody chose on site")

    play(scenario, period_s=0.05)


@pytest.mark.parametrize(
    ("action", "value", "cause"),
    [
        (Action.OPERATE, 4, AddCause.INCONSISTENT_PARAMETERS),
        (Action.OPERATE, 0, AddCause.INCONSISTENT_PARAMETERS),
        (Action.OPERATE, True, AddCause.INCONSISTENT_PARAMETERS),
        (Action.SELECT, 2, AddCause.NOT_SUPPORTED),
    ],
)
def test_a_group_that_is_none_is_never_asked_for(action: Action, value: Value, cause: AddCause) -> None:
    async def scenario(_: DeviceProcess, driver: MmsDriver, sink: Recorder) -> None:
        result = await driver.execute(command(GROUP, action, value))
        assert (result.outcome, result.add_cause) == (Outcome.REFUSED, cause)
        assert result.reason.endswith("nothing was sent")
        assert sink.of(GROUP)[-1].value == 1

    play(scenario)


@pytest.mark.parametrize(("ending", "outcome"), [("refuses", Outcome.REFUSED), ("stays", Outcome.FAILED)])
def test_a_device_that_does_not_switch_is_no_success(ending: str, outcome: Outcome) -> None:
    async def scenario(ied: DeviceProcess, driver: MmsDriver, sink: Recorder) -> None:
        ied.tell(groups=ending)
        result = await driver.execute(command(GROUP, Action.OPERATE, 2))
        assert result.outcome is outcome
        assert sink.of(GROUP)[-1].value == 1

    play(scenario)


def test_settings_of_the_active_group_are_compared_with_the_scl() -> None:
    async def whole() -> None:
        with device() as ied:
            told, absent = await ask(link(ied.port), ["IED1LD0", "IED1LD9"])
        found = told.settings
        assert (told.active, told.groups, found) == (1, 3, {"PTOC1.StrVal.setMag.f": 100.0})
        assert "IED1LD9/LLN0.SGCB is in the SCL, not in the device" in absent.problem
        same, other = ({"PTOC1.StrVal.setMag.f": text} for text in ("100", "120"))
        assert differing(compare(found, same)) == ()
        assert [(each.device, each.scl) for each in differing(compare(found, other))] == [(100.0, "120")]

    asyncio.run(whole())


def test_the_point_is_the_one_that_the_scl_reader_makes() -> None:
    made = [spec for spec in points(read_scl(ICD.read_bytes(), str(ICD))) if spec.name.variable == GROUP]
    wanted = group_point()[1]
    assert [(each.cdc, each.reference, each.control_model) for each in made] == [
        (wanted.cdc, wanted.reference, wanted.control_model)
    ]
