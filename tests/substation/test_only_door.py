"""Walking around the request processor [CP4]: by references, by frames without a login, by rights nobody has."""

from __future__ import annotations

import asyncio
import functools
import gc
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as raw_connect
from websockets.exceptions import ConnectionClosed

from models.wire import messages as m
from models.wire.envelope import Envelope, seal
from models.wire.keys import SigningKey
from protocols.exchange.client import connect
from substation.exchange.access import Identity, Right, Role
from substation.exchange.connection import Connection
from substation.exchange.processor import RequestProcessor
from substation.exchange.variables import RefusedError, Route
from substation.history.store import History
from substation.image import Image
from tests.substation.unit_bench import running

VITO, STRANGER = (SigningKey.from_seed(bytes([number]) * 32) for number in (2, 9))
VIEWER = Identity(VITO.public.key_id, "Vito", Role.VIEWER)
OUR_OWN = ("substation.exchange.", "models.wire.")
"""Modules whose objects serve a connection; everything else that they know is at a seam."""
PLAIN = (dict, list, tuple, set, frozenset, types.CellType, types.MethodType, functools.partial, types.GeneratorType)


def inside(start: object) -> Iterator[object]:
    """Whatever can be reached from an object of a connection, up to the processor and the seams."""
    waiting, seen = [start], {id(start)}
    while waiting:
        item = waiting.pop()
        yield item
        if isinstance(item, RequestProcessor) or not is_ours(item):
            continue
        if isinstance(item, types.FunctionType):
            referents: list[object] = [*(item.__closure__ or ()), *(item.__defaults__ or ())]
        else:
            referents = gc.get_referents(item)
        for each in referents:
            if id(each) not in seen and not isinstance(each, (type, types.ModuleType)):
                seen.add(id(each))
                waiting.append(each)


def is_ours(item: object) -> bool:
    if isinstance(item, types.FunctionType):
        return item.__module__.startswith(OUR_OWN)
    return isinstance(item, PLAIN) or type(item).__module__.startswith(OUR_OWN)


def is_source(item: object) -> bool:
    """A provider of variables, or what they read from."""
    provides = all(callable(getattr(item, name, None)) for name in ("read", "subscribe", "write"))
    ours = type(item).__module__.startswith("substation.")
    return isinstance(item, (Image, History)) or (provides and ours)


def test_nothing_that_serves_connections_knows_a_provider(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as bench:
            unit = bench.unit
            register = unit._register  # noqa: SLF001
            register.enrol(VITO.public, "Vito", Role.VIEWER, unit.parts.clock())
            host, port = await unit.listener.bound()
            async with connect(f"ws://{host}:{port}", VITO) as client:
                await client.event("*", "*")
                # By type(): a weak proxy whose object is gone has no __class__.
                serving = [each for each in gc.get_objects() if issubclass(type(each), Connection)]
                assert serving
                starts = (unit.listener, await unit.listener.door(), *serving)
                seen = [each for start in starts for each in inside(start)]
                assert any(isinstance(each, RequestProcessor) for each in seen)
                assert [each for each in seen if is_source(each)] == []
                processor = next(each for each in seen if isinstance(each, RequestProcessor))
                known = [each for each in gc.get_referents(processor.__dict__) for each in _flat(each)]
                assert any(is_source(each) for each in known)  # else this test would find nothing anywhere

    asyncio.run(main())


def _flat(item: object, depth: int = 3) -> Iterator[object]:
    yield item
    if depth and (isinstance(item, (tuple, list)) or type(item).__module__.startswith("substation.exchange")):
        for each in gc.get_referents(item):
            yield from _flat(each, depth - 1)


def names(route: Route, unit: str) -> tuple[str, str]:
    """A variable and a location that the route serves."""
    return route.variable.replace("*", "TotW"), route.location.replace("*", f"{unit}/x")


async def all_of(socket: ClientConnection) -> None:
    """Until the unit closes: it says why, and no values."""
    async with asyncio.timeout(20):
        while True:
            assert b"instances" not in await socket.recv()


def test_no_route_answers_who_has_not_logged_in(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as bench:
            unit = bench.unit
            host, port = await unit.listener.bound()
            for number, route in enumerate(unit._routes()):  # noqa: SLF001
                variable, location = names(route, unit.parts.config.name)
                key = (VITO, STRANGER)[number % 2]
                for request in (m.Query(1, variable, location), m.Write(1, variable, location, 1)):
                    async with raw_connect(f"ws://{host}:{port}", compression=None, proxy=None) as socket:
                        await socket.recv()
                        now_ns = unit.parts.clock()
                        await socket.send(seal(key, Envelope(b"", 0, now_ns, (request,))))
                        with pytest.raises(ConnectionClosed):
                            await all_of(socket)

    asyncio.run(main())


def test_what_takes_a_right_is_refused_to_who_has_none(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as bench:
            unit = bench.unit
            processor = (await unit.listener.door()).processor
            for route in unit._routes():  # noqa: SLF001
                variable, location = names(route, unit.parts.config.name)
                if route.read is not Right.READ:
                    with pytest.raises(RefusedError, match="no right to"):
                        await processor.query(VIEWER, m.Query(1, variable, location))
                if route.owned is not None:
                    continue  # its owners decide
                if route.write is None or route.write is not Right.READ:
                    with pytest.raises(RefusedError) as refusal:
                        await processor.write(VIEWER, m.Write(2, variable, location, 1))
                    assert refusal.value.code in (m.Code.NOT_ALLOWED, m.Code.UNKNOWN_VARIABLE), route

    asyncio.run(main())
