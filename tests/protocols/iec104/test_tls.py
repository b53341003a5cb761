"""IEC 104 over TLS with certificates both ways: our own two roles, hat-drivers in each, and what a link must refuse."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest

from models.command import Action, CommandResult, Outcome
from models.config import Scalar
from models.driver import Driver, LinkConfig
from models.errors import ConfigError, LinkError
from models.point import Dbpos, Handle
from protocols.iec104.controlled_station.commands.control import CommandRequest
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.link_check import check
from protocols.iec104.master import create
from protocols.iec104.server import CommandDesk, Confirm, Server, serve
from protocols.tls.endpoint import Endpoint
from protocols.tls.link import settings_of
from protocols.tls.security_event import SecurityEvent
from tests.peers.iec104 import control_centre, rtu
from tests.protocols.iec104.pair import POINTS, SPECS, STATION
from tests.protocols.iec104.site import History, keep_up, order
from tests.protocols.tls.ends import parameters
from tests.substation.trust.pki import Clocks, Pki

C104 = Path(__file__).parents[2] / "peers" / "c104_tls_rtu.py"


class Secured:
    """An outstation behind TLS, and links to it."""

    def __init__(self, folder: Path) -> None:
        self.pki = Pki(folder / "authority", Clocks(time.time_ns()), algorithm="p256")
        for name in ("ST103", "TL"):
            self.pki.issue(name, role=None, hosts=("127.0.0.1",), algorithm="p256")
        self.outstation = Outstation(monitored(SPECS), controllable(SPECS), clock=time.time_ns)
        self.desk = CommandDesk(self.outstation, self._carry_out)
        self.told: list[SecurityEvent] = []
        self.endpoint = Endpoint(parameters(self.pki, "ST103"), True, self.pki.clock, self.told.append)
        self.server: Server | None = None
        self.history = History()
        self.failures: list[str] = []

    async def _carry_out(self, request: CommandRequest, confirm: Confirm) -> None:
        confirm(CommandResult(Outcome.ACCEPTED))

    async def open(self, names: Sequence[str] = ("TL",)) -> int:
        door = partial(self.endpoint.accept, names=frozenset(names))
        self.server = await serve(self.outstation, "127.0.0.1", 0, door=door)
        return self.server.port

    def driver(self, port: int, **changes: Scalar) -> Driver:
        own: dict[str, Scalar] = {"tls": "mutual", **settings_of(parameters(self.pki, "TL"))}
        link = LinkConfig("ST103", "iec104", "ST103", "127.0.0.1", port, {**own, **changes})
        return create(link, POINTS, self.pki.clock)

    def files(self, name: str) -> list[Path]:
        """As hat-drivers' stations want them."""
        return [self.pki.folder / "authority.pem", *(self.pki.authority.file_of(name, end) for end in (".pem", ".key"))]


@asynccontextmanager
async def secured(folder: Path) -> AsyncIterator[tuple[Secured, int]]:
    """The outstation and its port."""
    site = Secured(folder)
    try:
        yield site, await site.open()
    finally:
        await site.desk.close()
        if site.server is not None:
            await site.server.close()


@asynccontextmanager
async def kept(site: Secured, driver: Driver) -> AsyncIterator[None]:
    """The link, once its picture is complete or it has failed."""
    link = asyncio.create_task(keep_up(driver, site.history, site.failures))
    try:
        async with asyncio.timeout(20):
            while not site.history.connections and not site.failures:
                await asyncio.sleep(0.005)
        yield
    finally:
        link.cancel()
        with suppress(asyncio.CancelledError):
            await link


@asynccontextmanager
async def linked(folder: Path, **changes: Scalar) -> AsyncIterator[tuple[Secured, Driver]]:
    async with secured(folder) as (site, port):
        driver = site.driver(port, **changes)
        async with kept(site, driver):
            yield site, driver


