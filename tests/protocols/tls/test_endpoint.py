"""TLS between two endpoints over real sockets: resumption, names, revocation, expiry, age of keys, refusals, floods."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from protocols.tls import endpoint, store, watch
from protocols.tls.parameters import Expired, Version
from protocols.tls.security_event import SecurityCode
from tests.protocols.tls.ends import Ends, ends, leave, refused, talk
from tests.substation.trust.pki import DAY_NS


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and certificates are looked at five times a second instead of once."""
    for module in (store, watch, endpoint):
        monkeypatch.setattr(module, "LOOK_S", 0.2)


def run(folder: Path, test: Callable[[Ends], Awaitable[None]], **changes: Any) -> None:
    async def main() -> None:
        async with ends(folder, **changes) as made:
            await test(made)

    asyncio.run(main())


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("algorithm", ["p256", "ed25519"])
def test_sessions_are_resumed(tmp_path: Path, version: str, algorithm: str) -> None:
    async def main(two: Ends) -> None:
        client = two.client()
        if version == "TLSv1.2":
            client.context.maximum_version = ssl.TLSVersion.TLSv1_2
        for _ in range(3):
            app, shell = await two.connect(client)
            await talk(app)
            assert shell.engine is not None
            assert shell.engine.description.startswith(f"{version} ")
            await leave(app)
            await two.served[-1].until(lambda app: app.is_lost)
        assert (client.counters.handshakes, client.counters.resumed) == (3, 2)
        assert (two.server.counters.handshakes, two.server.counters.resumed) == (3, 2)
        assert [event.detail.rpartition(", ")[2] for event in two.told] == ["full handshake", "resumed", "resumed"]

    run(tmp_path, main, algorithm=algorithm)


