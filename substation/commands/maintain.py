"""`ringmain maintain URL --key KEY ...`: maintenance of a unit from afar, as a user of the data interface."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from models.wire.cbor import WireValue
from protocols.exchange.client import Client
from substation.commands.unit_user import RefusedByUnitError, add_options, good, unit_of
from substation.maintenance.bundle import open_bundle
from substation.maintenance.errors import BundleError
from substation.maintenance.file_list import BLOCK_OCTETS
from substation.maintenance.upload import MOST_PIECE_OCTETS

WORK_S = 180.0
"""Time for staging and checking, beside the time that the unit may wait until it is idle."""
PIECE_OCTETS = MOST_PIECE_OCTETS // 2
Act = Callable[[Client, argparse.Namespace], Awaitable[str]]


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when the unit has done it; one line with the reason otherwise."""
    given = _parser().parse_args(arguments)
    print(asyncio.run(_maintain(given)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain maintain", description="maintenance of a unit from afar")
    add_options(parser, "an ENGINEER")
    parser.add_argument("--wait", type=float, default=0.0, metavar="S", help="how long the unit waits until it is idle")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("status", help="releases, health, versions, what has happened last")
    commands.add_parser("inventory", help="installed distributions with their versions")
    commands.add_parser("parameters", help="what can be set, with bounds and present value")
    for name, what in (("upload", "bring a bundle to the unit"), ("apply", "bring a bundle and activate it")):
        commands.add_parser(name, help=what).add_argument("bundle", type=Path, metavar="FILE")
    commands.add_parser("rollback", help="return to the previous releases")
    reset = commands.add_parser("reset", help="orderly stop and start")
    reset.add_argument("--settings", choices=("keep", "release"), default="keep", help="release: forget parameters")
    parameter = commands.add_parser("parameter", help="set a parameter")
    parameter.add_argument("name")
    parameter.add_argument("value", type=float)
    return parser


async def _maintain(given: argparse.Namespace) -> str:
    async with unit_of(given, "maintenance") as client:
        return await _ACTS[given.command](client, given)


async def _show(client: Client, variable: str) -> str:
    (instance,) = await client.query(variable, client.unit)
    return json.dumps(instance.value, indent=1)


async def _write(client: Client, variable: str, value: dict[str, WireValue], wait_s: float) -> str:
    answer = await client.write(variable, client.unit, {**value, "wait_s": wait_s}, timeout_s=WORK_S + wait_s)
    return good(answer.code, answer.text)


async def _upload(client: Client, given: argparse.Namespace) -> str:
    file: Path = given.bundle
    manifest = open_bundle(file).manifest
    digest, size = await asyncio.to_thread(_digest, file)
    received = await _piece(client, digest, size, 0, b"")
    with file.open("rb") as stream:
        stream.seek(received)
        while received < size:
            data = stream.read(PIECE_OCTETS)
            if not data:
                raise BundleError(f"{file}: has changed meanwhile; try again")
            received = await _piece(client, digest, size, received, data)
    return f"{manifest} uploaded, {size} octets"


async def _piece(client: Client, digest: bytes, size: int, offset: int, data: bytes) -> int:
    piece: dict[str, WireValue] = {"sha256": digest, "size": size, "offset": offset, "data": data}
    answer = await client.write("Maintenance.Upload", client.unit, piece, timeout_s=WORK_S)
    good(answer.code, answer.text)
    value = answer.instances[0].value if answer.instances else None
    received = value.get("received") if isinstance(value, dict) else None
    if not isinstance(received, int):
        raise RefusedByUnitError("the unit does not say how much has arrived; is it of this version?")
    return received


async def _apply(client: Client, given: argparse.Namespace) -> str:
    await _upload(client, given)
    digest, _ = await asyncio.to_thread(_digest, given.bundle)
    return await _write(client, "Maintenance.Apply", {"sha256": digest}, given.wait)


def _digest(file: Path) -> tuple[bytes, int]:
    digest, size = sha256(), 0
    with file.open("rb") as stream:
        while block := stream.read(BLOCK_OCTETS):
            digest.update(block)
            size += len(block)
    return digest.digest(), size


_ACTS: Mapping[str, Act] = {
    "status": lambda client, given: _show(client, "Maintenance"),
    "inventory": lambda client, given: _show(client, "Maintenance.Inventory"),
    "parameters": lambda client, given: _show(client, "Maintenance.Parameters"),
    "upload": _upload,
    "apply": _apply,
    "rollback": lambda client, given: _write(client, "Maintenance.RollBack", {}, given.wait),
    "reset": lambda client, given: _write(client, "Maintenance.Reset", {"settings": given.settings}, given.wait),
    "parameter": lambda client, given: _write(
        client, "Maintenance.Parameter", {"name": given.name, "value": given.value}, given.wait
    ),
}
