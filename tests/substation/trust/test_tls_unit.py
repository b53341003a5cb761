"""A whole unit behind TLS, over real sockets: who must not get in does not, and the event list says why."""

from __future__ import annotations

import asyncio
import ssl
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

import ringmain
from models.errors import ConfigError, LinkError
from protocols.exchange.client import connect
from substation.config import read_unit
from substation.exchange.access import Role
from substation.trust.authority import read_public_key
from substation.trust.builder import Wish
from substation.trust.contexts import client_context
from substation.trust.handshake import CheckedContext
from substation.unit import Unit, open_unit
from tests.substation.trust.pki import DAY_NS, Clocks, Pki

UNIT = """schema = 1
unit = {{name = "TL", level = "TLGMU"}}
data_interface = {{tls = "{mode}"}}
[tls]
certificate = "authority/issued/TL.pem"
key = "authority/issued/TL.key"
authorities = "authority/authority.pem"
revocations = "authority/crl.pem"
"""


@dataclass
class Served:
    """A unit that runs, and the authority that it trusts."""

    unit: Unit
    pki: Pki
    port: int

    @property
    def url(self) -> str:
        return f"wss://127.0.0.1:{self.port}"

    def lines(self) -> list[str]:
        return [event.text for _, event in self.unit.parts.events.newest]

    async def told(self, text: str) -> None:
        """A line of the event list begins so, or will soon."""
        try:
            async with asyncio.timeout(4):
                while not any(line.startswith(text) for line in self.lines()):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail(f"{text} is not among {self.lines()}")

    def context(self, name: str) -> CheckedContext:
        return client_context(self.pki.settings(name), self.pki.store())


@asynccontextmanager
async def serving(folder: Path, mode: str = "mutual", hosts: tuple[str, ...] = ("127.0.0.1",)) -> AsyncIterator[Served]:
    pki = Pki(folder / "authority", Clocks(time.time_ns()))
    pki.issue("TL", role=Role.VIEWER, level="TLGMU", hosts=hosts)
    (folder / "unit.toml").write_text(UNIT.format(mode=mode), encoding="utf-8")
    async with open_unit(read_unit(folder / "unit.toml"), None) as unit:
        task = asyncio.create_task(unit.run())
        try:
            yield Served(unit, pki, (await unit.listener.bound())[1])
            assert not task.done()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def run(folder: Path, test: Callable[[Served], Awaitable[None]], mode: str = "mutual") -> None:
    async def main() -> None:
        async with serving(folder, mode) as served:
            await test(served)

    asyncio.run(main())


