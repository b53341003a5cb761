"""One periodic subscription per stakeholder, service, variable and location, over all connections."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from protocols.exchange.client import RequestError, connect
from substation.exchange.door import Limits
from tests.substation.exchange.board import OPERATOR, VIEWER, Site, power, site, until


def test_another_connection_of_the_same_stakeholder_and_service_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit:
            unit.board.put(power(1))
            async with (
                connect(unit.url, VIEWER, service="hmi") as one,
                connect(unit.url, VIEWER, service="hmi") as two,
                connect(unit.url, VIEWER, service="billing") as other_service,
                connect(unit.url, OPERATOR, service="hmi") as other_stakeholder,
            ):
                first = await one.periodic("MMXU1.TotW", "ST1/*", 100)
                with pytest.raises(RequestError, match="another connection of Vito .* unsubscribe it first"):
                    await two.periodic("MMXU1.TotW", "ST1/*", 200)
                for client in (other_service, other_stakeholder):
                    await client.periodic("MMXU1.TotW", "ST1/*", 100)
                await two.periodic("MMXU1.TotW", "ST2/*", 100)
                for _ in range(3):
                    await two.event("MMXU1.TotW", "ST1/*")  # of events there may be many
                await first.close()
                again = await two.periodic("MMXU1.TotW", "ST1/*", 100)
                assert (await anext(again)).instances == (power(1),)

    asyncio.run(run())


def test_the_end_of_a_connection_frees_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit:
            async with connect(unit.url, VIEWER) as one:
                await one.periodic("MMXU1.TotW", "*", 100)
            async with connect(unit.url, VIEWER) as two:
                await two.periodic("MMXU1.TotW", "*", 100)

    asyncio.run(run())


def test_a_link_that_broke_without_a_word_does_not_keep_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(ping_s=0.2)) as unit:
            unit.board.put(power(1))
            async with connect(unit.url, VIEWER) as dead, connect(unit.url, VIEWER) as alive:
                await dead.periodic("MMXU1.TotW", "*", 100)
                dead._runner.cancel()  # type: ignore[union-attr]  # noqa: SLF001
                await until(lambda: len(unit.listener._connections) == 1)  # noqa: SLF001
                await alive.periodic("MMXU1.TotW", "*", 100)

    asyncio.run(run())


def test_a_silent_holder_is_asked_and_ended(tmp_path: Path) -> None:
    """The socket stays open, but nobody answers the ping."""

    async def run() -> None:
        async with (
            site(tmp_path, Limits(ping_s=0.1)) as unit,
            connect(unit.url, VIEWER) as one,
            connect(unit.url, VIEWER) as two,
        ):
            await one.periodic("MMXU1.TotW", "*", 60_000)
            (holder,) = unit.listener._connections - {_last(unit)}  # noqa: SLF001
            socket = holder._socket  # noqa: SLF001
            socket.transport.pause_reading()  # as if the network had swallowed the pong
            await two.periodic("MMXU1.TotW", "*", 100)
            assert socket.transport.is_closing()

    asyncio.run(run())


def _last(unit: Site) -> object:
    connections = unit.listener._connections  # noqa: SLF001
    return max(connections, key=lambda each: each._socket.remote_address[1])  # noqa: SLF001
