"""S18: one holder has control; it is asked for, handed over, taken over and kept over restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName
from models.wire.messages import Code
from substation.authority.authority import FREE, Authority, Level, without_control
from substation.authority.holder_watch import HolderWatch
from substation.control.request import Request
from substation.exchange.variables import RefusedError
from tests.substation.placements.people import BO, run, until, write
from tests.substation.unit_bench import Running

C = OriginatorCategory


def unit(made: Running) -> str:
    return made.unit.parts.config.name


@pytest.mark.parametrize(
    ("category", "name", "present", "may"),
    [
        (C.STATION_CONTROL, "Ada", Authority(Level.STATION, "Ada"), True),
        (C.STATION_CONTROL, "Bo", Authority(Level.STATION, "Ada"), False),
        (C.REMOTE_CONTROL, "NCC", Authority(Level.STATION, "Ada"), False),
        (C.REMOTE_CONTROL, "NCC", Authority(Level.REMOTE, "NCC"), True),
        (C.REMOTE_CONTROL, "RCC", Authority(Level.REMOTE, "NCC"), False),
        (C.STATION_CONTROL, "NCC", Authority(Level.REMOTE, "NCC"), False),
        (C.STATION_CONTROL, "Ada", Authority(Level.LOCAL, "Ada"), False),
        (C.AUTOMATIC_STATION, "FDIR", Authority(Level.STATION, "Ada"), True),
        (C.AUTOMATIC_STATION, "FDIR", Authority(Level.LOCAL, "Cy"), False),
        (C.STATION_CONTROL, "Ada", FREE, True),
    ],
)
def test_s18_who_commands_while_somebody_has_control(category: C, name: str, present: Authority, may: bool) -> None:
    assert (without_control(Originator(category, name), present, required=False, of_order=False) == "") is may


def test_s18_where_it_is_required_nobody_commands_before_somebody_has_taken_control() -> None:
    assert "take it first" in without_control(Originator(C.STATION_CONTROL, "Ada"), FREE, True, of_order=False)
    assert without_control(Originator(C.STATION_CONTROL, "Ada"), Authority(Level.STATION, "Bo"), True, True) == ""


def test_s18_control_is_asked_for_handed_over_and_kept(tmp_path: Path) -> None:
    async def first(made: Running) -> None:
        board, name = made.station.people.authority, unit(made)
        assert await write(made, "Authority.Request", name, None) == (Code.OK, "")
        assert (board.present.level, board.present.holder) == (Level.STATION, "Ada")
        assert (await write(made, "Authority.HandOver", name, None))[1].startswith("nobody has asked")
        assert (await write(made, "Authority.Request", name, "night shift", BO))[0] is Code.OK
        assert (board.present.asked_by, board.present.asked_why) == ("Bo", "night shift")
        assert (await write(made, "Authority.HandOver", name, None, BO))[0] is Code.REFUSED
        assert (await write(made, "Authority.Refuse", name, None))[0] is Code.OK
        await write(made, "Authority.Request", name, None, BO)
        assert (await write(made, "Authority.HandOver", name, None))[0] is Code.OK
        assert board.present.holder == "Bo"
        assert any("Ada has handed control over to Bo (station)" in text for text in made.texts())

    async def second(made: Running) -> None:
        name = unit(made)
        assert made.station.people.authority.present.holder == "Bo"
        switch = next(each for each in made.site.network.switches if each.remote)
        request = Request(PointName(switch.id, "CSWI1.Pos"), Dbpos.OFF, Originator(C.STATION_CONTROL, "Ada"))
        assert any("Bo (station) has control" in refusal.text for refusal in made.station.gate.refusals(request))
        with pytest.raises(RefusedError, match="takes why"):
            await write(made, "Authority.TakeOver", name, "")
        assert (await write(made, "Authority.TakeOver", name, "Bo is ill"))[0] is Code.OK
        assert not any("has control" in refusal.text for refusal in made.station.gate.refusals(request))
        with pytest.raises(RefusedError, match="no control centre"):
            await write(made, "Authority.HandOver", name, {"level": "remote", "to": "elsewhere"})
        assert (await write(made, "Authority.HandOver", name, {"level": "remote", "to": "NCC"}))[0] is Code.OK
        assert any("NCC (remote) has control" in refusal.text for refusal in made.station.gate.refusals(request))

    run(tmp_path, first)
    run(tmp_path, second)


def test_s18_control_of_who_has_gone_ends_after_its_time(tmp_path: Path) -> None:
    async def work(made: Running) -> None:
        board = made.station.people.authority
        present = {"Ada"}
        watch = HolderWatch(board, free_after_s=60.0)
        watch.present = lambda: present
        await board.ask("Ada")
        await watch.look(0.0)
        present.clear()
        await watch.look(10.0)
        await watch.look(69.0)
        assert board.present.holder == "Ada"
        await watch.look(70.0)
        assert board.present == FREE
        await board.ask("Ada")
        await board.hand_over("Ada", Level.REMOTE, "NCC")
        await watch.look(100.0)
        await watch.look(300.0)
        assert board.present.holder == "NCC"  # a control centre has no session here

    run(tmp_path, work)


# -- two people

TWO = '[second_operator]\nfor = ["tag removal", "authority take-over"]\nelements = ["*/Q0"]\nwithin_s = 1'


def test_s18_what_takes_two_waits_for_another_person(tmp_path: Path) -> None:
    async def work(made: Running) -> None:
        people, name = made.station.people, unit(made)
        switch = next(each.id for each in made.site.network.switches if each.id.endswith("/Q0") and each.remote)
        alone = Request(PointName(switch, "CSWI1.Pos"), Dbpos.OFF, Originator(C.STATION_CONTROL, "Ada"))
        assert "takes a second operator" in made.station.gate.refusals(alone)[-1].text
        if made.station.gate.lacks_second(alone):
            asked = asyncio.ensure_future(write(made, "CSWI1.Pos.SBOw", switch, 1))
            await until(lambda: bool(people.seconds.waiting))
            number = people.seconds.waiting[0].number
            code, text = await write(made, "SecondOperator.Agree", name, number)
            assert (code, "another person" in text) == (Code.REFUSED, True)
            assert not asked.done()
            assert (await write(made, "SecondOperator.Agree", name, number, BO))[0] is Code.OK
            assert (await asked)[0] is Code.OK
            assert (await write(made, "CSWI1.Pos.Oper", switch, 1))[0] is Code.OK
            assert any("Ada with Bo: open" in text for text in made.texts())
        else:
            raise AssertionError(made.station.gate.refusals(alone))

    run(tmp_path, work, TWO)


def test_s18_without_the_second_word_nothing_happens(tmp_path: Path) -> None:
    async def work(made: Running) -> None:
        people, name = made.station.people, unit(made)
        line = made.site.network.lines[0].id
        assert (await write(made, "Tag.Place", line, "caution"))[0] is Code.OK
        tag = made.station.gate.view().tags[0]
        late = await write(made, "Tag.Remove", line, tag.id)
        assert late == (Code.REFUSED, "S18: no second operator has agreed within 1 s")
        asked = asyncio.ensure_future(write(made, "Tag.Remove", line, tag.id))
        await until(lambda: bool(people.seconds.waiting))
        assert (await write(made, "SecondOperator.Refuse", name, people.seconds.waiting[0].number, BO))[0] is Code.OK
        assert await asked == (Code.REFUSED, "S18: Bo refuses")
        assert made.station.gate.view().tags == (tag,)
        assert people.seconds.waiting == ()
        assert (await write(made, "SecondOperator.Agree", name, 99, BO))[0] is Code.REFUSED

    run(tmp_path, work, TWO)
