"""A running link to a device that is otherwise than its SCL: what is left alone, told, and works all the same."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from models.command import Action, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Dbpos, Handle, PointSpec
from models.scl.expected import expected_of
from models.scl.expected_text import SETTING, pack
from protocols.iec61850.client import MmsDriver, create
from tests.protocols.iec61850.bench import HANDLES, Recorder, group_point, points, spec, until

from .mutations import MUTATIONS
from .sites import changed, original

SCL = original()
REPORTS = ("LLN0.BR.brcbStatus", "LLN0.RP.urcbMeasurands", "LLN0.RP.urcbLeaves")
EVERY = [*points(), group_point()]


def link_to(address: tuple[str, int]) -> LinkConfig:
    """As `ringmain serve` makes it from the SCL."""
    names = [f"IED1LD0/{each}" for each in REPORTS]
    revisions = dict(zip(names, (7, 3, 1), strict=True))
    settings: dict[str, str | int | float | bool] = {
        "reports": ",".join(names),
        **{f"conf_rev:{name}": revision for name, revision in revisions.items()},
        "data_set:IED1LD0/LLN0.RP.urcbMeasurands": "LLN0.dsMeasurands",
        "timeout_s": 2.0,
        SETTING: pack(expected_of(SCL, SCL.ieds[0])),
    }
    return LinkConfig("IED1", "iec61850", "IED1", *address, settings)


class Life:
    """A driver at a changed device, connected and compared. `driver` may be run again."""

    def __init__(self, driver: MmsDriver, sink: Recorder) -> None:
        self.driver, self.sink = driver, sink

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.sink.differing if each.blocks]

    async def operate(self, variable: str, value: Dbpos) -> CommandResult:
        originator = Originator(OriginatorCategory.STATION_CONTROL, "test")
        return await self.driver.execute(
            Command(1, HANDLES[variable], Action.OPERATE, value, originator, time.time_ns())
        )


def lived(
    kind: str, wanted: list[tuple[Handle, PointSpec]], scenario: Callable[[Life], object] = lambda life: None
) -> Life:
    """Connect to the device of a mutation ('' for none) until it has been compared, then `scenario`."""

    async def whole() -> Life:
        mutation = MUTATIONS.get(kind)
        async with changed(*(mutation[:2] if mutation else ())) as address:
            life = Life(create(link_to(address), wanted, time.time_ns), Recorder())
            task = asyncio.create_task(life.driver.run(life.sink))
            try:
                ready = lambda: life.sink.connections == 1 and life.sink.told_differences == 2  # noqa: E731
                await until(lambda: ready() or task.done(), "connected and compared")
                assert not task.done(), task.exception()
                result = scenario(life)
                if asyncio.iscoroutine(result):
                    await result
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            return life

    return asyncio.run(whole())


def test_a_device_as_its_scl_brings_every_point_and_no_difference() -> None:
    life = lived("", EVERY)
    assert life.sink.differing == ()
    assert life.sink.handles == set(HANDLES.values())


def test_points_of_a_report_with_another_revision_stay_invalid_and_the_rest_lives() -> None:
    life = lived("confRev", EVERY)
    assert life.texts == [MUTATIONS["confRev"].text]
    away = {HANDLES[each] for each in ("MMXU1.TotW", "MMXU1.A.phsA", "MMXU1.A.phsC")}
    assert life.sink.handles == set(HANDLES.values()) - away


def test_points_of_a_report_with_another_data_set_or_order_are_not_taken() -> None:
    assert HANDLES["MMXU1.TotW"] not in lived("data set of a report", EVERY).sink.handles
    life = lived("order of members", EVERY)
    assert not life.sink.handles & {HANDLES["CSWI1.Pos"], HANDLES["CSWI2.Pos"], HANDLES["PTRC1.Tr"]}
    assert HANDLES["MMXU1.TotW"] in life.sink.handles


def test_a_switch_with_another_control_model_is_shown_and_not_operated() -> None:
    async def scenario(life: Life) -> None:
        refused = await life.operate("CSWI5.Pos", Dbpos.ON)
        assert refused.outcome is Outcome.REFUSED
        assert refused.reason == f"{MUTATIONS['ctlModel'].text}; nothing was sent"
        assert (await life.operate("CSWI2.Pos", Dbpos.OFF)).accepted

    life = lived("ctlModel", EVERY, scenario)
    assert life.texts == [MUTATIONS["ctlModel"].text]
    assert HANDLES["CSWI5.Pos"] in life.sink.handles


def test_a_point_that_the_device_does_not_have_is_told_and_the_others_live() -> None:
    life = lived("", [*EVERY, (Handle(99), spec("GGIO9.Ind1", Cdc.SPS))])
    assert life.sink.handles == set(HANDLES.values())
    assert life.texts == ["data object IED1LD0/GGIO9.Ind1 is present in the SCL, absent in the device"]


def test_points_of_a_report_that_is_missing_are_read() -> None:
    life = lived("report missing", EVERY)
    assert life.texts == [MUTATIONS["report missing"].text]
    assert life.sink.handles == set(HANDLES.values())


def test_a_device_without_setting_groups_has_no_group_and_lives() -> None:
    missing = replace(group_point()[1], reference="IED1LD9/LLN0.SGCB")
    life = lived("", [*points(), (HANDLES["LLN0.ActSG"], missing)])
    assert [each.subject for each in life.sink.differing] == ["setting group control block of IED1LD9"]
    assert life.sink.handles == set(HANDLES.values()) - {HANDLES["LLN0.ActSG"]}


def test_an_scl_that_names_no_control_is_no_reason_to_operate() -> None:
    wrong = spec("LLN0.Loc", points()[0][1].cdc, ControlModel.DIRECT_NORMAL)

    async def scenario(life: Life) -> None:
        refused = await life.operate("LLN0.Loc", Dbpos.ON)
        assert refused.outcome is Outcome.REFUSED
        assert "LLN0.Loc" in refused.reason

    lived("", [*points(), (HANDLES["LLN0.Loc"], wrong)], scenario)


def test_a_reconnection_tells_the_same_at_once() -> None:
    async def whole() -> None:
        old, new, *_ = MUTATIONS["type"]
        async with changed(old, new) as address:
            driver = create(link_to(address), points(), time.time_ns)
            told: list[list[str]] = []
            for _ in range(2):
                sink = Recorder()
                sink.differences = lambda found: told.append([each.text for each in found])  # type: ignore[method-assign]
                task = asyncio.create_task(driver.run(sink))
                before = len(told)
                await until(lambda: len(told) == before + 2, "compared")  # noqa: B023
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            assert told[0] == []
            assert told[1] == told[2] == told[3]
            assert MUTATIONS["type"].text in told[1]

    asyncio.run(whole())
