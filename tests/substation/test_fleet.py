"""Several units in one process: all or none at the start, each on its own afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest

from models.errors import ConfigError, LinkError, RingmainError
from substation.config import UnitConfig, read_unit
from substation.fleet import Address, Fleet, first_reason
from substation.unit import Unit


def config(folder: Path, name: str, port: int = 0) -> UnitConfig:
    home = folder / name
    home.mkdir()
    file = home / "unit.toml"
    file.write_text(
        f'schema = 1\n[unit]\nname = "{name}"\nlevel = "LVGMU"\n[data_interface]\nport = {port}\n', encoding="utf-8"
    )
    return read_unit(file)


class Watch:
    """Who is ready, and an event when all are."""

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.ready: dict[str, Address] = {}
        self.units: dict[str, Unit] = {}
        self.all = asyncio.Event()

    def __call__(self, unit: Unit, address: Address) -> None:
        name = unit.parts.config.name
        self.ready[name], self.units[name] = address, unit
        if len(self.ready) == self.expected:
            self.all.set()


def can_connect(address: Address) -> bool:
    with contextlib.closing(socket.socket()) as caller:
        return caller.connect_ex(address) == 0


def test_all_listen_and_all_end(tmp_path: Path) -> None:
    async def scene() -> None:
        watch = Watch(3)
        running = asyncio.create_task(Fleet([(config(tmp_path, name), None) for name in "ABC"], watch).run())
        async with asyncio.timeout(20):
            await watch.all.wait()
        assert len(set(watch.ready.values())) == 3
        assert all(map(can_connect, watch.ready.values()))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not any(map(can_connect, watch.ready.values()))

    asyncio.run(scene())


def test_when_one_cannot_start_none_runs(tmp_path: Path) -> None:
    async def scene() -> None:
        watch = Watch(2)
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
            port = taken.getsockname()[1]
            fleet = Fleet([(config(tmp_path, "A"), None), (config(tmp_path, "B", port), None)], watch)
            with pytest.raises(ExceptionGroup) as ended:
                await fleet.run()
        assert "cannot listen on" in str(first_reason(ended.value))
        assert watch.ready == {}

    asyncio.run(scene())


@pytest.mark.parametrize("error", [LinkError("the disk has gone"), ValueError("a defect")])
def test_when_one_ends_later_the_others_go_on(
    tmp_path: Path, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run, dies = Unit.run, asyncio.Event()

    async def dying(unit: Unit) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(run(unit))
            if unit.parts.config.name == "B":
                await dies.wait()
                raise error

    monkeypatch.setattr(Unit, "run", dying)

    async def scene() -> None:
        watch = Watch(2)
        fleet = Fleet([(config(tmp_path, name), None) for name in "AB"], watch)
        running = asyncio.create_task(fleet.run())
        async with asyncio.timeout(20):
            await watch.all.wait()
            dies.set()
            while not fleet.ended:
                await asyncio.sleep(0.01)
        assert list(fleet.ended) == ["B"]
        assert can_connect(watch.ready["A"])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(scene())
    (line,) = [record for record in caplog.records if record.name == "substation.fleet"]
    assert line.getMessage().startswith("unit B has ended: ")
    assert line.getMessage().endswith("; 1 others go on")
    assert bool(line.exc_info) is isinstance(error, ValueError)  # a defect is shown whole


def test_a_name_occurs_once(tmp_path: Path) -> None:
    given = config(tmp_path, "A")
    with pytest.raises(ConfigError, match="unit 'A' is that of"):
        Fleet([(given, None), (given, None)], lambda unit, address: None)


def test_the_reason_is_told_only_when_all_are_expected() -> None:
    expected = ExceptionGroup("", [ExceptionGroup("", [RingmainError("one")]), RingmainError("two")])
    assert str(first_reason(expected)) == "one"
    assert first_reason(ExceptionGroup("", [RingmainError("one"), ValueError("two")])) is None
