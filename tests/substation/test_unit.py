"""A unit from its start to its end: what it needs alone, what it says where it cannot start, what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

import ringmain
from models.errors import StorageError
from models.point import Dbpos, PointName
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.server import serve
from substation.config import read_unit
from substation.history.store import History
from substation.site import read_site
from tests.peers.iec104 import Iec104Peer, control_centre
from tests.substation.commands.small_site import change, small_site
from tests.substation.field.bench import until
from tests.substation.unit_bench import running

FLAG = PointName("ST1/K1/E01", "SFPI1.FwdFlt")
START_NS = 1_795_000_000_000_000_000


def test_one_unit_per_data_directory(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path):
            with pytest.raises(StorageError, match="is in use by a unit that runs; stop it, or give this one"):
                async with running(tmp_path):
                    pass
        async with running(tmp_path):
            pass

    asyncio.run(main())


def test_what_was_known_is_known_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit:
            await unit.field.tell(FLAG, True)
            handles = {spec.name: handle for handle, spec in unit.unit.parts.image.register.items()}
        async with running(tmp_path) as unit:
            assert {spec.name: handle for handle, spec in unit.unit.parts.image.register.items()} == handles
            texts = unit.texts()
            assert texts.count("unit started") == 2
            assert "SFPI1: short circuit passed, forward" in texts
            assert texts.count("SFPI1: indication reset, forward") == 1  # it had reset while the unit was away

    asyncio.run(main())


def test_it_tells_where_it_listens(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit:
            file = tmp_path / "data" / "listening.json"
            await until(file.exists)
            told = json.loads(file.read_text(encoding="utf-8"))
            assert told["control_centres"] == {"NCC": list(unit.centre)}
            host, port = told["data_interface"]
            with socket.create_connection((host, port), timeout=5):
                pass

    asyncio.run(main())


def test_a_defect_in_a_listener_of_the_image_is_an_alarm(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as unit:
            unit.unit.parts.image.subscribe(lambda samples: [][1])
            await unit.field.tell(FLAG, True)
            assert "defect: IndexError: list index out of range; see the log" in unit.texts()

    asyncio.run(main())


def test_a_defect_in_a_picture_does_not_end_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    async def main() -> None:
        async with running(tmp_path) as unit:
            monkeypatch.setattr("substation.energisation.EnergisationView.states", broken)
            await unit.field.tell(PointName("ST1/K1/E01/Q0", "CSWI1.Pos"), Dbpos.OFF)
            await until(lambda: "defect in EnergisationShow: ZeroDivisionError: oops; see the log" in unit.texts())
            await unit.field.tell(FLAG, True)
            assert "SFPI1: short circuit passed, forward" in unit.texts()

    asyncio.run(main())


# -- what keeps it from starting


def refused(unit: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of `ringmain serve`."""
    assert ringmain.main(["serve", str(unit)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("place", ["[data_interface]\n", '[[control_centre]]\nname = "NCC"\n'])
def test_an_address_that_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str) -> None:
    unit = small_site(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        change(unit, f"{place}port = 0", f"{place}port = {port}")
        line = refused(unit, capsys)
    assert line.startswith("ringmain: ")
    assert f"127.0.0.1:{port}" in line


def test_a_history_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "history.sqlite").write_text("no database " * 100, encoding="utf-8")
    assert "history.sqlite: file is not a database; the file is damaged, or encrypted" in refused(unit, capsys)


def test_a_data_directory_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = small_site(tmp_path)
    (tmp_path / "data").write_text("a file", encoding="utf-8")
    assert "correct 'data' in unit.toml, or the rights" in refused(unit, capsys)


# -- as a process


@asynccontextmanager
async def served(unit: Path, sockets: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, object]]]:
    """`ringmain serve` and what it tells in listening.json. sockets: a folder with a short name for its own."""
    listening = unit.parent / "data" / "listening.json"
    listening.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ringmain", "serve", str(unit), cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": sockets}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await until(listening.exists, 40)
        yield process, json.loads(listening.read_text(encoding="utf-8"))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def children_of(process_id: int) -> list[int]:
    text = Path(f"/proc/{process_id}/task/{process_id}/children").read_text(encoding="ascii")
    return [int(number) for number in text.split()]


