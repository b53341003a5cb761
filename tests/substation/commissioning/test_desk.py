"""Commissioning through the real door: point tests over a restart, commands in test, boards, who may; the command."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from openpyxl import load_workbook

from models.command import Action, AddCause, CommandResult, Outcome
from models.point import Dbpos
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.commands import commission
from substation.commissioning import report
from substation.commissioning.desk import Desk
from substation.commissioning.document import from_plain, to_plain
from substation.commissioning.point_test import PointTest, Verdict
from substation.commissioning.writes import routes
from substation.config import read_unit
from substation.event_list import EventList
from substation.exchange.key_files import write_key_pair
from substation.exchange.variables import Route
from substation.history.store import History
from substation.parts import Parts, Stores
from substation.variables.publication import Publication
from tests.substation.control.bench import Bench, Device, bench
from tests.substation.control.world import NOW_NS, REGISTER, World, pos
from tests.substation.variables.door import OPERATOR, Clients, door

UNIT = 'schema = 1\nunit = {name = "OBR", level = "MVGMU"}\n'
SWITCH = "ST1/K1/E02/Q0"
POINT = f"{SWITCH}/CSWI1.Pos"


@dataclass
class Scene:
    desk: Desk
    made: Bench
    clients: Clients
    told: list[str]

    async def write(self, variable: str, location: str, value: WireValue) -> tuple[Code, str]:
        answer = await self.clients.operator.write(variable, location, value)
        return answer.code, answer.text

    async def whole(self, number: int) -> PointTest:
        (instance,) = await self.clients.operator.query("PointTest.Points", f"OBR/tests/{number}")
        return from_plain(instance.value)

    async def said(self, *arguments: str, folder: Path) -> int:
        """The command line beside the unit; its exit status."""
        key = folder / "ada.pem"
        if not key.exists():
            write_key_pair(OPERATOR, key, folder / "ada.pub")
        url = self.clients.url
        return await asyncio.to_thread(commission.run, [url, "--key", str(key), *arguments])


@asynccontextmanager
async def scene(folder: Path, world: World) -> AsyncIterator[Scene]:
    (folder / "unit.toml").write_text(UNIT, encoding="utf-8")
    clock = lambda: NOW_NS  # noqa: E731
    history = History(folder / "history.sqlite")
    try:
        async with bench(folder, world) as made:
            events = EventList(REGISTER, history, clock)
            told: list[str] = []
            events.subscribe(lambda sequence, event: told.append(event.text))
            publication = Publication("OBR", clock)
            stores = Stores(history, made.database)
            parts = Parts(read_unit(folder / "unit.toml"), stores, events, made.field.image, publication, clock)
            desk = await Desk.open(parts)
            desk.attach(made.gate)
            served = [*routes("OBR", desk, clock), Route("*", "OBR", publication)]
            async with door(folder, served) as clients:
                yield Scene(desk, made, clients, told)
    finally:
        history.close()


def play(folder: Path, work: Callable[[Scene], Awaitable[None]]) -> None:
    async def main() -> None:
        async with scene(folder, World()) as made:
            await work(made)

    asyncio.run(main())


def test_a_point_test_over_a_restart_says_what_was_not_tested(tmp_path: Path) -> None:
    async def begin(made: Scene) -> None:
        assert await made.write("PointTest.Start", SWITCH, None) == (Code.OK, "1")
        again = await made.write("PointTest.Start", SWITCH, None)
        assert again == (Code.REFUSED, f"test 1 of {SWITCH} by Ada goes on; end it first")
        word: dict[str, WireValue] = {"test": 1, "variable": "CSWI1.Pos", "verdict": "seen", "note": "=mechanical"}
        assert (await made.write("PointTest.Say", SWITCH, word))[0] is Code.OK

    async def go_on(made: Scene) -> None:
        test = await made.whole(1)
        (switch,) = [each for each in test.points if each.point == pos(SWITCH)]
        assert (switch.verdict, switch.tester, switch.note) == (Verdict.SEEN, "Ada", "=mechanical")
        assert switch.look is not None
        assert (switch.look.value, switch.look.quality) == ("on", "good")
        assert switch.is_open  # its command has not been tried
        made.made.field.devices[pos(SWITCH)] = Device.STAYS
        tried = await made.write("PointTest.Try", SWITCH, {"test": 1, "variable": "CSWI1.Pos", "value": 1})
        assert tried == (Code.OK, "accepted in test; nothing has moved")
        assert [command.test for command in made.made.field.commands] == [True, True]
        assert (await made.write("PointTest.End", "OBR", 1))[0] is Code.OK
        test = await made.whole(1)
        assert not next(each for each in test.points if each.point == pos(SWITCH)).is_open
        late = await made.write("PointTest.End", "OBR", 1)
        assert late == (Code.REFUSED, "no test number 1 goes on")
        assert any("ended by Ada: 1 seen" in text or "ended by Ada:" in text for text in made.told)
        _reported(test)

    play(tmp_path, begin)
    play(tmp_path, go_on)


def _reported(test: PointTest) -> None:
    assert from_plain(to_plain(test)) == test
    text = report.as_csv(test)
    assert ",'=mechanical," in text  # nothing that a spreadsheet would execute
    assert "1:" not in text.splitlines()[0]
    book = load_workbook(io.BytesIO(report.as_xlsx(test)))
    assert book["points"].max_row == len(test.points) + 1
    assert ("not passed" in text) is bool(test.open_points)


@pytest.mark.parametrize(
    ("variable", "location", "value", "words"),
    [
        ("PointTest.Start", "ST9", None, "ST9 has no points"),
        ("PointTest.Start", "OBR", "no such link", "'no such link' is no link and no location with points"),
        ("PointTest.Say", SWITCH, {"test": 7, "variable": "CSWI1.Pos", "verdict": "seen", "note": ""}, "no test"),
        ("PointTest.Say", SWITCH, {"test": 7, "variable": "CSWI1.Pos", "verdict": "perhaps", "note": ""}, "one of"),
        ("Inhibit.Place", SWITCH, {"kind": "for ever", "reason": "r", "for_s": 1}, "one of"),
        ("Inhibit.Place", SWITCH, 5, "not an object"),
        ("Inhibit.Lift", SWITCH, 9, "no inhibition number 9"),
        ("Substitute.Set", SWITCH, {"variable": "XXXX1.Pos", "value": 1, "reason": "r"}, "no device has the point"),
        ("Substitute.Remove", SWITCH, {"variable": "CSWI1.Pos"}, "is not substituted"),
        ("Substitute.Other", SWITCH, 1, "one of"),
    ],
)
def test_what_makes_no_sense_is_refused(
    tmp_path: Path, variable: str, location: str, value: WireValue, words: str
) -> None:
    async def work(made: Scene) -> None:
        code, text = await made.write(variable, location, value)
        assert code is not Code.OK
        assert words in text

    play(tmp_path, work)


def test_who_may_only_look_changes_nothing(tmp_path: Path) -> None:
    async def work(made: Scene) -> None:
        for variable, value in (
            ("PointTest.Start", None),
            ("Inhibit.Place", {"kind": "suppressed", "reason": "r", "for_s": 60}),
            ("Substitute.Set", {"variable": "CSWI1.Pos", "value": 1, "reason": "r"}),
        ):
            answer = await made.clients.viewer.write(variable, SWITCH, value)  # type: ignore[arg-type]
            assert answer.code is Code.NOT_ALLOWED
        assert (made.desk.tests.all, made.desk.inhibitions.present, made.desk.substitutions.present) == ((), (), ())

    play(tmp_path, work)


def test_a_value_is_substituted_at_the_device_through_the_gate(tmp_path: Path) -> None:
    async def work(made: Scene) -> None:
        value: dict[str, WireValue] = {"variable": "CSWI1.Pos", "value": 1, "reason": "broken", "device": True}
        assert await made.write("Substitute.Set", SWITCH, value) == (Code.OK, "substituted at the device")
        assert await made.write("Substitute.Remove", SWITCH, value) == (
            Code.OK,
            "the device tells the process's value again",
        )
        assert [each.action for each in made.made.field.commands] == [Action.SUBSTITUTE, Action.RESTORE]
        assert made.made.field.commands[0].value is Dbpos.OFF

    play(tmp_path, work)


def test_a_refusing_device_is_told_with_its_cause(tmp_path: Path) -> None:
    async def work(made: Scene) -> None:
        await made.write("PointTest.Start", SWITCH, None)

        async def refuse(command: object) -> CommandResult:
            return CommandResult(Outcome.REFUSED, AddCause.BLOCKED_BY_MODE, "Beh is on")

        made.made.field.carry_out = refuse  # type: ignore[assignment,method-assign]
        code, text = await made.write("PointTest.Try", SWITCH, {"test": 1, "variable": "CSWI1.Pos", "value": 1})
        assert code is Code.REFUSED
        assert "blocked by mode" in text
        assert "Beh is on" in (await made.whole(1)).points[0].command

    play(tmp_path, work)


def test_the_command_line_does_it_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def work(made: Scene) -> None:
        table = tmp_path / "report.csv"
        for arguments in (
            ("start", SWITCH),
            ("say", "1", POINT, "wrong", "--note", "shows the opposite"),
            ("report", "1", "--csv", str(table)),
            ("inhibit", POINT, "--point", "--minutes", "5", "--reason", "work"),
            ("inhibitions",),
            ("lift", "1"),
            ("substitute", POINT, "1", "--reason", "broken"),
            ("substitutions",),
            ("restore", POINT),
            ("tests",),
        ):
            assert await made.said(*arguments, folder=tmp_path) == 0
        assert "shows the opposite" in table.read_text()

    play(tmp_path, work)
    told = capsys.readouterr().out
    for words in (
        "test 1 has begun",
        "not passed",
        f"1: {POINT} suppressed by Ada, work; until",
        f"{POINT} = 1 by Ada: broken",
        f"test 1 of {SWITCH} by Ada: goes on",
    ):
        assert words in told
