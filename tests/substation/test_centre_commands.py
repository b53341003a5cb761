"""What control centres command of a whole unit: steps, set-points, rights, refusals that come at once (S18, S19)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from hmi.regulated import regulated_from
from models.command import Action, Command, CommandResult, Outcome
from models.errors import ConfigError
from models.point import Dbpos, PointName
from protocols.exchange.client import connect
from substation.audit.record import COMMAND
from substation.config import read_unit
from substation.exchange.access import Role
from tests.peers.iec104 import Iec104Peer, control_centre
from tests.substation.commands.small_site import change, small_site
from tests.substation.stakeholders.guard import OLGA
from tests.substation.unit_bench import Running, running

CENTRES = """[[control_centre]]
name = "NCC"
port = 0
command_window_s = 5

[[control_centre]]
name = "Watch"
port = 0
commands = false

[[control_centre]]
name = "DSO"
port = 0
commands = ["*/DWMX1.WLimSpt"]
"""
TAP = PointName("ST3/T1", "YLTC1.TapChg")
LIMIT = PointName("ST3/K1/G1", "DWMX1.WLimSpt")
BREAKER = PointName("OBR1/K1/E03/Q0", "CSWI1.Pos")
SWITCH = PointName("ST7/K1/E02/Q0", "CSWI1.Pos")
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}
ENDED = {"cause": "ACTIVATION_TERMINATION", "negative": False}
FAILED = {"cause": "ACTIVATION_TERMINATION", "negative": True}
AT_ONCE_S = 1.0

Work = Callable[[Running], Awaitable[None]]


def site(folder: Path) -> Path:
    file = small_site(folder)
    change(file, '[[control_centre]]\nname = "NCC"\nport = 0\n', CENTRES)
    change(file, "[fdir]\n", "[control]\nregulation_s = 0.3\n\n[fdir]\n")
    return file


def run(folder: Path, work: Work) -> None:
    async def main() -> None:
        site(folder)
        async with running(folder) as unit:
            await work(unit)

    asyncio.run(main())


def centre(unit: Running, name: str) -> tuple[str, int]:
    return "127.0.0.1", unit.station.northbound.ports[name]


def order(unit: Running, name: PointName, kind: str, value: object, **others: object) -> dict[str, Any]:
    spec = next(spec for spec in unit.site.points if spec.name == name)
    assert spec.command is not None
    address = {"station": spec.command.common_address, "address": spec.command.object_address}
    return {**address, "kind": kind, "value": value, **others}


async def refused_at_once(unit: Running, peer: Iec104Peer, wanted: dict[str, Any], *words: str) -> None:
    """A negative confirmation within a second, one line in the event list, nothing on its way to the field."""
    sent, known = len(unit.field.commands), set(unit.texts())
    async with asyncio.timeout(AT_ONCE_S):
        assert await peer.order("order", wanted) == REFUSED
    assert len(unit.field.commands) == sent
    told = [text for text in unit.texts() if " refused: " in text and text not in known]
    assert len(told) == 1, told
    assert all(word in told[0] for word in (*words, "originator address 3")), told


def test_a_step_goes_through_the_gate_to_the_rtu_and_is_confirmed_by_the_position(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        async with control_centre(*centre(unit, "NCC")) as peer:
            assert await peer.order("order", order(unit, TAP, "step", 2, qualifier=1, originator=7)) == CONFIRMED
            assert await peer.order("termination", 5.0) == ENDED
            assert await peer.order("order", order(unit, TAP, "step", 1)) == CONFIRMED
            assert await peer.order("termination", 5.0) == ENDED
        assert [(each.action, each.value, each.qualifier) for each in unit.field.commands] == [
            (Action.OPERATE, Dbpos.ON, 1), (Action.OPERATE, Dbpos.OFF, 0),
        ]  # fmt: skip
        [text] = [text for text in unit.texts() if text.startswith("NCC: raise ST3/T1/YLTC1.TapChg confirmed")]
        assert "originator address 7, short pulse" in text
        await unit.unit.security.audit.flush()
        first, *_ = [each for each in unit.unit.security.audit.newest if each.kind == COMMAND]
        assert first.text("who") == "NCC (remote control)"
        assert "originator address 7, short pulse" in repr(first)

    run(tmp_path, work)


def test_s18_each_control_centre_commands_what_its_settings_say(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        limit = order(unit, LIMIT, "floating", 120_000.0)
        async with control_centre(*centre(unit, "Watch")) as peer:
            await refused_at_once(unit, peer, limit, "S18", "control centre Watch may command nothing", str(LIMIT))
            away = order(unit, SWITCH, "double", 1, select=True)
            await refused_at_once(unit, peer, away, "S18", SWITCH.location)
        async with control_centre(*centre(unit, "DSO")) as peer:
            await refused_at_once(unit, peer, order(unit, TAP, "step", 2), "S18", "only */DWMX1.WLimSpt", str(TAP))
            assert await peer.order("order", limit) == CONFIRMED
            assert await peer.order("termination", 5.0) == ENDED
        assert [each.value for each in unit.field.commands] == [120_000.0]

    run(tmp_path, work)


def test_refusals_come_at_once_and_say_why(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        station = unit.station
        leases = station.gate._leases  # noqa: SLF001
        async with control_centre(*centre(unit, "NCC")) as peer:
            step = order(unit, TAP, "step", 2)
            await refused_at_once(
                unit, peer, order(unit, LIMIT, "floating", 1e9), "S16", "DWMX1.WLimSpt", "outside 0 to"
            )
            assert leases.acquire("FDIR-1", ["OBR1/K1/E03"]) is None
            await refused_at_once(unit, peer, step, "S19", "running order FDIR-1", str(TAP))
            leases.release("FDIR-1")
            station.gate.held = "the unit is about to restart"
            await refused_at_once(unit, peer, step, "S22", "about to restart", str(TAP))
            station.gate.held = ""
            await unit.field.tell(PointName("ST3", "LLN0.Loc"), True)
            await refused_at_once(unit, peer, step, "S18", "local control", str(TAP))
            await unit.field.tell(PointName("ST3", "LLN0.Loc"), False)
            unit.field.lose("ST3")
            await refused_at_once(unit, peer, step, "link ST3 is down: cut by the test", str(TAP))
            opening = order(unit, BREAKER, "double", 1, select=True, qualifier=1)
            assert await peer.order("order", opening) == REFUSED  # an IED's pulses are its own matter
            assert any(f"({BREAKER}) refused: the object does not take qualifier 1" in text for text in unit.texts())
            late = order(unit, BREAKER, "double", 1, select=True, time_ms=time.time_ns() // 1_000_000 - 6_000)
            assert await peer.order("order", late) == REFUSED
            assert any(f"({BREAKER}) refused: the time tag is 6." in text for text in unit.texts())
        assert unit.field.commands == []

    run(tmp_path, work)


def test_in_test_the_rules_answer_and_nothing_moves(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        async with control_centre(*centre(unit, "NCC")) as peer:
            for select in (True, False):
                opening = order(unit, BREAKER, "double", 1, select=select, test=True)
                assert await peer.order("order", opening) == CONFIRMED
            assert await peer.order("termination", 5.0) == ENDED
            assert await peer.order("order", order(unit, TAP, "step", 2, test=True)) == CONFIRMED
            await unit.field.tell(PointName("ST3", "LLN0.Loc"), True)
            assert await peer.order("order", order(unit, TAP, "step", 2, test=True)) == REFUSED
        assert unit.field.commands == []
        assert any("in test, so nothing has moved" in text for text in unit.texts())

    run(tmp_path, work)


def test_s21_a_step_that_does_not_show_ends_negatively_and_stays_unresolved(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        async def silent(command: Command) -> CommandResult:
            return CommandResult(Outcome.ACCEPTED)

        unit.field.execute = silent  # type: ignore[method-assign]
        async with control_centre(*centre(unit, "NCC")) as peer:
            assert await peer.order("order", order(unit, TAP, "step", 2)) == CONFIRMED
            assert await peer.order("order", order(unit, TAP, "step", 2)) == REFUSED  # still in execution
            assert await peer.order("termination", 5.0) == FAILED
        [intent] = unit.station.open_commands
        assert str(intent) == f"raise {TAP} by NCC (number {intent.number})"

    run(tmp_path, work)


def test_people_regulate_through_the_data_interface(tmp_path: Path) -> None:
    async def work(unit: Running) -> None:
        unit.unit.security.gatekeeper.register.enrol(OLGA.public, "Olga", Role.OPERATOR, time.time_ns())
        host, port = await unit.unit.listener.bound()
        async with connect(f"ws://{host}:{port}", OLGA) as olga:
            [model] = await olga.query("Model", "OBR")
            told = regulated_from(model.value)  # as the window reads it
            assert (told[TAP].steps, told[TAP].whole, told[TAP].range_text) == (True, True, "not known")
            assert (told[LIMIT].steps, told[LIMIT].whole, told[LIMIT].unit) == (False, False, "W")
            largest = told[LIMIT].greatest
            assert largest is not None
            assert (await olga.write(f"{LIMIT.variable}.Oper", LIMIT.location, largest + 1)).code.value == "refused"
            stepped = await olga.write(f"{TAP.variable}.Oper", TAP.location, 2)
            assert (stepped.code.value, stepped.text) == ("ok", "feedback confirmed: 2")
            given = await olga.write(f"{LIMIT.variable}.Oper", LIMIT.location, 90_000.0)
            assert (given.code.value, given.text) == ("ok", "feedback confirmed: 90000.0")
            wrong: list[tuple[PointName, object]] = [(TAP, 3), (TAP, True), (TAP, 1.0), (LIMIT, True), (LIMIT, "much")]
            for name, value in wrong:
                answer = await olga.write(f"{name.variable}.Oper", name.location, value)  # type: ignore[arg-type]
                assert answer.code.value == "bad request", (name, value, answer)
            much = await olga.write(f"{LIMIT.variable}.Oper", LIMIT.location, 9e9)
            assert much.code.value == "refused"
            assert "S16" in much.text
        assert [each.value for each in unit.field.commands] == [Dbpos.ON, 90_000.0]

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("wrong", "words"), [('commands = ["CSWI1.Pos"]', "fits no point"), ("commands = 3", "commands"),
                         ("command_window_s = 0", "command_window_s")],
)  # fmt: skip
def test_settings_are_read_strictly(tmp_path: Path, wrong: str, words: str) -> None:
    file = small_site(tmp_path)
    assert change(file, 'name = "NCC"\n', f'name = "NCC"\n{wrong}\n') > 1
    with pytest.raises(ConfigError, match=words):
        read_unit(file)
