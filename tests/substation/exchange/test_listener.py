"""The data interface over real sockets: requests, rights, refusals, limits, reconnection."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from websockets.asyncio.client import connect as raw_connect

from models.errors import LinkError
from models.policy import Access, Grant, Policy
from models.wire import messages as m
from models.wire.condition_grammar import ConditionError
from models.wire.instance import Instance
from models.wire.instant import Instant
from models.wire.keys import SigningKey
from models.wire.session import ClientSession
from protocols.exchange.client import RequestError, connect
from substation.exchange.door import Limits
from tests.substation.exchange.board import OPERATOR, SECURITY, VIEWER, power, site, until

Q0 = "ST103/K1/E01/Q0"


def test_query_filters_aggregates_and_comes_in_parts(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, VIEWER, unit_key=unit.key.public) as client:
            for index in range(2500):
                unit.board.put(power(index, float(index), quality=index % 2))
            assert client.unit == "OBR"
            assert client.welcome is not None
            assert client.welcome.rights == ("read",)
            everything = await client.query("MMXU1.TotW", "*")
            assert everything == [power(index, float(index), index % 2) for index in range(2500)]
            good = await client.query("MMXU1.*", "*/K1/E01", "quality == good and value >= 2490")
            assert [instance.value for instance in good] == [2490, 2492, 2494, 2496, 2498]
            unit.board.put(power(7, 17.0, quality=1))
            (mean,) = await client.query("MMXU1.TotW", "ST7/*", function="avg")
            assert (mean.value, mean.quality, mean.location) == (12.0, 1, "ST7/K1/E01")
            assert len(await client.query("MMXU1.TotW", "ST7/*", function="last", count=5)) == 2
            assert await client.query("Nothing", "Nowhere") == []

    asyncio.run(run())


def test_bad_requests_are_refused_in_words_and_the_connection_goes_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, OPERATOR) as client:
            unit.board.put(Instance("CSWI1.Loc", Q0, "local", 5))
            with pytest.raises(ConditionError, match="position 8"):
                await client.query("Model", "OBR", "value > ")
            with pytest.raises(RequestError, match="is not a number"):
                await client.query("CSWI1.Loc", "*", function="avg")
            with pytest.raises(RequestError, match="count goes with"):
                await client.query("CSWI1.Loc", "*", count=3)
            with pytest.raises(RequestError, match="AUDIT|audit"):
                await client.query("Audit", "OBR")
            with pytest.raises(RequestError, match="no answer within 0.5 s"):
                await client.query("Slow", "OBR")
            with pytest.raises(RequestError, match="failed to serve"):
                await client.query("Broken", "OBR")
            with pytest.raises(RequestError, match="cannot travel"):
                await client.query("Odd", "OBR")
            assert (await client.write("CSWI1.*", Q0, 1)).code is m.Code.BAD_REQUEST
            assert (await client.write("Model", "OBR", 1)).code is m.Code.NOT_ALLOWED
            assert [instance.value for instance in await client.query("CSWI1.Loc", Q0)] == ["local"]
        whys = [refusal.why for refusal in unit.refused]
        assert any("audit" in why for why in whys)
        assert all(refusal.who == "Olga (OPERATOR)" for refusal in unit.refused)

    asyncio.run(run())


def test_writes_follow_the_roles_and_the_process(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit:
            async with connect(unit.url, OPERATOR) as client:
                done = await client.write("CSWI1.Pos.Oper", Q0, 1)
                assert (done.code, done.instances[0].value) == (m.Code.OK, 1)
                refused = await client.write("CSWI2.Pos.Oper", Q0, 2)
                assert (refused.code, refused.cause) == (m.Code.REFUSED, 10)
                assert refused.text == "S13: the feeder breaker is closed"
                assert (await client.write("CSWI9.Pos.Oper", Q0, 2)).code is m.Code.UNKNOWN_VARIABLE
                assert (await client.write("Order.Approve", "OBR/orders/1", True)).code is m.Code.OK
            for key in (VIEWER, SECURITY):
                async with connect(unit.url, key) as client:
                    refused = await client.write("CSWI1.Pos.Oper", Q0, 2)
                    assert refused.code is m.Code.NOT_ALLOWED
                    assert "no right to operate" in refused.text
            assert [entry[2:] for entry in unit.board.written] == [(1, "Olga"), (2, "Olga"), (True, "Olga")]
            assert [refusal.code for refusal in unit.refused] == [
                m.Code.REFUSED,
                m.Code.UNKNOWN_VARIABLE,
                m.Code.NOT_ALLOWED,
                m.Code.NOT_ALLOWED,
            ]

    asyncio.run(run())


def test_a_lost_link_does_not_tear_a_write(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit:
            async with connect(unit.url, OPERATOR) as client:
                write = asyncio.create_task(client.write("CSWI1.Pos.SBOw", Q0, 1))
                await unit.board.reading.wait()
            assert (await write).code is m.Code.UNKNOWN
            unit.board.release.set()
            await until(lambda: unit.board.written)

    asyncio.run(run())


def test_events_with_condition_initial_and_unsubscribe(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, VIEWER) as client:
            unit.board.put(power(1, 5.0))
            subscription = await client.event("MMXU1.TotW", "ST*", "value > 3")
            assert (await anext(subscription)).instances == (power(1, 5.0),)
            for value in (1.0, 4.0, 2.0, 6.0):
                unit.board.put(power(1, value))
            seen: list[object] = []
            while len(seen) < 2:
                seen += [instance.value for instance in (await anext(subscription)).instances]
            assert seen == [4.0, 6.0]
            await subscription.close()
            assert unit.board.subscribers == []

    asyncio.run(run())


def test_periodic_delivers_and_is_single(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, VIEWER) as client:
            unit.board.put(power(1))
            subscription = await client.periodic("MMXU1.TotW", "ST1/*", 100)
            with pytest.raises(RequestError, match="unsubscribe it first"):
                await client.periodic("MMXU1.TotW", "ST1/*", 100)
            started_s = time.monotonic()
            for _ in range(3):
                assert (await anext(subscription)).instances == (power(1),)
            assert time.monotonic() - started_s > 0.15
            await subscription.close()
            again = await client.periodic("MMXU1.TotW", "ST1/*", 100)
            assert (await anext(again)).instances == (power(1),)

    asyncio.run(run())


def test_policy_of_the_owner_is_kept(tmp_path: Path) -> None:
    policy = Policy((Grant("Vito", "billing", Access.READ, minimum_delay_ns=3600 * 10**9),))

    async def run() -> None:
        async with site(tmp_path) as unit:
            unit.board.put(Instance("MMTR1.SupWh", "House7", 3.0, 5, owner="Hans", policy=policy))
            async with connect(unit.url, VIEWER, service="billing") as client:
                assert len(await client.query("MMTR1.SupWh", "House7")) == 1
                with pytest.raises(RequestError, match="policy"):
                    await client.query("MMTR1.SupWh", "House7")
            async with connect(unit.url, OPERATOR, service="billing") as client:
                with pytest.raises(RequestError, match="policy"):
                    await client.query("MMTR1.SupWh", "House7")

    asyncio.run(run())


def test_a_slow_subscriber_is_bounded_and_told(tmp_path: Path) -> None:
    limits = Limits(events=50)

    async def run() -> None:
        async with site(tmp_path, limits) as unit, connect(unit.url, VIEWER) as client:
            events = await client.event("CSWI1.Pos", "*", initial=False)
            latest = await client.event("MMXU1.TotW", "*", initial=False)
            for index in range(500):  # nothing leaves before this loop ends: the slowest of all readers
                unit.board.put(Instance("CSWI1.Pos", Q0, index, index))
                unit.board.put(power(1, float(index)), lossless=False)
            first = await anext(events)
            assert first.missed == 450
            assert [instance.value for instance in first.instances] == list(range(450, 500))
            newest = await anext(latest)
            assert [instance.value for instance in newest.instances] == [499.0]
            assert newest.missed == 0

    asyncio.run(run())


def test_a_reader_that_takes_nothing_is_cut_off_and_others_are_served(tmp_path: Path) -> None:
    limits = Limits(send_s=0.2, pause_s=0.0, answers=4)

    async def run() -> None:
        async with site(tmp_path, limits) as unit, connect(unit.url, VIEWER) as client:
            session = ClientSession(OPERATOR)
            now = Instant(time.time_ns(), time.monotonic_ns())
            async with raw_connect(unit.url, compression=None, proxy=None, max_queue=1, close_timeout=0.1) as socket:
                session.connected()
                for _ in range(2):
                    session.receive(bytes(await socket.recv()), now)
                    for frame in session.outgoing(now):
                        await socket.send(frame)
                session.event("Big", "*", initial=False)
                for frame in session.outgoing(now):
                    await socket.send(frame)
                await until(lambda: unit.board.subscribers)
                for index in range(400):
                    unit.board.put(Instance("Big", "OBR", "x" * 100_000, index))
                    await asyncio.sleep(0)
                await until(lambda: not unit.board.subscribers)
            unit.board.put(power(1))
            assert await client.query("MMXU1.TotW", "*") == [power(1)]

    asyncio.run(run())


def test_subscriptions_survive_a_lost_link(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, VIEWER) as client:
            subscription = await client.event("MMXU1.TotW", "*")
            unit.board.put(power(1))
            assert (await anext(subscription)).instances == (power(1),)
            for connection in list(_sockets(unit)):
                connection.transport.abort()
            await until(lambda: not client.connected)
            await until(lambda: client.connected and unit.board.subscribers)
            notice = await anext(subscription)
            assert (notice.instances, notice.resumed) == ((power(1),), True)
            unit.board.put(power(2))
            notice = await anext(subscription)
            assert (notice.instances, notice.resumed) == ((power(2),), False)

    asyncio.run(run())


def _sockets(unit: object) -> list[object]:
    connections = unit.listener._connections  # type: ignore[attr-defined]  # noqa: SLF001
    return [connection._socket for connection in connections]  # noqa: SLF001


def test_two_connections_of_one_key_do_not_disturb_each_other(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path) as unit, connect(unit.url, VIEWER) as one, connect(unit.url, VIEWER) as two:
            unit.board.put(power(1))
            for _ in range(20):
                answers = await asyncio.gather(one.query("*", "ST1/*"), two.query("*", "ST1/*"))
                assert answers == [[power(1)], [power(1)]]

    asyncio.run(run())


def test_too_many_requests_at_once_are_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(queries=2, subscriptions=1)) as unit, connect(unit.url, VIEWER) as client:
            slow = [asyncio.create_task(client.query("Slow", "OBR")) for _ in range(2)]
            await unit.board.reading.wait()
            with pytest.raises(RequestError, match="overloaded"):
                await client.query("MMXU1.TotW", "*")
            unit.board.release.set()
            assert await asyncio.gather(*slow) == [[], []]
            assert await client.query("MMXU1.TotW", "*") == []
            await client.event("a", "b")
            with pytest.raises(RequestError, match="at most 1"):
                await client.event("a", "b")

    asyncio.run(run())


def test_the_first_login_needs_a_server() -> None:
    async def run() -> None:
        with pytest.raises(LinkError, match="no connection"):
            async with connect("ws://127.0.0.1:9", SigningKey.generate(), timeout_s=0.3):
                pass

    asyncio.run(run())