def lives(process_id: int) -> bool:
    return Path(f"/proc/{process_id}").exists()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_its_front_ends_end_with_it(tmp_path: Path, short: str, by: signal.Signals) -> None:
    async def main() -> None:
        async with served(small_site(tmp_path), short) as (process, _):
            await until(lambda: len(children_of(process.pid)) == 2)
            children = children_of(process.pid)
            process.send_signal(by)
            status = await asyncio.wait_for(process.wait(), 20)
            assert status == (0 if by is signal.SIGTERM else -signal.SIGKILL)
            await until(lambda: not any(map(lives, children)))
            if by is signal.SIGTERM:
                assert os.listdir(short) == []

    asyncio.run(main())


def test_a_full_disk_stops_neither_the_picture_nor_the_end_of_the_unit(tmp_path: Path, short: str) -> None:
    """The kernel refuses to let its files grow: one alarm, the control centre still served, everything kept later."""
    unit = small_site(tmp_path)
    change(unit, "[data_interface]", '[links]\naddresses = "addresses.json"\n[data_interface]')
    change(tmp_path / "scd.xml", '<P type="W-FACTOR">8<', '<P type="W-FACTOR">1<')  # acknowledge at once
    site = read_site(read_unit(unit), with_addresses=False)
    assert site is not None
    assert [link.ied for link in site.links if link.settings.get("w") == 1] == ["ST1"]
    specs = [spec for spec in site.points if spec.link == "ST1"]
    flag = next(spec for spec in specs if spec.name == FLAG)
    assert flag.monitor is not None
    station, address = flag.monitor.common_address, flag.monitor.object_address
    told = [(number % 2 == 0, START_NS + number * 1_000_000) for number in range(40)]
    outstation = Outstation(monitored(specs), controllable(specs), clock=time.time_ns)

    async def main() -> None:
        server = await serve(outstation, "127.0.0.1", 0)
        (tmp_path / "addresses.json").write_text(json.dumps({"ST1": ["127.0.0.1", server.port]}), encoding="utf-8")
        async with served(unit, short) as (process, listening):
            async with control_centre(*listening["control_centres"]["NCC"]) as peer:  # type: ignore[index,call-overload]
                outstation.update([(station, address, False, 0, None)])
                await until(lambda: outstation.unacknowledged() == 0)  # the unit has its picture
                limits = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
                size = (tmp_path / "data" / "history.sqlite-wal").stat().st_size
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, limits[1]))
                outstation.update([(station, address, value, 0, time_ns) for value, time_ns in told])
                seen = [await timed(peer, f"{station}/{address}") for _ in told]
                assert seen == [(value, time_ns // 1_000_000) for value, time_ns in told]
                assert outstation.unacknowledged() > 0
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, limits)
                await until(lambda: outstation.unacknowledged() == 0)
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
        await server.close()

    asyncio.run(main())
    history = History(tmp_path / "data" / "history.sqlite")
    ((handle, _),) = history.handles([flag])
    series = history.series(handle, flag.cdc, START_NS, START_NS + 10**9)
    texts = [event.text for _, event in history.lines(10_000)]
    history.close()
    assert [(sample.value, sample.source_time_ns) for sample in series] == told
    assert sum("history cannot be written" in text for text in texts) == 1
    assert "history can be written again" in texts


async def timed(peer: Iec104Peer, point: str) -> tuple[object, int]:
    """The next event of this point that bears a time."""
    while True:
        event = await peer.order("event", 10.0)
        assert event is not None
        if event["point"] == point and event["time_ms"] is not None:
            return event["value"], event["time_ms"]
