"""Where a device is otherwise than the SCL says: alarms, and automation that leaves what it touches alone (S21)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from models.alarm import Severity
from models.difference import Difference
from models.point import Dbpos, PointSpec
from models.scl.findings import Severity as Grade
from substation.control.request import Request
from substation.control.rules.differing import affected
from substation.difference_board import MOST_LINES
from substation.image import Mode
from tests.substation.control.asking import FDIR, PERSON
from tests.substation.control.rules.scenario import Scenario
from tests.substation.control.world import CB1, F1, F2, INTERLOCKING, TIE, World
from tests.substation.unit_bench import Running, running

FEEDER = "OBR1/K1/E01"


def in_unit(folder: Path, scenario: Callable[[Running, PointSpec], Awaitable[None]]) -> None:
    async def main() -> None:
        async with running(folder) as unit:
            register = unit.unit.parts.image.register
            feeder = unit.site.network.feeders[0]
            name = register.position_of(feeder.breaker)
            assert name is not None
            handle = register.handle(name)
            assert handle is not None
            await scenario(unit, register.spec(handle))

    asyncio.run(main())


def difference(spec: PointSpec, **changes: object) -> Difference:
    said = ("ctlModel of it", "4", "1", "load the same SCL in both", "scd.xml", 7, (spec.reference,))
    return replace(Difference(Grade.DANGER, *said), **changes)  # type: ignore[arg-type]


def tell(unit: Running, link: str, *found: Difference) -> None:
    unit.field._listener.differences(link, found)  # noqa: SLF001 - as the front end does


def blocked(unit: Running, spec: PointSpec, automatic: bool = True) -> list[str]:
    who = FDIR if automatic else PERSON
    refusals = unit.station.gate.refusals(Request(spec.name, Dbpos.OFF, who))
    return [each.text for each in refusals if "in the SCL" in each.text]


def test_a_difference_is_an_alarm_and_automation_is_blocked_until_it_is_gone(tmp_path: Path) -> None:
    async def scenario(unit: Running, spec: PointSpec) -> None:
        found = difference(spec)
        tell(unit, spec.link, found)
        lines = [event for _, event in unit.unit.parts.events.newest if event.location == spec.link]
        assert lines[-1].severity is Severity.HIGH
        assert (
            lines[-1].text == "ctlModel of it is 4 in the SCL, 1 in the device (scd.xml:7); load the same SCL in both"
        )
        assert blocked(unit, spec) == [f"automation on {spec.name.location} is blocked: {found.text}"]
        assert blocked(unit, spec, automatic=False) == []
        count = len(unit.texts())
        tell(unit, spec.link, found)
        assert len(unit.texts()) == count  # told once
        tell(unit, spec.link)
        assert unit.texts()[-1] == "as in the SCL again: ctlModel of it"
        assert blocked(unit, spec) == []

    in_unit(tmp_path, scenario)


def test_a_feeder_with_a_difference_is_manual_at_most_and_shown(tmp_path: Path) -> None:
    async def scenario(unit: Running, spec: PointSpec) -> None:
        feeder, modes = unit.site.network.feeders[0].id, unit.station.modes
        await modes.set("", Mode.AUTOMATIC)
        await modes.set(feeder, Mode.AUTOMATIC)
        others = {each: mode for each, mode in modes.effective().items() if each != feeder}
        tell(unit, spec.link, difference(spec))
        assert modes.effective()[feeder] is Mode.MANUAL
        assert {each: mode for each, mode in modes.effective().items() if each != feeder} == others
        await modes.set(feeder, Mode.DISABLED)
        assert modes.effective()[feeder] is Mode.DISABLED

    in_unit(tmp_path, scenario)


def test_what_touches_nothing_blocks_nothing_and_many_lines_are_one(tmp_path: Path) -> None:
    async def scenario(unit: Running, spec: PointSpec) -> None:
        remark = difference(spec, severity=Grade.REMARK)
        other = difference(spec, touches=("IED9LD0/CSWI1.Pos",))
        tell(unit, spec.link, remark, other)
        assert blocked(unit, spec) == []
        many = [difference(spec, subject=f"thing {number}", touches=()) for number in range(100)]
        count = len(unit.texts())
        tell(unit, spec.link, *many)
        lines = unit.texts()[count:]
        assert len(lines) == MOST_LINES + 2
        assert lines[MOST_LINES].startswith(f"{100 - MOST_LINES} more differences between SCL and device")

    in_unit(tmp_path, scenario)


def test_automation_leaves_every_switch_of_an_affected_feeder_alone_s21() -> None:
    differing = affected(INTERLOCKING.grid, {CB1: "it differs"})
    assert F1 in differing
    assert F2 not in differing

    class Differing(Scenario):
        def image(self):  # type: ignore[no-untyped-def]
            return replace(super().image(), differing=differing)

    assert "it differs" in Differing(World()).refused(TIE, Dbpos.OFF, FDIR)["S21"]
    assert "S21" not in Differing(World()).refused(TIE, Dbpos.OFF, PERSON)
    assert "S21" not in Scenario(World()).refused(TIE, Dbpos.OFF, FDIR)