def run(main: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(main())


def test_events_and_commands_over_tls(tmp_path: Path) -> None:
    async def main() -> None:
        async with linked(tmp_path) as (site, driver):
            site.outstation.update([(STATION, 3, True, 0, time.time_ns())])
            await site.history.until(lambda: site.history.stored.values[-1] is True)
            assert (await driver.execute(order(Action.SELECT))).accepted
            assert "TLSv1.3" in str(site.told[0])
            assert site.failures == []
            assert site.server is not None
            [link] = site.server.links()
            certificate = site.endpoint.certificate_of(link.name.rpartition(" ")[2])
            assert certificate is not None
            assert certificate.name == "TL"

    run(main)


def test_keys_are_renewed_without_a_word_of_a_lost_link(tmp_path: Path) -> None:
    """STOPDT, another connection with a full handshake (a session is as old as its context), interrogation."""

    async def main() -> None:
        async with linked(tmp_path, tls_session_h=0.6 / 3600) as (site, driver):
            values = cycle((True, False))
            while driver.counters().get("closed: keys are renewed", 0) < 1:
                await _tell(site, next(values))
                await asyncio.sleep(0.05)
            await _tell(site, next(values))  # by the new connection
            assert site.failures == []
            counters = driver.counters()
            assert counters["closed: keys are renewed"] >= 1
            assert counters["TLS handshakes"] - counters["closed: keys are renewed"] in (0, 1)  # the next is under way
            assert site.endpoint.counters.handshakes >= 2

    run(main)


async def _tell(site: Secured, value: bool) -> None:
    site.outstation.update([(STATION, 3, value, 0, time.time_ns())])
    await site.history.until(partial(_ends_with, site.history, value))


def _ends_with(history: History, value: bool) -> bool:
    return history.stored.values[-1] is value


REFUSED = {
    "another device": ({"tls_names": "ST104"}, "CERT_OF_ANOTHER"),
    "another authority": ({"tls_authorities": "evil"}, "CERT_NOT_TRUSTED"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_devices_that_are_not_talked_to(tmp_path: Path, case: str) -> None:
    changes, code = REFUSED[case]

    async def main() -> None:
        other = Pki(tmp_path / "evil", Clocks(time.time_ns()))
        made: dict[str, Scalar] = {
            key: str(other.folder / "authority.pem") if value == "evil" else value for key, value in changes.items()
        }
        if "tls_authorities" in made:
            made["tls_revocations"] = str(other.folder / "crl.pem")
        async with linked(tmp_path, **made) as (site, _):
            assert site.failures[0].startswith("ST103 (127.0.0.1:")
            assert code in site.failures[0]
            assert site.history.connections == 0

    run(main)


def test_a_plain_link_to_a_tls_port_and_tls_to_a_plain_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with secured(tmp_path) as (site, port):
            plain = create(LinkConfig("ST103", "iec104", "ST103", "127.0.0.1", port), POINTS, time.time_ns)
            with pytest.raises(LinkError):
                await plain.run(site.history)
            assert [event.code.name for event in site.told] == ["UNSECURE_COMMUNICATION"]
            other = await serve(site.outstation, "127.0.0.1", 0)
            with pytest.raises(LinkError, match="HANDSHAKE_FAILED|UNSECURE_COMMUNICATION"):
                await site.driver(other.port).run(site.history)
            await other.close()

    run(main)


def test_settings_are_checked(tmp_path: Path) -> None:
    site = Secured(tmp_path)
    good: dict[str, Scalar] = {"tls": "mutual", **settings_of(parameters(site.pki, "TL"))}
    check(LinkConfig("A", "iec104", "A", "h", 1, good))
    for key, value in (
        ("tls", "perhaps"), ("tls_names", ","), ("tls_minimum", "1.1"), ("tls_session_h", 25), ("tls_nam", "x"),
        ("tls_key", 5), ("tls_expired", "never"),
    ):  # fmt: skip
        with pytest.raises(ConfigError, match=f"A: .*{key}"):
            check(LinkConfig("A", "iec104", "A", "h", 1, {**good, key: value}))
    with pytest.raises(ConfigError, match="section .tls. of the unit"):
        check(LinkConfig("A", "iec104", "A", "h", 1, {"tls": "mutual"}))
    with pytest.raises(ConfigError, match="cannot be used"):
        create(LinkConfig("A", "iec104", "A", "h", 1, {**good, "tls_key": "none"}), [], time.time_ns)


def test_hat_control_centre_over_tls(tmp_path: Path) -> None:
    async def main() -> None:
        async with secured(tmp_path) as (site, port):
            site.outstation.update([(STATION, 1, Dbpos.OFF, 0, None)])
            async with control_centre("127.0.0.1", port, site.files("TL")) as peer:
                picture = await peer.order("interrogate", STATION)
                assert picture["points"]["103/1"] == 1
                answer = await peer.order("command", STATION, 10_001, 2, True)
                assert answer == {"cause": "ACTIVATION_CONFIRMATION", "negative": False}

    run(main)


def test_hat_rtu_over_tls(tmp_path: Path) -> None:
    async def main() -> None:
        async with secured(tmp_path) as (site, _), rtu(site.files("ST103")) as (peer, port):
            await peer.order("set", {f"{STATION}/1": 2, f"{STATION}/20": 7.5})
            async with kept(site, site.driver(port, w=1)):
                assert site.failures == []
                assert await peer.order("tell", STATION, 3, True, 1_795_169_730_250)
                await site.history.until(lambda: Handle(3) in site.history.stored.handles)

    run(main)


def test_c104_rtu_over_tls(tmp_path: Path) -> None:
    """mbedTLS in a process of its own."""

    async def main() -> None:
        async with secured(tmp_path) as (site, _):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            files = [str(file) for file in site.files("ST103")]
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(C104),
                str(port),
                *files,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                assert process.stdout is not None
                async with asyncio.timeout(10):
                    while await process.stdout.readline() != b"ready\n":
                        pass
                async with kept(site, site.driver(port)):
                    assert site.failures == []
                    assert 7.5 in site.history.measured.values
            finally:
                await process.communicate(b"")

    run(main)