def test_a_session_survives_a_break_but_neither_a_day_nor_a_revocation(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        client = two.client(max_session_s=1e9)
        for _ in range(2):
            app, shell = await two.connect(client)
            await talk(app)
            shell.abort()  # no word of farewell
            await two.served[-1].until(lambda app: app.is_lost)
            await app.until(lambda app: app.is_lost)
        assert two.server.counters.resumed == 1
        two.timer.moved_s += 24 * 3600.0
        app, _ = await two.connect(client)
        await talk(app)
        assert (two.server.counters.handshakes, two.server.counters.resumed) == (3, 1)
        await leave(app)
        two.pki.authority.revoke("NCC", "keyCompromise")
        two.timer.moved_s += 2.0
        assert "it may not accept our certificate" in await refused(two.connect(client))
        await two.codes("CERT_REVOKED")
        assert two.server.counters.refused == {SecurityCode.CERT_REVOKED: 1}

    run(tmp_path, main)


def test_one_control_centre_is_not_another(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        two.pki.issue("NCC2", role=None, hosts=("ncc2.example",))
        await refused(two.connect(two.client("NCC2")))
        await two.codes("CERT_OF_ANOTHER")
        assert "it names NCC2, ncc2.example; NCC may use this connection" in str(two.told[-1])
        assert "RTU2 may use this connection" in await refused(two.connect(two.client(), ["RTU2"]))
        assert not any(app.received for app in two.served)

    run(tmp_path, main)


def test_a_name_may_stand_in_the_alternative_name(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        two.pki.issue("gateway 4", role=None, hosts=("ncc",))
        app, shell = await two.connect(two.client("gateway 4"))
        await talk(app)
        assert shell.certificate is not None
        peer = two.served[-1].transport
        assert peer is not None
        assert peer.get_extra_info("certificate").name == "gateway 4"
        assert peer.get_extra_info("tls") == "TLSv1.3 TLS_AES_256_GCM_SHA384"
        assert not peer.can_write_eof()

    run(tmp_path, main)


def test_revoked_while_connected(tmp_path: Path) -> None:
    """On both sides: the one that has the list ends the connection."""

    async def main(two: Ends) -> None:
        app, _ = await two.connect(two.client())
        await talk(app)
        two.pki.authority.revoke("NCC", "keyCompromise")
        await app.until(lambda app: app.is_lost)
        await two.codes("SESSION_ENDED")
        assert "CERT_REVOKED" in str(two.told[-1])
        two.pki.issue("NCC2", role=None, hosts=("NCC",))
        app, _ = await two.connect(two.client("NCC2"))
        two.pki.authority.revoke("RTU", "keyCompromise")
        await app.until(lambda app: app.is_lost)
        assert any("CERT_REVOKED" in str(event) and "of RTU" in str(event) for event in two.own)

    run(tmp_path, main)


@pytest.mark.parametrize("policy", Expired)
def test_expired_while_connected(tmp_path: Path, policy: Expired) -> None:
    async def main(two: Ends) -> None:
        two.pki.issue("short", role=None, hosts=("NCC",), days=20)
        app, _ = await two.connect(two.client("short"))
        await talk(app)
        assert [event.code.name for event in two.told] == ["CERT_EXPIRES_SOON", "SESSION_STARTED"]
        two.pki.clock.now_ns += 21 * DAY_NS
        await two.codes("SESSION_ENDED" if policy is Expired.END else "CERT_EXPIRED")
        if policy is Expired.END:
            await app.until(lambda app: app.is_lost)
        else:
            await talk(app, b"still there")

    run(tmp_path, main, expired=policy)


def test_who_connects_is_asked_to_renew_keys_and_ends_the_connection_if_nobody_does(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        app, shell = await two.connect(two.client(max_session_s=0.5))
        renewed = asyncio.Event()
        shell.on_old = renewed.set
        async with asyncio.timeout(20):
            await renewed.wait()
        assert not app.is_lost
        await app.until(lambda app: app.is_lost)
        assert "its keys have served" in str(two.own[-1])

    run(tmp_path, main)


def test_who_accepts_ends_a_connection_whose_keys_are_old(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        app, _ = await two.connect(two.client())
        await two.codes("SESSION_ENDED")
        await app.until(lambda app: app.is_lost)
        assert two.server.counters.ended[SecurityCode.SESSION_ENDED] == 1

    run(tmp_path, main, max_session_s=0.5)


def test_volume_under_one_key_is_bounded(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        app, shell = await two.connect(two.client())
        assert shell.engine is not None
        await talk(app, bytes(300_000))
        assert shell.engine.octets == 600_000
        shell.engine.octets = 1 << 40
        await app.until(lambda app: app.is_lost)
        assert "keys have served" in str(two.own[-1])

    run(tmp_path, main)


def test_own_files_that_change_are_taken_up(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        client, key = two.client(), two.pki.authority.file_of("RTU", ".key")
        text = key.read_text()
        key.write_text("half")
        two.timer.moved_s += 2.0
        await leave((await two.connect(client))[0])
        await two.codes("CERT_NOT_CONFIGURED")
        key.write_text(text)
        two.timer.moved_s += 2.0
        before = two.server.context
        await leave((await two.connect(client))[0])
        assert two.server.context is not before

    run(tmp_path, main)


def test_an_old_version_can_be_refused(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        client = two.client()
        client.context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert "INSECURE_TLS_VERSION" in await refused(two.connect(client))
        await two.codes("INSECURE_TLS_VERSION")

    run(tmp_path, main, minimum=Version.TLS_1_3)


def test_who_says_nothing_or_nonsense(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        for octets, code in ((b"\x68\x04\x07\x00\x00\x00", "UNSECURE_COMMUNICATION"), (b"", "HANDSHAKE_FAILED")):
            reader, writer = await asyncio.open_connection("127.0.0.1", two.port)
            writer.write(octets)
            if not octets:
                writer.write_eof()
            answer = await reader.read()
            assert answer[:1] in (b"", b"\x15")  # an alert
            writer.close()
            await two.codes(code)
        assert [event.code.name for event in two.told] == ["UNSECURE_COMMUNICATION", "HANDSHAKE_FAILED"]

    run(tmp_path, main)


def test_a_slow_handshake_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("protocols.tls.shell.HANDSHAKE_S", 0.2)

    async def main(two: Ends) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", two.port)
        writer.write(b"\x16\x03\x01")  # the beginning of a client hello
        assert await reader.read() == b""
        writer.close()
        await two.codes("HANDSHAKE_FAILED")
        assert "no handshake within 0.2 s" in str(two.told[-1])
        assert not two.server.shaking

    run(tmp_path, main)


def test_a_flood_of_handshakes_is_bounded_and_others_are_served(tmp_path: Path) -> None:
    async def main(two: Ends) -> None:
        app, _ = await two.connect(two.client())
        flood = [await asyncio.open_connection("127.0.0.1", two.port) for _ in range(40)]
        await two.codes("HANDSHAKE_FAILED")
        assert two.server.shaking == 16
        await talk(app)
        for _, writer in flood:
            writer.transport.abort()
        async with asyncio.timeout(4):
            while two.server.shaking:
                await asyncio.sleep(0.01)
        await talk((await two.connect(two.client()))[0])
        assert two.server.counters.refused[SecurityCode.HANDSHAKE_FAILED] == 40

    run(tmp_path, main)


def test_a_reader_that_never_reads_is_noticed_by_the_app(tmp_path: Path) -> None:
    """Flow control is that of TCP: pause_writing arrives, and end() does not wait."""

    async def main(two: Ends) -> None:
        app, shell = await two.connect(two.client())
        await two.served[-1].until(lambda app: app.transport is not None)
        served, paused = two.served[-1], []
        served.pause_writing = lambda: paused.append(True)  # type: ignore[method-assign]
        assert app.transport is not None
        app.transport.pause_reading()
        assert not app.transport.is_reading()
        assert served.transport is not None
        for _ in range(200):
            served.transport.write(bytes(100_000))
            if paused:
                break
        assert paused
        assert served.transport.get_write_buffer_size() > served.transport.get_write_buffer_limits()[0]
        served.transport.abort()
        await served.until(lambda app: app.is_lost)
        shell.abort()
        await app.until(lambda app: app.is_lost)

    run(tmp_path, main)
