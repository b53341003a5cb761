"""PostgreSQL dies, or the way to it does: events and documents wait, nothing is lost, the unit goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import StorageError
from models.point import Cdc, Handle
from substation.history.document import Document
from substation.history.postgres_engine import PostgresEngine
from substation.history.store import History
from tests.substation.history.disk import line, sample, until
from tests.substation.history.places import Schema
from tests.substation.history.postgres import Server, binaries


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A server that a test may kill."""
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed (build-aux/postgresql says how)")
    server = Server("shared_buffers=16MB")
    server.start()
    yield server
    server.stop()


def test_a_server_that_is_killed_loses_nothing(mortal: Server, quick: None) -> None:
    async def main() -> None:
        heard: list[str] = []
        history = History(Schema(mortal.url).engine())
        history.on_failure = heard.append
        await history.append([sample(1, number, number) for number in range(100)])
        history.lines()  # a reader's connection, which will be dead afterwards
        mortal.kill()
        waiting = [history.append([sample(1, 100 + number, 100 + number)]) for number in range(3)]
        waiting.append(history.append_documents([Document(Handle(7), b"\x01", 0, 5, 5, "household")]))
        history.record(line("while it is away"))
        await until(lambda: heard)
        assert heard[0].startswith("history cannot be written: ")
        assert heard[0].endswith("; see to the database server")
        assert "\n" not in heard[0]
        with pytest.raises(StorageError, match="see to the database server"):
            await history.ask(history.lines)
        waiting.append(history.append([sample(1, 103, 103)]))
        assert not any(each.done() for each in waiting)
        await asyncio.to_thread(mortal.start)
        await asyncio.wait_for(asyncio.gather(*waiting), 20)
        await until(lambda: heard[-1] == "")
        assert [each.value for each in history.series(Handle(1), Cdc.INS, 0, 2**62)] == list(range(104))
        assert [each.value for each in history.documents(Handle(7), 0, 9)] == [b"\x01"]
        assert [each.text for _, each in history.lines()] == ["while it is away"]
        assert history.newest([(Handle(1), Cdc.INS)])[Handle(1)].value == 103
        history.close()

    asyncio.run(main())


def test_a_connection_that_is_cut_is_made_again(server: Server, quick: None) -> None:
    """While values stream: each is there once."""
    place = Schema(server.url)
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'ringmain' AND pid <> pg_backend_pid()"
    )

    async def main() -> None:
        lost: list[str] = []
        history = History(place.engine())
        history.on_loss = lost.append
        waiting = []
        for number in range(300):
            waiting.append(history.append([sample(1, number, number)]))
            if number % 100 == 50:
                await asyncio.to_thread(place.execute, cut)
            await asyncio.sleep(0.001)
        await asyncio.wait_for(asyncio.gather(*waiting), 20)
        assert [each.value for each in history.series(Handle(1), Cdc.INS, 0, 2**62)] == list(range(300))
        assert lost == []
        history.close()

    asyncio.run(main())


def test_a_commit_of_which_nobody_heard_is_not_repeated(server: Server, quick: None) -> None:
    """The rows are there, the connection broke before the answer came: to write them again changes nothing."""

    async def main() -> None:
        lost: list[str] = []
        history = History(Schema(server.url).engine())
        history.on_loss = lost.append
        write, broken = history._writer.transactions.write, []  # noqa: SLF001

        def committed_but_unheard(*arguments: object) -> list[str]:
            refused = write(*arguments)  # type: ignore[arg-type]
            if not broken:
                broken.append(True)
                raise history.engine.failures[-1]("the connection is lost")
            return refused

        history._writer.transactions.write = committed_but_unheard  # type: ignore[method-assign]  # noqa: SLF001
        document = Document(Handle(7), b"\x01", 0, 5, 5, "household")
        history.record(line("once"))
        await asyncio.gather(history.append([sample(1, 1, 1)]), history.append_documents([document]))
        assert broken
        assert [each.value for each in history.series(Handle(1), Cdc.INS, 0, 2**62)] == [1]
        assert history.documents(Handle(7), 0, 9) == [document]
        assert len(history.lines()) == 1
        assert lost == []
        history.close()

    asyncio.run(main())


def test_no_secret_stands_in_an_error(tmp_path: Path) -> None:
    engine = PostgresEngine("postgresql://ringmain@127.0.0.1:1/history", "MV1", "the secret word")
    with pytest.raises(StorageError, match=r"127\.0\.0\.1:1/history, schema MV1: .*refused") as caught:
        History(engine)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
