"""Too much of everything: refused in one line, counted, and others are served meanwhile."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from websockets.asyncio.client import connect as raw_connect
from websockets.exceptions import WebSocketException

from models.errors import LinkError
from models.wire import messages as m
from models.wire.server_session import LoggedIn
from protocols.exchange.client import RequestError, connect
from substation.exchange.decision import AccessDecision
from substation.exchange.door import Limits
from substation.exchange.gatekeeper import Peer
from substation.exchange.rate import Allowance, Allowances
from substation.exchange.tally import Tally
from substation.stakeholders.gatekeeper import RegisterGatekeeper
from substation.stakeholders.session import Session
from tests.substation.exchange.board import OPERATOR, VIEWER, power, site, until


def test_a_flood_of_requests_is_refused_in_one_line_and_others_are_served(tmp_path: Path) -> None:
    limits = Limits(requests_per_s=1, requests_burst=50, queries=1000)

    async def run() -> None:
        async with (
            site(tmp_path, limits) as unit,
            connect(unit.url, VIEWER) as flooder,
            connect(unit.url, OPERATOR) as client,
        ):
            unit.board.put(power(1))
            asked = [asyncio.create_task(flooder.query("MMXU1.TotW", "*")) for _ in range(500)]
            assert await client.query("MMXU1.TotW", "*") == [power(1)]
            answers = await asyncio.gather(*asked, return_exceptions=True)
            refused = [each for each in answers if isinstance(each, RequestError)]
            assert len(refused) >= 445
            assert {each.code for each in refused} == {m.Code.OVERLOADED}
            assert "at most 1 requests" in str(refused[0])
            (line,) = [each for each in unit.refused if each.what == "too many requests"]
            assert line.who.startswith("Vito (VIEWER) at 127.0.0.1")

    asyncio.run(run())


def test_a_flood_of_subscriptions_is_refused(tmp_path: Path) -> None:
    limits = Limits(subscriptions_per_s=0.01, subscriptions_burst=5)

    async def run() -> None:
        async with site(tmp_path, limits) as unit, connect(unit.url, VIEWER) as client:
            for _ in range(5):
                await client.event("a", "b")
            for _ in range(3):
                with pytest.raises(RequestError, match="subscriptions are made per second"):
                    await client.event("a", "b")
            assert await client.query("a", "b") == []
            assert len(unit.refused) == 1

    asyncio.run(run())


def test_silent_connections_keep_nobody_out(tmp_path: Path) -> None:
    limits = Limits(waiting_of_address=4)

    async def run() -> None:
        async with site(tmp_path, limits) as unit, connect(unit.url, VIEWER) as client:
            host, port = await unit.listener.bound()
            half_open = [socket.create_connection((host, port)) for _ in range(20)]  # not a word of HTTP
            try:
                await until(lambda: unit.refused)
                assert await client.query("a", "b") == []
                async with connect(unit.url, OPERATOR, timeout_s=2):
                    pass
                assert [each.what for each in unit.refused] == ["connection"]
                assert "4 connections from there wait" in unit.refused[0].why
            finally:
                for each in half_open:
                    each.close()
            async with connect(unit.url, OPERATOR):
                pass

    asyncio.run(run())


def test_a_flood_of_logins_is_turned_away(tmp_path: Path) -> None:
    limits = Limits(logins_per_s=0.01, logins_burst=3)

    async def run() -> None:
        async with site(tmp_path, limits) as unit:
            for _ in range(3):
                async with raw_connect(unit.url, compression=None, proxy=None):
                    pass
            with pytest.raises((OSError, EOFError, WebSocketException)):
                async with raw_connect(unit.url, compression=None, proxy=None, open_timeout=1):
                    pass
            await until(lambda: any("in a short time" in each.why for each in unit.refused))

    asyncio.run(run())


def test_slow_logins_are_bounded_and_delay_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = asyncio.Event()
    admit = RegisterGatekeeper.admit

    async def slowly(self: RegisterGatekeeper, login: LoggedIn, peer: Peer) -> Session:
        if login.service == "slow":
            await release.wait()
        return await admit(self, login, peer)

    monkeypatch.setattr(RegisterGatekeeper, "admit", slowly)

    async def slow_client(url: str) -> bool:
        async with connect(url, VIEWER, service="slow", timeout_s=5):
            return True

    async def run() -> None:
        async with site(tmp_path, Limits(logins=2)) as unit:
            async with connect(unit.url, OPERATOR) as client:
                waiting = [asyncio.create_task(slow_client(unit.url)) for _ in range(2)]
                await until(lambda: len(unit.listener._connections) == 3)  # noqa: SLF001
                assert await client.query("a", "b") == []
                with pytest.raises(LinkError, match="2 logins are being judged"):
                    await slow_client(unit.url)
            release.set()
            assert await asyncio.gather(*waiting) == [True, True]
            async with connect(unit.url, OPERATOR):
                pass

    asyncio.run(run())


def test_the_address_with_most_silent_connections_makes_room(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(waiting=6)) as unit:
            host, port = await unit.listener.bound()
            one = socket.create_connection((host, port), source_address=("127.0.0.3", 0))
            many = [socket.create_connection((host, port), source_address=("127.0.0.2", 0)) for _ in range(12)]
            try:
                await until(lambda: unit.refused)
                assert (unit.refused[0].who, unit.refused[0].why) == (
                    "127.0.0.2",
                    "6 connections wait for their login already",
                )
                async with connect(unit.url, OPERATOR, timeout_s=2):
                    pass
                one.settimeout(0)
                with pytest.raises(BlockingIOError):  # neither data nor its end
                    one.recv(1)
            finally:
                for each in (one, *many):
                    each.close()

    asyncio.run(run())


def test_passwords_that_are_judged_keep_no_key_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = asyncio.Event()
    begun: list[str] = []
    admit = RegisterGatekeeper.admit

    async def slowly(self: RegisterGatekeeper, login: LoggedIn, peer: Peer) -> Session:
        if login.user:
            begun.append(login.user)
            await release.wait()
        return await admit(self, login, peer)

    monkeypatch.setattr(RegisterGatekeeper, "admit", slowly)

    async def guess(url: str) -> None:
        async with connect(url, user="Olga", password="a wrong password", timeout_s=5):
            pass

    async def run() -> None:
        async with site(tmp_path, Limits(logins=1, password_logins=2, waiting_of_address=2)) as unit:
            guesses = [asyncio.create_task(guess(unit.url)) for _ in range(2)]
            await until(lambda: len(begun) == 2)
            with pytest.raises(LinkError, match="2 password logins are being judged"):
                await guess(unit.url)
            async with connect(unit.url, OPERATOR, timeout_s=2):
                pass
            release.set()
            outcomes = await asyncio.gather(*guesses, return_exceptions=True)
            assert all("name or password is wrong" in str(each) for each in outcomes)

    asyncio.run(run())


def test_an_oversized_message_is_told_in_one_line(tmp_path: Path) -> None:
    async def run() -> None:
        async with site(tmp_path, Limits(request_octets=5000)) as unit, connect(unit.url, OPERATOR) as client:
            assert (await client.write("Big", "OBR", "x" * 6000)).code is m.Code.UNKNOWN
            await until(lambda: unit.refused)
            assert [each.why for each in unit.refused] == ["a message of more than 5000 octets"]
            await until(lambda: client.connected)
            assert await client.query("a", "b") == []

    asyncio.run(run())


def test_refusals_are_counted_after_the_first_ones() -> None:
    told: list[AccessDecision] = []

    def refusal(who: str, what: str = "query x") -> AccessDecision:
        return AccessDecision(1, m.Code.NOT_ALLOWED, who, what, "no right")

    async def run() -> None:
        tally = Tally(told.append, told=2, window_s=0.05)
        for port in range(10):
            tally.take(refusal(f"127.0.0.1:{port}"))
        tally.take(refusal("Vito (VIEWER)"))
        tally.take(AccessDecision(1, m.Code.OK, "127.0.0.1:5", "query y"))
        assert [each.who for each in told] == ["127.0.0.1:0", "127.0.0.1:1", "Vito (VIEWER)", "127.0.0.1:5"]
        await until(lambda: len(told) == 5)
        assert (told[4].who, told[4].what) == ("127.0.0.1", "8 further requests")
        assert "in the last 0.05 s" in told[4].why
        tally.take(refusal("127.0.0.1:77"))
        assert len(told) == 6

    asyncio.run(run())


def test_allowances_come_back_with_time() -> None:
    now = [0.0]
    allowance = Allowance(2, 3, lambda: now[0])
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.5
    assert [allowance.take() for _ in range(2)] == [True, False]
    each = Allowances(1, 1, lambda: now[0])
    assert [each.take("a"), each.take("b"), each.take("a")] == [True, True, False]
