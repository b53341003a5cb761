"""A unit's control centres over TLS: names, roles, revocation, plain service; and what unit.toml may say of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

import ringmain
from models.command import Action
from models.errors import ConfigError
from models.point import Dbpos, PointName
from substation.config import read_unit
from substation.exchange.access import Role
from tests.peers.iec104 import Iec104PeerError, control_centre
from tests.substation.commands.small_site import change, small_site
from tests.substation.trust.pki import Clocks, Pki
from tests.substation.unit_bench import Running, running

BREAKER = PointName("OBR1/K1/E03/Q0", "CSWI1.Pos")
CONFIRMED = {"cause": "ACTIVATION_CONFIRMATION", "negative": False}
REFUSED = {"cause": "ACTIVATION_CONFIRMATION", "negative": True}
TLS = """[tls]
certificate = "authority/issued/OBR.pem"
key = "authority/issued/OBR.key"
authorities = "authority/authority.pem"
revocations = "authority/crl.pem"
"""


def site(folder: Path, more: str = "") -> tuple[Path, Pki]:
    """unit.toml with a control centre over TLS, and the authority."""
    pki = Pki(folder / "authority", Clocks(time.time_ns()))
    pki.issue("OBR", role=None, hosts=("127.0.0.1",))
    pki.issue("NCC", role=None)
    file = small_site(folder)
    change(file, '[[control_centre]]\nname = "NCC"\n', f'{TLS}[[control_centre]]\nname = "NCC"\ntls = "mutual"\n{more}')
    return file, pki


def run(folder: Path, work: Callable[[Running, Pki], Awaitable[None]]) -> None:
    async def main() -> None:
        _, pki = site(folder)
        async with running(folder) as unit:
            await work(unit, pki)

    asyncio.run(main())


def files(pki: Pki, name: str) -> Sequence[Path]:
    return [pki.folder / "authority.pem", *(pki.authority.file_of(name, end) for end in (".pem", ".key"))]


def command(unit: Running) -> tuple[int, int]:
    spec = next(spec for spec in unit.site.points if spec.name == BREAKER)
    assert spec.command is not None
    return spec.command.common_address, spec.command.object_address


async def told(unit: Running, text: str) -> None:
    try:
        async with asyncio.timeout(20):
            while not any(text in line for line in unit.texts()):
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"{text!r} is not in {unit.texts()[-10:]}")


def test_a_control_centre_with_its_certificate(tmp_path: Path) -> None:
    async def work(unit: Running, pki: Pki) -> None:
        async with control_centre(*unit.centre, files(pki, "NCC")) as peer:
            station, address = command(unit)
            assert (await peer.order("interrogate", station))["objects"] > 0
            assert await peer.order("command", station, address, 1, True) == CONFIRMED
            await told(unit, "SESSION_STARTED: TLS with 127.0.0.1:")
            unit.station.northbound.board.look()
            assert unit.station.northbound.board.centres["NCC"].counters["TLS handshakes"] == 1
            pki.authority.revoke("NCC", "keyCompromise")
            await told(unit, "SESSION_ENDED: TLS with 127.0.0.1:")
            newest = unit.unit.parts.events.newest
            assert {each.location for _, each in newest if "SESSION_" in each.text} == {"control centre NCC"}

    run(tmp_path, work)


ROLES = {
    "may look, not switch": (Role.VIEWER, ("*",), REFUSED, "has the role VIEWER, which does not operate"),
    "may switch elsewhere": (Role.OPERATOR, ("ST1/*",), REFUSED, "is for ST1/*, not for OBR1/K1/E03/Q0"),
    "may switch there": (Role.OPERATOR, ("ST1/*", "OBR1/*"), CONFIRMED, ""),
}


@pytest.mark.parametrize("case", ROLES)
def test_a_role_in_the_certificate(tmp_path: Path, case: str) -> None:
    role, areas, answer, line = ROLES[case]

    async def work(unit: Running, pki: Pki) -> None:
        pki.issue("deputy", role=role, areas=areas, hosts=("NCC",))
        async with control_centre(*unit.centre, files(pki, "deputy")) as peer:
            assert await peer.order("command", *command(unit), 1, True) == answer
            if line:
                await told(unit, line)
                assert unit.field.commands == []
            else:
                assert [(each.action, each.value) for each in unit.field.commands] == [(Action.SELECT, Dbpos.OFF)]

    run(tmp_path, work)


def test_another_control_centre(tmp_path: Path) -> None:
    async def work(unit: Running, pki: Pki) -> None:
        pki.issue("NCC2", role=None)
        with pytest.raises(Iec104PeerError):
            async with control_centre(*unit.centre, files(pki, "NCC2")):
                pass
        await told(unit, "CERT_OF_ANOTHER: TLS with 127.0.0.1:")
        assert not any("SESSION_STARTED" in line for line in unit.texts())

    run(tmp_path, work)


def test_a_plain_control_centre_at_a_tls_port(tmp_path: Path) -> None:
    async def work(unit: Running, pki: Pki) -> None:
        reader, writer = await asyncio.open_connection(*unit.centre)
        writer.write(b"\x68\x04\x07\x00\x00\x00")
        assert (await reader.read(1)) in (b"", b"\x15")
        writer.close()
        await told(unit, "UNSECURE_COMMUNICATION: TLS with 127.0.0.1:")

    run(tmp_path, work)


WRONG = {
    'host = "10.0.0.1"': ("would be served at 10.0.0.1 without TLS", "plain_network = true"),
    'listen = ["10.0.0.1:2404"]': ("would be served at 10.0.0.1 without TLS", 'add tls = "mutual"'),
    'tls = "server"': ("'tls' is 'server'", "one of none, mutual"),
    'tls = "mutual"': ("needs certificates", "add the section [tls]"),
    'certificate_names = ["x"]': ("without TLS has no effect", "or remove it"),
}


@pytest.mark.parametrize("line", WRONG)
def test_what_a_unit_does_not_start_with(tmp_path: Path, line: str) -> None:
    problem, remedy = WRONG[line]
    file = small_site(tmp_path)
    change(file, 'name = "NCC"\n', f'name = "NCC"\n{line}\n')
    with pytest.raises(ConfigError) as caught:
        read_unit(file)
    assert problem in str(caught.value)
    assert remedy in str(caught.value)


def test_plain_service_on_a_network_is_said_aloud(tmp_path: Path) -> None:
    file = small_site(tmp_path)
    change(file, 'name = "NCC"\n', 'name = "NCC"\nhost = "10.0.0.1"\nplain_network = true\n')
    assert read_unit(file).control_centres[0].tls is None


def test_certificates_for_iec_104_alone(tmp_path: Path) -> None:
    file, pki = site(tmp_path, 'certificate_names = ["a", "b"]\nauthorities = "other.pem"\n')
    change(
        file, "[[control_centre]]", '[tls.iec104]\nminimum = "1.3"\nexpired = "warn"\nsession_h = 8\n[[control_centre]]'
    )
    [centre] = read_unit(file).control_centres
    assert centre.tls is not None
    made = centre.tls.parameters
    assert centre.tls.names == {"a", "b"}
    assert (made.minimum.value, made.expired.value, made.max_session_s) == ("1.3", "warn", 8 * 3600.0)
    assert (made.authorities, made.revocations) == (tmp_path / "other.pem", None)
    assert made.certificate == tmp_path / "authority" / "issued" / "OBR.pem"


def test_check_looks_at_the_files_of_control_centres_and_links(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, pki = site(tmp_path)
    change(file, "[[control_centre]]", '[tls.iec104]\ncertificate = "c.pem"\nkey = "c.key"\n[[control_centre]]')
    with file.open("a", encoding="utf-8") as stream:
        stream.write('[field.iec104]\ntls = "mutual"\n')
    assert ringmain.main(["check", str(file)]) == 1
    assert "TLS of NCC, ST1, ST2 and" in (said := capsys.readouterr().out)
    assert "c.pem" in said
    pki.issue("c", role=None, hosts=("h",), days=20)
    for end in ("pem", "key"):
        (tmp_path / f"c.{end}").write_text((pki.folder / "issued" / f"c.{end}").read_text())
    assert ringmain.main(["check", str(file)]) == 1
    assert "CERT_EXPIRES_SOON" in capsys.readouterr().out
    (tmp_path / "c.key").write_text((pki.folder / "issued" / "NCC.key").read_text())
    assert ringmain.main(["check", str(file)]) == 1
    assert "certificate or key" in capsys.readouterr().out
