"""Automation that must not restore supply without a control centre: isolation is finished, then the order waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.config import read_toml
from models.errors import ConfigError
from models.switching import OrderState, StepState
from substation.control.centre_hold import CentreHold, read_centre_hold
from substation.control.standing import WaitingSettings
from tests.substation.control.bench import PERSON, Bench, bench
from tests.substation.control.test_executor import carry_out
from tests.substation.control.world import CB1, F1, F2, ISOLATING, order, tripped

CENTRES = CentreHold(("north", "south"))
ISOLATED = [F1, F2, *ISOLATING]


def run(directory: Path, work: Callable[[Bench, dict[str, bool]], Awaitable[None]]) -> None:
    async def main() -> None:
        async with bench(directory, tripped()) as made:
            connected = {"north": False, "south": True}
            made.executor.absent = lambda: CENTRES.absent(lambda: connected)
            await work(made, connected)
            assert made.field.flaws == []
            assert made.leases.held == {}

    asyncio.run(main())


def lost_while_isolating(made: Bench, connected: dict[str, bool]) -> None:
    def before(_command: object) -> None:
        if made.field.operated()[-1:] == [ISOLATING[0]]:
            connected["south"] = False

    made.field.before = before


async def held(made: Bench) -> None:
    async with asyncio.timeout(20):
        while "FDIR-1 waits before its next step" not in made.texts():
            await asyncio.sleep(0.002)
    assert made.field.operated() == ISOLATED
    assert "absence of control centre north and south" in made.texts()


def test_it_goes_on_when_a_control_centre_is_back(tmp_path: Path) -> None:
    async def work(made: Bench, connected: dict[str, bool]) -> None:
        lost_while_isolating(made, connected)
        task = asyncio.ensure_future(carry_out(made))
        await held(made)
        connected["north"] = True
        made.field.before = lambda _: None
        made.desk.pauses.wake("FDIR-1")
        done = await task
        assert done.state is OrderState.COMPLETED
        assert "FDIR-1 goes on: a control centre is connected again" in made.texts()

    run(tmp_path, work)


def test_a_person_at_the_unit_has_it_go_on(tmp_path: Path) -> None:
    async def work(made: Bench, connected: dict[str, bool]) -> None:
        lost_while_isolating(made, connected)
        task = asyncio.ensure_future(carry_out(made))
        await held(made)
        assert await made.desk.resume("FDIR-1", PERSON) == ""
        assert (await task).state is OrderState.COMPLETED
        assert "FDIR-1 goes on: a person has said so" in made.texts()

    run(tmp_path, work)


def test_it_is_handed_over_after_the_longest_pause(tmp_path: Path) -> None:
    async def work(made: Bench, connected: dict[str, bool]) -> None:
        made.executor.waiting_settings = WaitingSettings(longest_pause_s=0.01, alarm_after_s=100.0)
        lost_while_isolating(made, connected)
        done = await carry_out(made)
        assert done.state is OrderState.BLOCKED
        assert "paused by the absence of control centre north and south" in done.reason
        assert "what is fed stays fed" in done.reason
        assert CB1 not in made.field.operated()

    run(tmp_path, work)


def test_what_a_person_has_approved_needs_nobody_else(tmp_path: Path) -> None:
    async def work(made: Bench, connected: dict[str, bool]) -> None:
        connected["south"] = False
        wanted = order()
        assert await made.desk.propose(wanted) == ""
        assert await made.desk.approve(wanted.id, wanted.revision, PERSON) == ""
        done = await made.executor.run(await made.desk.next_approved())
        assert done.state is OrderState.COMPLETED
        assert all(step.state is StepState.CONFIRMED for step in done.steps)

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("text", "known", "centres"),
    [
        ("", ["a"], ()),
        ('without_control_centre = "go on"', ["a"], ()),
        ('without_control_centre = "hold"', ["a", "b"], ("a", "b")),
        ('without_control_centre = "hold"\ncontrol_centres = ["b"]', ["a", "b"], ("b",)),
    ],
)
def test_settings(text: str, known: list[str], centres: tuple[str, ...]) -> None:
    found = read_centre_hold(read_toml(f"schema = 1\n[fdir]\n{text}\n", "unit.toml").table("fdir"), known)
    assert found.centres == centres
    assert found.absent(lambda: dict.fromkeys(known, True)) == ""
    assert bool(found.absent(dict)) is bool(centres)


@pytest.mark.parametrize(
    ("text", "known", "words"),
    [
        ('without_control_centre = "stop"', ["a"], "one of 'go on', 'hold'"),
        ('without_control_centre = "hold"', [], "there is no control centre to wait for"),
        ('without_control_centre = "hold"\ncontrol_centres = ["x"]', ["a"], "names 'x'"),
        ('control_centres = ["a"]', ["a"], "without without_control_centre"),
    ],
)
def test_wrong_settings_are_refused_with_their_line(text: str, known: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match="unit.toml:[34]: ") as caught:
        read_centre_hold(read_toml(f"schema = 1\n[fdir]\n{text}\n", "unit.toml").table("fdir"), known)
    assert words in str(caught.value)
