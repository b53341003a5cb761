"""What every engine of links must do: the same tests over direct links and over a real NATS server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from models.errors import LinkError
from substation import unit_links
from substation.links import courier, nats_client, nats_engine, upward
from substation.links.engine import NotSentError
from substation.links.parcel_store import waiting_for
from tests.substation.links.family import CHILDREN, Family, family, note, notes, numbers
from tests.substation.links.server import Server

ENGINES = pytest.mark.parametrize("engine", ["direct", "nats"])


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = (
        (upward, {"FIRST_RETRY_S": 0.05, "LAST_RETRY_S": 0.1, "LOOK_S": 0.05}),
        (unit_links, {"ANSWER_S": 1.0}),
        (courier, {"FIRST_RETRY_S": 0.05, "LAST_RETRY_S": 0.1}),
        (nats_engine, {"HERE_S": 0.2, "SILENCE_S": 1.0, "RETRY_S": 0.1, "RECEIPT_S": 2.0, "FETCH_S": 1.0}),
        (nats_client, {"REQUEST_S": 1.0}),
    )
    for module, values in changes:
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)


@asynccontextmanager
async def over(engine: str, folder: Path) -> AsyncIterator[tuple[Family, Server | None]]:
    if engine == "direct":
        async with family(folder) as made:
            yield made, None
        return
    server = Server(folder / "nats")
    async with server, family(folder, f'[links]\nengine = "nats"\nnats = "{server.url}"\n') as made:
        yield made, server


async def start_all(made: Family) -> None:
    for name in ("MV", *CHILDREN):
        await made.start(name)
    await made.linked()


@ENGINES
def test_parcels_both_ways_with_every_child(tmp_path: Path, engine: str) -> None:
    async def main() -> None:
        async with over(engine, tmp_path) as (made, _):
            await start_all(made)
            for child in CHILDREN:
                await made.units[child].links.post.send(*(note("MV", number) for number in range(700)))
                await made.units["MV"].links.post.send(*(note(child, number) for number in range(700)))
            got = await notes(made.units["MV"], 1400)
            for child in CHILDREN:
                assert [body for sender, body in got if sender == child] == numbers(700)
                assert await notes(made.units[child], 700) == [("MV", body) for body in numbers(700)]
            for unit in made.units.values():
                async with asyncio.timeout(20):
                    while await unit.parts.stores.control.run(waiting_for):
                        await asyncio.sleep(0.01)

    asyncio.run(main())


@ENGINES
def test_nothing_is_lost_or_twice_when_either_side_ends_and_comes_back(tmp_path: Path, engine: str) -> None:
    async def main() -> None:
        async with over(engine, tmp_path) as (made, _):
            await start_all(made)
            for turn in range(3):
                first = turn * 100
                await made.units["LV1"].links.post.send(*(note("MV", first + number) for number in range(50)))
                await made.stop("MV")
                await made.units["LV1"].links.post.send(*(note("MV", first + 50 + number) for number in range(50)))
                if turn == 1:
                    await made.stop("LV1")
                    await made.start("LV1")
                await made.start("MV")
                assert await notes(made.units["MV"], first + 100) == [("LV1", body) for body in numbers(first + 100)]

    asyncio.run(main())


@ENGINES
def test_requests_are_answered_in_parts_cancelled_and_cut(tmp_path: Path, engine: str) -> None:
    async def main() -> None:
        async with over(engine, tmp_path) as (made, _):
            await start_all(made)
            closed: list[str] = []

            async def serve(neighbour: str, request: bytes) -> AsyncGenerator[bytes, None]:
                try:
                    for number in range(int(request) or 10**9):
                        yield f"{neighbour} {number}".encode() + bytes(100_000 * (number == 2))
                        if number > 10:
                            await asyncio.sleep(0.001)
                finally:
                    closed.append(neighbour)

            for unit in made.units.values():
                unit.links.post.serve = serve
            for asker, asked in (("LV1", "MV"), ("MV", "LV2")):
                got = [part async for part in made.units[asker].links.post.ask(asked, b"5")]
                assert [part.rstrip(b"\0").decode() for part in got] == [f"{asker} {number}" for number in range(5)]
                assert len(got[2]) > 100_000
                async with aclosing(made.units[asker].links.post.ask(asked, b"0")) as parts:
                    for _ in range(3):
                        await anext(parts)
                async with asyncio.timeout(20):
                    while closed.count(asker) < 2:
                        await asyncio.sleep(0.01)
            async with aclosing(made.units["LV1"].links.post.ask("MV", b"0")) as parts:
                await anext(parts)
                await made.stop("MV")
                with pytest.raises(LinkError):
                    await asyncio.wait_for(exhaust(parts), 20)
            async with asyncio.timeout(20):
                while made.units["LV1"].links.post.up("MV"):
                    await asyncio.sleep(0.01)
            with pytest.raises(NotSentError):
                await anext(made.units["LV1"].links.post.ask("MV", b"5"))

    asyncio.run(main())


async def exhaust(parts: AsyncGenerator[bytes, None]) -> None:
    async for _ in parts:
        pass


@ENGINES
def test_who_is_no_neighbour_gets_no_link(tmp_path: Path, engine: str) -> None:
    async def main() -> None:
        async with over(engine, tmp_path) as (made, _):
            file = tmp_path / "MV" / "unit.toml"
            file.write_text(file.read_text().replace('[[child]]\nname = "LV2"', ""))
            await made.start("MV")
            await made.start("LV1")
            await made.start("LV2")
            async with asyncio.timeout(20):
                while not made.units["MV"].links.post.up("LV1"):
                    await asyncio.sleep(0.01)
            await made.units["LV2"].links.post.send(note("MV", 1))
            await made.units["LV1"].links.post.send(note("MV", 2))
            assert await notes(made.units["MV"], 1) == [("LV1", b"2")]
            assert not made.units["MV"].links.post.up("LV2")

    asyncio.run(main())


def test_a_nats_server_that_is_killed_loses_and_repeats_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with over("nats", tmp_path) as (made, server):
            assert server is not None
            await start_all(made)
            sent = 0
            for _ in range(3):
                for number in range(sent, sent + 40):
                    await made.units["LV1"].links.post.send(note("MV", number))
                await server.kill()
                await made.units["LV1"].links.post.send(*(note("MV", number) for number in range(sent + 40, sent + 60)))
                sent += 60
                await server.start()
            assert await notes(made.units["MV"], sent, 30) == [("LV1", body) for body in numbers(sent)]
            texts = [event.text for _, event in made.units["MV"].parts.events.newest]
            assert any(text.startswith("no link to LV1") for text in texts)

    asyncio.run(main())
