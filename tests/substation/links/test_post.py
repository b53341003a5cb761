"""Parcels: nothing lost, nothing twice, in order; whatever breaks, and wherever."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection

from models.errors import LinkError, LocalProtocolError, RingmainError, StorageError
from substation.links import courier
from substation.links.engine import Hears, Parcel
from substation.links.inbox import Effect
from substation.links.parcel_store import Letter, marks, waiting_for
from tests.substation.links.sides import side


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "FIRST_RETRY_S", 0.01)
    monkeypatch.setattr(courier, "LAST_RETRY_S", 0.02)


def note(number: int) -> Letter:
    return Letter("B", "note", str(number).encode())


def bodies(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def test_parcels_arrive_once_and_in_order(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a, side("B", tmp_path / "b", ways) as b:
            await asyncio.gather(*(a.post.send(note(number)) for number in range(300)))
            await a.post.send(*(note(number) for number in range(300, 1300)))
            assert await b.used_through(1300) == bodies(1300)
            while await a.database.run(waiting_for):
                await asyncio.sleep(0.001)

    asyncio.run(main())


def test_they_wait_on_disk_for_a_neighbour_that_is_away(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a:
            await a.post.send(note(0))
        async with side("A", tmp_path / "a", ways) as a:
            await a.post.send(note(1))
            async with side("B", tmp_path / "b", ways) as b:
                assert await b.used_through(2) == bodies(2)

    asyncio.run(main())


def test_what_goes_up_goes_to_the_new_parent_when_a_level_is_put_between(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a:
            letters = [Letter("OLD", "note", body, 1) for body in bodies(3)]
            others = Letter("OLD", "other", b"for OLD alone"), Letter("C", "note", b"")
            await a.post.send(letters[0], *others, *letters[1:])
        async with side("A", tmp_path / "a", ways) as a, side("B", tmp_path / "b", ways) as b:
            for _ in range(2):
                await a.post.redirect(("note",), ("B", "C"), "B")
            assert await b.used_through(3) == bodies(3)
            while "B" in (waiting := await a.database.run(waiting_for)):
                await asyncio.sleep(0.005)
            assert sorted(waiting) == ["C", "OLD"]
            assert a.texts().count("3 parcels that waited for OLD go to B now") == 1

    asyncio.run(main())


@pytest.mark.parametrize("step", [0, 1])
def test_a_link_that_breaks_at_any_step_loses_and_repeats_nothing(tmp_path: Path, step: int) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a, side("B", tmp_path / "b", ways) as b:
            turns = iter(range(1000))

            def breaks(at: int) -> None:
                if at == step and next(turns) % 3 < 2:
                    raise LinkError("cut by the test")

            a.road.breaks = breaks
            for number in range(30):
                await a.post.send(note(number))
            assert await b.used_through(30) == bodies(30)
            while await a.database.run(waiting_for):
                await asyncio.sleep(0.001)
            assert await b.used() == bodies(30)

    asyncio.run(main())


def test_a_disk_that_refuses_keeps_them_with_the_sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a, side("B", tmp_path / "b", ways) as b:
            whole, failures = b.database.run, iter(range(100))

            async def run(work):  # type: ignore[no-untyped-def]
                if next(failures) < 5:
                    raise StorageError("disk full")
                return await whole(work)

            monkeypatch.setattr(b.database, "run", run)
            await a.post.send(*(note(number) for number in range(10)))
            while next(failures) < 5:
                await asyncio.sleep(0.005)
            assert await b.used_through(10) == bodies(10)

    asyncio.run(main())


def test_a_receiver_that_dies_between_effect_and_answer_does_not_use_them_again(tmp_path: Path) -> None:
    """The sender was never told, and the receiver starts from its files."""

    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a:
            async with side("B", tmp_path / "b", ways) as b:

                def breaks(at: int) -> None:
                    if at == 1:
                        raise LinkError("dies")

                a.road.breaks = breaks
                await a.post.send(note(0))
                await b.used_through(1)
            a.road.breaks = lambda _: None
            async with side("B", tmp_path / "b", ways) as b:
                await a.post.send(note(1))
                assert await b.used_through(2) == bodies(2)

    asyncio.run(main())


def test_a_sender_that_has_lost_its_disk_is_heard_again(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("B", tmp_path / "b", ways) as b:
            async with side("A", tmp_path / "a", ways) as a:
                await a.post.send(*(note(number) for number in range(3)))
                await b.used_through(3)
            async with side("A", tmp_path / "new", ways) as a:
                await a.post.send(note(3))
                assert await b.used_through(4) == bodies(4)

    asyncio.run(main())


def test_what_nobody_can_use_holds_up_nothing_and_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a, side("B", tmp_path / "b", ways) as b:

            async def defect(_neighbour: str, _body: bytes) -> Effect:
                raise ZeroDivisionError

            async def bad(_neighbour: str, _body: bytes) -> Effect:
                raise RingmainError("not an order")

            b.post.on("defect", defect)
            b.post.on("bad", bad)
            await a.post.send(*(Letter("B", kind, b"x") for kind in ("defect", "bad", "strange")), note(0))
            assert await b.used_through(1) == bodies(1)
            async with asyncio.timeout(20):
                while not any("no use for parcels" in text for text in b.texts()):
                    await asyncio.sleep(0.005)
            told = "\n".join(b.texts())
            for part in ("'defect' of A is of no use: defect: ZeroDivisionError", "not an order", "no use for parcels"):
                assert part in told
            rows = await b.database.run(lambda c: c.exec_driver_sql("SELECT kind, body FROM link_refused").all())
            assert [tuple(row) for row in rows] == [("defect", b"x"), ("bad", b"x"), ("strange", b"x")]

    asyncio.run(main())


def test_of_values_the_oldest_are_dropped_and_counted_of_orders_none(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways, max_value_octets=10_000) as a:
            for number in range(5):
                await a.post.send(note(number))
            for number in range(200):
                await a.post.send(Letter("B", "note", b"v%03d" % number + bytes(96), values=2))
            assert sum("the oldest are dropped" in text for text in a.texts()) == 1
        async with side("A", tmp_path / "a", ways, max_value_octets=10_000) as a, side("B", tmp_path / "b", ways) as b:
            await b.used_through(6)
            async with asyncio.timeout(20):
                while not any("values for B were dropped" in text for text in a.texts()):
                    await asyncio.sleep(0.005)
            used = await b.used()
            values = [body[:4] for body in used if body.startswith(b"v")]
            assert used[:5] == bodies(5)
            assert values == [b"v%03d" % number for number in range(200 - len(values), 200)]
            assert 50 <= len(values) <= 100
            assert f"{2 * (200 - len(values))} values for B were dropped: too many waited" in a.texts()

    asyncio.run(main())


def test_an_answer_leaves_with_its_effect(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a, side("B", tmp_path / "b", ways) as b:

            async def echo(neighbour: str, body: bytes) -> Effect:
                return Effect(letters=(Letter(neighbour, "note", body),))

            b.post.on("echo", echo)
            await a.post.send(*(Letter("B", "echo", body) for body in bodies(20)))
            assert await a.used_through(20) == bodies(20)

    asyncio.run(main())


def test_sending_and_doing_are_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with side("A", tmp_path / "a", {}) as a:

            def fails(connection: Connection) -> None:
                connection.exec_driver_sql("INSERT INTO no_such_table VALUES (1)")

            with pytest.raises(StorageError):
                await a.post.send(note(1), within=fails)
            assert await a.database.run(waiting_for) == []
            with pytest.raises(LocalProtocolError, match="divide it"):
                await a.post.send(Letter("B", "note", bytes(200_000)))

    asyncio.run(main())


def test_numbers_that_have_passed_are_void(tmp_path: Path) -> None:
    """A batch that was recorded and is played again changes nothing."""

    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("B", tmp_path / "b", ways) as b:
            old = [Parcel(5, "note", b"0"), Parcel(6, "note", b"1")]
            for parcels in (old, old, [*old, Parcel(9, "note", b"2")], old):
                await ways["B"].parcels("A", parcels)
            assert await b.used() == bodies(3)
            assert await b.database.run(marks) == {"A": 9}

    asyncio.run(main())


def test_links_come_and_go_with_a_line_each(tmp_path: Path) -> None:
    async def main() -> None:
        ways: dict[str, Hears] = {}
        async with side("A", tmp_path / "a", ways) as a:
            changes: list[tuple[str, bool]] = []
            a.post.changed = lambda neighbour, up: changes.append((neighbour, up))
            while "A" not in ways:
                await asyncio.sleep(0)
            for up in (True, True, False, False, True):
                ways["A"].link("B", up, "cut")
            assert a.post.up("B")
            assert not a.post.up("C")
            assert changes[0] == ("B", True)
            lines = [text for text in a.texts() if "B" in text]
            assert lines == ["link to B is up", "no link to B: cut; what is meant for it waits", "link to B is up"]

    asyncio.run(main())
