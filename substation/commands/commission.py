"""`ringmain commission URL --key KEY ...`: commissioning of a running unit, as a user of its data interface.

Point-to-point tests with their report, commands in test, inhibited alarms, substituted values. The unit keeps all of it
on disk and audits it under the name of the key.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from models.point import PointName
from models.wire.cbor import WireValue
from protocols.exchange.client import Client
from substation.commands.unit_user import RefusedByUnitError, add_options, good, unit_of
from substation.commissioning import report
from substation.commissioning.document import from_plain
from substation.commissioning.inhibition import InhibitKind
from substation.commissioning.point_test import PointTest

WORK_S = 120.0
"""A command in test waits for the device."""
VERDICTS = ("seen", "not-seen", "wrong", "not-tested")
Act = Callable[[Client, argparse.Namespace], Awaitable[str]]


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when the unit has done it; one line with the reason otherwise."""
    given = _parser().parse_args(arguments)
    print(asyncio.run(_commission(given)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain commission", description="commissioning of a running unit")
    add_options(parser, "an OPERATOR")
    commands = parser.add_subparsers(dest="command", required=True)
    _test_commands(commands)
    _board_commands(commands)
    return parser


def _test_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser("tests", help="point-to-point tests, with what is still open")
    start = commands.add_parser("start", help="begin a point-to-point test")
    start.add_argument("place", metavar="PLACE", help="a location; with --link the name of a link")
    start.add_argument("--link", action="store_true", help="test every point of this link")
    say = commands.add_parser("say", help="the tester's word for a point")
    _test_and_point(say)
    say.add_argument("verdict", choices=VERDICTS)
    say.add_argument("--note", default="", metavar="TEXT")
    attempt = commands.add_parser("try", help="a command in test: the device checks it and moves nothing")
    _test_and_point(attempt)
    attempt.add_argument("value", metavar="VALUE", help="1 open/lower, 2 close/higher, true, false, or a number")
    for name, what in (("end", "no word is taken any more"), ("report", "what was seen, and what was not tested")):
        command = commands.add_parser(name, help=what)
        command.add_argument("test", type=int, metavar="TEST")
    command.add_argument("--csv", type=Path, metavar="FILE")
    command.add_argument("--xlsx", type=Path, metavar="FILE")


def _board_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    commands.add_parser("inhibitions", help="alarms that are inhibited, by whom, why, until when")
    inhibit = commands.add_parser("inhibit", help="keep alarms of a place or a point quiet for a time")
    inhibit.add_argument("place", metavar="PLACE", help="a location with all below it, or a point with --point")
    inhibit.add_argument("--point", action="store_true", help="PLACE is one point: LOCATION/LN.DO")
    inhibit.add_argument("--minutes", type=float, required=True)
    inhibit.add_argument("--reason", required=True)
    inhibit.add_argument("--out-of-service", action="store_true", help="the equipment is out of service")
    lift = commands.add_parser("lift", help="alarms come again")
    lift.add_argument("number", type=int, metavar="NUMBER")
    commands.add_parser("substitutions", help="values that people have set in place of the field's")
    substitute = commands.add_parser("substitute", help="show a value in place of the field's")
    substitute.add_argument("point", metavar="POINT")
    substitute.add_argument("value", metavar="VALUE", help="in the unit of the point; of a position 1 open, 2 closed")
    substitute.add_argument("--reason", required=True)
    restore = commands.add_parser("restore", help="the field's own value again")
    restore.add_argument("point", metavar="POINT")
    for each in (substitute, restore):
        each.add_argument("--device", action="store_true", help="in the device itself, for all who read it")


def _test_and_point(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("test", type=int, metavar="TEST")
    parser.add_argument("point", metavar="POINT", help="LOCATION/LN.DO")


async def _commission(given: argparse.Namespace) -> str:
    async with unit_of(given, "commissioning") as client:
        return await _ACTS[given.command](client, given)


async def _write(client: Client, variable: str, location: str, value: WireValue, done: str) -> str:
    answer = await client.write(variable, location, value, timeout_s=WORK_S)
    return good(answer.code, answer.text) or done


async def _tests(client: Client, given: argparse.Namespace) -> str:
    lines = []
    for instance in await client.query("PointTests", client.unit):
        told = _texts(instance.value)
        state = "goes on" if told["ended_ns"] == "None" else "ended"
        lines.append(f"test {told['id']} of {told['scope']} by {told['holder']}: {state}, {told['open']} open")
    return "\n".join(lines) or "no point-to-point test"


def _texts(value: WireValue) -> dict[str, str]:
    return {name: str(item) for name, item in value.items()} if isinstance(value, dict) else {}


async def _start(client: Client, given: argparse.Namespace) -> str:
    location, value = (client.unit, given.place) if given.link else (given.place, None)
    return f"test {await _write(client, 'PointTest.Start', location, value, '')} has begun"


async def _say(client: Client, given: argparse.Namespace) -> str:
    point = _point(given.point)
    value: dict[str, WireValue] = {
        "test": given.test,
        "variable": point.variable,
        "verdict": given.verdict.replace("-", " "),
        "note": given.note,
    }
    return await _write(client, "PointTest.Say", point.location, value, "kept")


async def _try(client: Client, given: argparse.Namespace) -> str:
    point = _point(given.point)
    value: dict[str, WireValue] = {"test": given.test, "variable": point.variable, "value": _value(given.value)}
    return await _write(client, "PointTest.Try", point.location, value, "done")


async def _end(client: Client, given: argparse.Namespace) -> str:
    return await _write(client, "PointTest.End", client.unit, given.test, f"test {given.test} has ended")


async def _report(client: Client, given: argparse.Namespace) -> str:
    (instance,) = await client.query("PointTest.Points", f"{client.unit}/tests/{given.test}")
    test = from_plain(instance.value)
    for file, made in ((given.csv, _csv), (given.xlsx, report.as_xlsx)):
        if file is not None:
            report.write(file, made(test))
    return "\n".join(report.heading(test))


def _csv(test: PointTest) -> bytes:
    return report.as_csv(test).encode()


async def _listed(client: Client, variable: str, name: str) -> list[dict[str, str]]:
    (instance,) = await client.query(variable, client.unit)
    rows = instance.value.get(name) if isinstance(instance.value, dict) else None
    return [_texts(row) for row in rows] if isinstance(rows, list) else []


async def _inhibitions(client: Client, given: argparse.Namespace) -> str:
    rows = await _listed(client, "Inhibitions", "inhibitions")
    lines = [
        f"{row['id']}: {row['place']} {row['kind']} by {row['holder']}, {row['reason']}; "
        f"until {report.moment(int(row['until_ns']))} UTC"
        for row in rows
    ]
    return "\n".join(lines) or "no alarm is inhibited"


async def _inhibit(client: Client, given: argparse.Namespace) -> str:
    kind = InhibitKind.OUT_OF_SERVICE if given.out_of_service else InhibitKind.SUPPRESSED
    value: dict[str, WireValue] = {"kind": kind.value, "reason": given.reason, "for_s": given.minutes * 60.0}
    location = given.place
    if given.point:
        location, value["variable"] = _point(given.place)
    return await _write(client, "Inhibit.Place", location, value, f"alarms of {given.place} are {kind.value}")


async def _lift(client: Client, given: argparse.Namespace) -> str:
    rows = await _listed(client, "Inhibitions", "inhibitions")
    place = next((row["place"] for row in rows if row["id"] == str(given.number)), None)
    if place is None:
        raise RefusedByUnitError(f"no inhibition has the number {given.number}; `inhibitions` lists them")
    last = place.rpartition("/")[2]
    location = place.rpartition("/")[0] if "." in last else place
    return await _write(client, "Inhibit.Lift", location, given.number, f"alarms of {place} are back")


async def _substitutions(client: Client, given: argparse.Namespace) -> str:
    rows = await _listed(client, "Substitutions", "substitutions")
    lines = [
        f"{row['location']}/{row['variable']} = {row['value']} by {row['holder']}: {row['reason']}" for row in rows
    ]
    return "\n".join(lines) or "no value is substituted at the unit"


async def _substitute(client: Client, given: argparse.Namespace) -> str:
    point = _point(given.point)
    value: dict[str, WireValue] = {
        "variable": point.variable,
        "value": _value(given.value),
        "reason": given.reason,
        "device": given.device,
    }
    return await _write(client, "Substitute.Set", point.location, value, f"{point} is substituted")


async def _restore(client: Client, given: argparse.Namespace) -> str:
    point = _point(given.point)
    value: dict[str, WireValue] = {"variable": point.variable, "device": given.device}
    return await _write(client, "Substitute.Remove", point.location, value, f"{point} is the field's again")


def _point(text: str) -> PointName:
    try:
        return PointName.parse(text)
    except ValueError as error:
        raise RefusedByUnitError(str(error)) from error


def _value(text: str) -> WireValue:
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise RefusedByUnitError(f"'{text}' is no value: write a number, true or false") from None


_ACTS: Mapping[str, Act] = {
    "tests": _tests,
    "start": _start,
    "say": _say,
    "try": _try,
    "end": _end,
    "report": _report,
    "inhibitions": _inhibitions,
    "inhibit": _inhibit,
    "lift": _lift,
    "substitutions": _substitutions,
    "substitute": _substitute,
    "restore": _restore,
}