async def attempt(served: Served, context: ssl.SSLContext) -> None:
    """One handshake and one octet, whatever comes of it."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=context)
        with closing(writer):
            writer.write(b"x")
            await reader.read(1)
    except OSError:
        return


def test_with_a_certificate_alone(tmp_path: Path) -> None:
    """TLS and login with the same certificate; nobody has been enrolled at the unit."""

    async def main(served: Served) -> None:
        chain = served.pki.issue("Olga", role=Role.OPERATOR)
        key, context = served.pki.key("Olga"), served.context("Olga")
        async with connect(served.url, key, certificate_chain=chain, tls=context) as client:
            assert client.welcome is not None
            assert (client.welcome.name, client.welcome.role) == ("Olga", "OPERATOR")
            assert await client.query("Events", "TL")

    run(tmp_path, main)


def client_of(served: Served, name: str = "Olga") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(served.pki.folder / "authority.pem")
    if name:
        file = served.pki.authority.file_of(name)
        context.load_cert_chain(file, file.with_suffix(".key"))
    return context


def nobody(served: Served) -> ssl.SSLContext:
    return client_of(served, "")


def evil(served: Served) -> ssl.SSLContext:
    other = Pki(served.pki.folder.parent / "evil", served.pki.clock)
    other.issue("Olga")
    context = nobody(served)
    context.load_cert_chain(other.authority.file_of("Olga"), other.authority.file_of("Olga", ".key"))
    return context


def at_another_time(days: int) -> Callable[[Served], ssl.SSLContext]:
    def made(served: Served) -> ssl.SSLContext:
        served.pki.clock.now_ns += days * DAY_NS
        served.pki.issue("Olga", days=30)
        return client_of(served)

    return made


def revoked(served: Served) -> ssl.SSLContext:
    served.pki.issue("Olga")
    served.pki.authority.revoke("Olga", "keyCompromise")
    return client_of(served)


def old_tls(served: Served) -> ssl.SSLContext:
    served.pki.issue("Olga")
    context = client_of(served)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def weak_cipher(served: Served) -> ssl.SSLContext:
    served.pki.issue("Olga")
    context = client_of(served)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    return context


REFUSED = {
    "no certificate": (nobody, "CERT_REQUIRED"),
    "another authority of the same name": (evil, "CERT_NOT_TRUSTED"),
    "expired": (at_another_time(-400), "CERT_EXPIRED"),
    "not yet valid": (at_another_time(40), "CERT_NOT_YET_VALID"),
    "revoked": (revoked, "CERT_REVOKED"),
    "TLS 1.1": (old_tls, "INSECURE_TLS_VERSION"),
    "no forward secrecy": (weak_cipher, "NO_CIPHER"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_handshakes_that_are_refused(tmp_path: Path, case: str) -> None:
    make, code = REFUSED[case]

    async def main(served: Served) -> None:
        context = make(served)
        await asyncio.sleep(1.05 if case == "revoked" else 0)  # the list is looked at once a second
        await attempt(served, context)
        await served.told(f"{code}: TLS with 127.0.0.1:")

    run(tmp_path, main)


OCTETS = {
    "garbage": (b"\x00\x01\x02garbage\r\n" * 20, "UNSECURE_COMMUNICATION"),
    "a plain client": (b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "UNSECURE_COMMUNICATION"),
    "nothing": (b"", "HANDSHAKE_FAILED"),
}


@pytest.mark.parametrize("case", OCTETS)
def test_no_handshake_at_all(tmp_path: Path, case: str) -> None:
    octets, code = OCTETS[case]

    async def main(served: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        with closing(writer):
            writer.write(octets)
            if not octets:
                writer.write_eof()
            assert b"HTTP" not in await reader.read()
        await served.told(f"{code}: TLS with 127.0.0.1:")
        await attempt(served, nobody(served))  # it goes on serving
        await served.told("CERT_REQUIRED")

    run(tmp_path, main)


def test_revoked_while_connected(tmp_path: Path) -> None:
    async def main(served: Served) -> None:
        served.pki.issue("Olga")
        chain, context = served.pki.issue("Otto"), client_of(served)
        async with connect(
            served.url, served.pki.key("Otto"), certificate_chain=chain, tls=served.context("Otto")
        ) as other:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=context)
            served.pki.authority.revoke("Olga", "keyCompromise")
            async with asyncio.timeout(4):
                assert await reader.read() == b""
            writer.close()
            await served.told("SESSION_ENDED: TLS with 127.0.0.1:")
            assert other.connected
            await attempt(served, context)
            await served.told("CERT_REVOKED")

    run(tmp_path, main)


def test_server_certificate_alone(tmp_path: Path) -> None:
    async def main(served: Served) -> None:
        chain = served.pki.issue("Olga", role=Role.VIEWER)
        key = served.pki.key("Olga")
        async with connect(served.url, key, certificate_chain=chain, tls=nobody(served)) as client:
            assert client.connected

    run(tmp_path, main, "server")


def test_another_host_than_meant(tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(tmp_path, hosts=("unit.example",)) as served:
            chain = served.pki.issue("Olga")
            with pytest.raises(LinkError, match="IP address mismatch"):
                async with connect(
                    served.url, served.pki.key("Olga"), certificate_chain=chain, tls=served.context("Olga"), timeout_s=1
                ):
                    pass

    asyncio.run(main())


def test_a_server_that_was_revoked_is_not_talked_to(tmp_path: Path) -> None:
    async def main(served: Served) -> None:
        chain = served.pki.issue("Olga")
        served.pki.authority.revoke("TL", "keyCompromise")
        with pytest.raises(LinkError, match="CERT_REVOKED"):
            async with connect(
                served.url, served.pki.key("Olga"), certificate_chain=chain, tls=served.context("Olga"), timeout_s=1
            ):
                pass

    run(tmp_path, main)


def test_a_renewed_certificate_is_shown_without_restart(tmp_path: Path) -> None:
    async def main(served: Served) -> None:
        served.pki.issue("Olga")
        authority = served.pki.authority

        async def serial() -> str:
            reader, writer = await asyncio.open_connection("127.0.0.1", served.port, ssl=client_of(served))
            with closing(writer):
                return str(writer.get_extra_info("peercert")["serialNumber"]).lower().lstrip("0")

        first = await serial()
        assert first == authority.issued[0].serial
        key = authority.file_of("TL", ".key")
        authority.issue(Wish("TL", read_public_key(key), 365, None, None, ("127.0.0.1",)))
        text = key.read_text()
        key.write_text("half")
        await asyncio.sleep(1.1)
        assert await serial() == first
        await served.told("CERT_NOT_CONFIGURED: own files")
        key.write_text(text)
        await asyncio.sleep(1.1)
        assert await serial() == authority.issued[-1].serial

    run(tmp_path, main)


def test_a_certificate_that_ends_soon_is_told(tmp_path: Path) -> None:
    async def main() -> None:
        pki = Pki(tmp_path / "authority", Clocks(time.time_ns()))
        pki.issue("TL", role=Role.VIEWER, days=20)
        (tmp_path / "unit.toml").write_text(UNIT.format(mode="mutual"), encoding="utf-8")
        async with open_unit(read_unit(tmp_path / "unit.toml"), None) as unit:
            assert any(event.text.startswith("CERT_EXPIRES_SOON") for _, event in unit.parts.events.newest)

    asyncio.run(main())


WRONG_FILES = {
    'tls = "mutual"': "add the section [tls]",
    'host = "0.0.0.0"': 'add tls = "mutual"',
    'tls = "perhaps"': "one of none, server, mutual",
}


@pytest.mark.parametrize("line", WRONG_FILES)
def test_what_check_says(tmp_path: Path, line: str) -> None:
    file = tmp_path / "unit.toml"
    file.write_text(f'schema = 1\n[unit]\nname = "TL"\nlevel = "TLGMU"\n[data_interface]\n{line}\n', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_unit(file)
    assert WRONG_FILES[line] in str(caught.value)
    assert caught.value.line == 6


def test_check_looks_at_the_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pki = Pki(tmp_path / "authority", Clocks(time.time_ns()))
    file = tmp_path / "unit.toml"
    file.write_text(UNIT.format(mode="mutual"), encoding="utf-8")
    assert ringmain.main(["check", str(file)]) == 1
    assert "as 'ringmain authority DIR issue' writes them" in capsys.readouterr().err
    pki.issue("TL", role=Role.VIEWER, hosts=("127.0.0.1",))
    assert ringmain.main(["check", str(file)]) == 0
    capsys.readouterr()
    pki.authority.revoke("TL", "superseded")
    assert ringmain.main(["check", str(file)]) == 1
    assert "CERT_REVOKED" in capsys.readouterr().out
