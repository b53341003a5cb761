"""A unit with a station as its supervisor starts it, in this process: real stores, data interface and releases."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from models.command import Originator, OriginatorCategory
from models.point import Dbpos, PointName
from models.wire.cbor import WireValue
from models.wire.happenings import Answered
from models.wire.keys import SigningKey
from protocols.exchange.client import Client, connect
from substation.audit.reading import records
from substation.config import read_unit
from substation.control.request import Request
from substation.exchange.access import Role
from substation.maintenance.bundle import Bundle, contents_of
from substation.maintenance.manifest import Kind, Manifest, Target, TargetKind
from substation.maintenance.pointer import Active, Choice, read_active, write_active
from substation.maintenance.releases import Record, Releases
from substation.maintenance.unit_maintenance import Supervision
from substation.site import read_site
from substation.stakeholders.register import StakeholderRegister
from substation.unit import Unit, open_unit
from tests.substation.commands.small_site import change, small_site
from tests.substation.maintenance.bench import DAY_NS, ERNA, INGO, OLGA, bundle, manifest_of
from tests.substation.unit_bench import OwnField

PEOPLE = (("Erna", Role.ENGINEER, ERNA), ("Ingo", Role.INSTALLER, INGO), ("Olga", Role.OPERATOR, OLGA))
SWITCH = PointName("OBR1/K1/E04/Q0", "CSWI1.Pos")


def new_site(folder: Path, centre: str = "") -> tuple[Releases, dict[str, bytes]]:
    """Configuration 1 of the small grid is active, three people are enrolled; also the files of the configuration.

    centre: further keys of its control centre.
    """
    (folder / "files").mkdir()
    (folder / "bundles").mkdir()
    change(small_site(folder / "files"), 'name = "NCC"\n', f'name = "NCC"\n{centre}')
    content = {file.name: file.read_bytes() for file in (folder / "files").iterdir()}
    content["unit.toml"] += b"\n[maintenance]\nsettle_s = 0.2\nhealth_s = 20\n"
    releases = Releases(folder / "site")
    releases.prepare()
    made = offered(folder, content, 1)
    releases.stage(Record(made.manifest, "test"), contents_of(made))
    write_active(releases.site, Active(Choice(1), highest=Choice(1), told="installed", told_ns=1))
    releases.link_local(Choice(1))
    with closing(StakeholderRegister(releases.local / "data")) as register:
        for name, role, key in PEOPLE:
            register.enrol(key.public, name, role, time.time_ns())
    return releases, content


def manifest_now(content: dict[str, bytes], version: int, unit: str = "OBR") -> Manifest:
    now_ns = time.time_ns()
    target = Target(TargetKind.UNIT, unit)
    times = {"made_ns": now_ns, "not_before_ns": 0, "expires_ns": now_ns + DAY_NS}
    return replace(manifest_of(content, version), target=target, **times)  # type: ignore[arg-type]


def offered(folder: Path, content: dict[str, bytes], version: int, *keys: SigningKey) -> Bundle:
    return bundle(folder / "bundles", manifest_now(content, version), *keys, content=content)


class Node:
    """A running unit, its supervisor's end of the line, and what it tells."""

    def __init__(self, unit: Unit, releases: Releases, url: str, line: socket.socket) -> None:
        self.unit, self.releases, self.url, self.line = unit, releases, url, line

    def texts(self) -> list[str]:
        return [event.text for _, event in self.unit.parts.events.newest]

    async def audited(self) -> list[str]:
        await self.unit.security.audit.flush()
        found = records(self.releases.local / "data" / "audit", 0, 2**63 - 1)
        return [str(record.text("what")) for record in found]

    @property
    def active(self) -> Active:
        found = read_active(self.releases.site)
        assert found is not None
        return found

    def client(self, key: SigningKey = ERNA) -> Client:
        return connect(self.url, key, timeout_s=20.0)

    async def select(self) -> None:
        """A person selects a switch: a command is open."""
        station = self.unit.station
        assert station is not None
        result = await station.gate.select(self.request)
        assert result.ending.value == "accepted", result

    @property
    def request(self) -> Request:
        return Request(SWITCH, Dbpos.OFF, Originator(OriginatorCategory.STATION_CONTROL, "Olga"))

    async def words(self, wanted: str) -> None:
        """Read the line until the unit has said this."""
        loop = asyncio.get_running_loop()
        heard = b""
        while wanted not in [json.loads(line)[0] for line in heard.splitlines(keepends=True) if line.endswith(b"\n")]:
            heard += await loop.sock_recv(self.line, 4096)


@asynccontextmanager
async def node(releases: Releases) -> AsyncIterator[Node]:
    """The active release runs."""
    active = read_active(releases.site)
    assert active is not None
    releases.link_local(active.now)
    config = read_unit(releases.unit_file(active.now))
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    supervision = Supervision(releases.site, os.dup(theirs.fileno()))
    theirs.close()
    async with open_unit(config, read_site(config), field=OwnField, supervision=supervision) as unit:
        task = asyncio.create_task(unit.run())
        try:
            async with asyncio.timeout(20):
                await unit.maintenance.listening.wait()
                host, port = await unit.listener.bound()
                assert unit.station is not None
                while unit.station.links.up < len(unit.station.links.links):
                    await asyncio.sleep(0.005)
            yield Node(unit, releases, f"ws://{host}:{port}", ours)
            assert not task.done(), task.exception()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            ours.close()


async def sent(client: Client, made: Bundle, size: int = 40_000) -> Answered:
    """Upload in pieces; the answer to the last."""
    octets = made.file.read_bytes()
    digest = sha256(octets).digest()
    for offset in range(0, len(octets), size):
        piece: dict[str, WireValue] = {"sha256": digest, "size": len(octets), "offset": offset}
        answer = await client.write("Maintenance.Upload", "OBR", {**piece, "data": octets[offset : offset + size]})
        if answer.code.value != "ok":
            break
    return answer


async def applied(client: Client, made: Bundle, wait_s: float = 0.0) -> Answered:
    value: dict[str, WireValue] = {"sha256": sha256(made.file.read_bytes()).digest(), "wait_s": wait_s}
    return await client.write("Maintenance.Apply", "OBR", value, timeout_s=30)


def configurations(releases: Releases) -> list[int]:
    return releases.known()[Kind.CONFIGURATION]
