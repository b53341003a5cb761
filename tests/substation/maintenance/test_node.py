"""Maintenance through the data interface of a real unit: who may, when, what is told, and what stays as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.switching import OrderKind, OrderState
from models.wire.messages import Code
from substation.maintenance import activation
from substation.maintenance.bundle import contents_of
from substation.maintenance.errors import ReleaseError
from substation.maintenance.pointer import Active, Choice, read_active, write_active
from substation.maintenance.releases import Record, Releases
from tests.substation.control.world import order
from tests.substation.field.bench import until
from tests.substation.maintenance.bench import ERNA, NOBODY, OLGA, bundle
from tests.substation.maintenance.node_bench import (
    Node,
    applied,
    configurations,
    manifest_now,
    new_site,
    node,
    offered,
    sent,
)
from tests.substation.unit_bench import running

Work = Callable[[Node, dict[str, bytes]], Awaitable[None]]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activation, "LOOK_S", 0.02)
    monkeypatch.setattr(activation, "ANSWER_S", 0.05)


def run(folder: Path, *works: Work) -> Releases:
    """Each work in a life of its own of the same site."""
    releases, content = new_site(folder)

    async def main() -> None:
        for work in works:
            async with node(releases) as made:
                await work(made, content)

    asyncio.run(main())
    return releases


def changed(content: dict[str, bytes]) -> dict[str, bytes]:
    return {**content, "unit.toml": content["unit.toml"].replace(b"[fdir]\n", b"[fdir]\ntravel_s = 12\n", 1)}


def test_an_uploaded_bundle_goes_on_trial(tmp_path: Path) -> None:
    async def work(made: Node, content: dict[str, bytes]) -> None:
        offer = offered(tmp_path, changed(content), 2)
        async with made.client() as client:
            answer = await sent(client, offer)
            assert (answer.code, answer.instances[0].value["received"]) == (Code.OK, offer.file.stat().st_size)  # type: ignore[index, call-overload]
            assert (await applied(client, offer)).code is Code.OK
        await until(made.unit.maintenance.restart.is_set)
        assert made.active.trial
        assert (made.active.now, made.active.previous) == (Choice(2), Choice(1))
        told = "configuration 2 goes on trial: signed by Erna, applied by Erna (ENGINEER)"
        assert f"maintenance: {told}" in made.texts()
        assert f"maintenance: {told}" in await made.audited()
        assert made.releases.record(offer.manifest.kind, 2).frames == offer.frames
        station = made.unit.station
        assert station is not None
        held = await station.gate.select(made.request)  # nothing begins any more
        assert held.rules == ("S22",)

    async def after(made: Node, content: dict[str, bytes]) -> None:
        config = made.unit.parts.config
        assert config.self_healing.travel_s == 12
        assert config.data == made.releases.local / "data"
        async with made.client() as client:
            answer = await client.write("Maintenance.RollBack", "OBR", {"wait_s": 0.0})
            assert (answer.code, "on trial" in answer.text) == (Code.REFUSED, True)

    run(tmp_path, work, after)


def test_what_is_refused_changes_nothing(tmp_path: Path) -> None:
    async def work(made: Node, content: dict[str, bytes]) -> None:
        before = (made.active, configurations(made.releases))
        wrong = changed(content)
        unsound = {**wrong, "unit.toml": wrong["unit.toml"].replace(b"travel_s = 12", b"travel_s = -1")}
        level = b'level = "MVGMU"'
        elsewhere = {**wrong, "unit.toml": wrong["unit.toml"].replace(level, level + b'\ndata = "x"')}
        renamed = {**wrong, "unit.toml": wrong["unit.toml"].replace(b'name = "OBR"', b'name = "XYZ"')}
        altered = offered(tmp_path, wrong, 2)
        octets = bytearray(altered.file.read_bytes())
        octets[-1] ^= 1
        altered.file.write_bytes(octets)
        cases = (
            (altered, "not what was signed"),
            (offered(tmp_path, wrong, 3, NOBODY), "is not known"),
            (offered(tmp_path, wrong, 4, OLGA), "no role that signs"),
            (offered(tmp_path, wrong, 1), "was active already"),
            (offered(tmp_path, unsound, 5), "'travel_s' is -1"),
            (offered(tmp_path, elsewhere, 6), "does not stay with the unit"),
            (offered(tmp_path, {**wrong, "data": b""}, 7), "belongs to the unit"),
            (bundle(tmp_path / "bundles", manifest_now(wrong, 8, "XYZ"), content=wrong), "this is OBR"),
            (offered(tmp_path, renamed, 9), "is for the unit 'XYZ'"),
        )
        async with made.client() as client:
            for offer, reason in cases:
                answer = await sent(client, offer)
                if answer.code is Code.OK:
                    answer = await applied(client, offer)
                assert (answer.code, reason in answer.text) == (Code.REFUSED, True), (reason, answer.text)
                assert any(text.startswith("maintenance refused") and reason in text for text in made.texts())
                assert (made.active, configurations(made.releases)) == before
            found = await made.audited()
            assert len([text for text in found if "maintenance refused" in text]) == len(cases)
        assert not made.unit.maintenance.restart.is_set()

    run(tmp_path, work)


def test_only_who_may_configure(tmp_path: Path) -> None:
    async def work(made: Node, content: dict[str, bytes]) -> None:
        async with made.client(OLGA) as client:
            for variable, value in (
                ("Maintenance.Upload", {}), ("Maintenance.Apply", {}), ("Maintenance.Reset", {}),
                ("Maintenance.RollBack", {}), ("Maintenance.Parameter", {}),
            ):  # fmt: skip
                assert (await client.write(variable, "OBR", value)).code is Code.NOT_ALLOWED
            (state,) = await client.query("Maintenance", "OBR")
            assert isinstance(state.value, dict)
            assert state.value["active"] == {"configuration": 1, "software": 0}
            assert (state.value["healthy"], state.value["busy"]) == (True, "")
            (inventory,) = await client.query("Maintenance.Inventory", "OBR")
            assert isinstance(inventory.value, dict)
            assert {"ringmain", "cryptography", "python"} <= set(inventory.value)

    run(tmp_path, work)


def test_never_while_a_command_is_open(tmp_path: Path) -> None:
    """S22, S23: refused with the reason; who gives a time is served when the command has ended."""

    async def work(made: Node, content: dict[str, bytes]) -> None:
        await made.select()
        reset = {"settings": "keep", "wait_s": 0.0}
        async with made.client() as client:
            answer = await client.write("Maintenance.Reset", "OBR", reset)
            assert (answer.code, "S22: a command is open: open OBR1/K1/E04/Q0" in answer.text) == (Code.REFUSED, True)
            station = made.unit.station
            assert station is not None
            waiting = asyncio.ensure_future(client.write("Maintenance.Reset", "OBR", {**reset, "wait_s": 10.0}))
            await until(lambda: made.unit.maintenance.node.acting)
            other = await client.write("Maintenance.Reset", "OBR", reset)
            assert (other.code, "is under way" in other.text) == (Code.REFUSED, True)
            await station.gate.cancel(made.request)
            assert (await waiting).code is Code.OK
        await until(made.unit.maintenance.restart.is_set)

    run(tmp_path, work)


def test_never_while_a_sequence_runs(tmp_path: Path) -> None:
    async def work(made: Node, content: dict[str, bytes]) -> None:
        station = made.unit.station
        assert station is not None
        await station.desk.propose(order(kind=OrderKind.MANUAL))
        assert made.unit.maintenance.busy() == ""  # a proposal waits for people, perhaps for days, and is kept
        station.desk.rehearse = lambda _: None
        station.gate.execute = lambda request: asyncio.sleep(3600)  # type: ignore[method-assign, assignment, return-value]
        assert await station.desk.approve("FDIR-1", 1, made.request.originator) == ""
        await until(lambda: station.desk.orders["FDIR-1"].state is OrderState.EXECUTING)
        async with made.client() as client:
            offer = offered(tmp_path, changed(content), 2)
            assert (await sent(client, offer)).code is Code.OK
            for answer in (
                await applied(client, offer),
                await client.write("Maintenance.Reset", "OBR", {"settings": "keep", "wait_s": 0.0}),
                await client.write(
                    "Maintenance.Parameter", "OBR", {"name": "fdir.travel_s", "value": 11.0, "wait_s": 0.0}
                ),
            ):
                assert (answer.code, "S23: order FDIR-1 is executing" in answer.text) == (Code.REFUSED, True)
        assert configurations(made.releases) == [1]

    run(tmp_path, work)


def test_parameters(tmp_path: Path) -> None:
    def value(name: str, number: float) -> dict[str, object]:
        return {"name": name, "value": number, "wait_s": 0.0}

    async def work(made: Node, content: dict[str, bytes]) -> None:
        async with made.client() as client:
            for wrong in (value("status.period_s", 0.0), value("fdir.travel_s", 1e6), value("unit.name", 1.0)):
                assert (await client.write("Maintenance.Parameter", "OBR", wrong)).code is Code.REFUSED  # type: ignore[arg-type]
            now = await client.write("Maintenance.Parameter", "OBR", value("status.period_s", 5.0))  # type: ignore[arg-type]
            assert (now.code, now.text) == (Code.OK, "status.period_s set from 1 to 5 s by Erna (ENGINEER)")
            assert made.unit.station is not None
            assert made.unit.station.status.period_s == 5.0
            assert not made.unit.maintenance.restart.is_set()

    async def kept(made: Node, content: dict[str, bytes]) -> None:
        assert made.unit.station is not None
        assert made.unit.station.status.period_s == 5.0
        async with made.client() as client:
            later = await client.write("Maintenance.Parameter", "OBR", value("fdir.travel_s", 14.0))  # type: ignore[arg-type]
            assert (later.code, "configuration 2 goes on trial" in later.text) == (Code.OK, True)
        assert (made.active.now, made.active.trial) == (Choice(2), True)

    releases = run(tmp_path, work, kept)

    async def forgotten() -> None:
        active = read_active(releases.site)
        assert active is not None
        write_active(releases.site, active.confirmed("confirmed", 5))
        async with node(releases) as made, made.client() as client:
            assert made.unit.parts.config.self_healing.travel_s == 14.0
            (shown,) = await client.query("Maintenance.Parameters", "OBR")
            assert isinstance(shown.value, list)
            present = {each["name"]: each["value"] for each in shown.value if isinstance(each, dict)}
            assert (present["fdir.travel_s"], present["status.period_s"]) == (14.0, 5.0)
            assert "maintenance: confirmed" in made.texts()
            answer = await client.write("Maintenance.Reset", "OBR", {"settings": "release", "wait_s": 0.0})
            assert answer.code is Code.OK
        async with node(releases) as made:
            assert made.unit.station is not None
            assert made.unit.station.status.period_s == 1.0
            assert made.texts().count("maintenance: confirmed") == 1

    asyncio.run(forgotten())


def test_the_line_to_the_supervisor(tmp_path: Path) -> None:
    async def work(made: Node, content: dict[str, bytes]) -> None:
        await made.words("ready")
        await asyncio.get_running_loop().sock_sendall(made.line, b'nonsense\n["confirmed", "all is well"]\n')
        await until(lambda: "maintenance: all is well" in made.texts())
        assert not made.unit.maintenance.restart.is_set()
        made.line.close()
        await until(made.unit.maintenance.restart.is_set)

    run(tmp_path, work)


def test_restored_data_still_refuse_what_they_have_had(tmp_path: Path) -> None:
    """A site that is set up anew around old data starts at 1; a bundle of before is not taken again."""
    releases, content = new_site(tmp_path)

    async def main() -> None:
        old = offered(tmp_path, changed(content), 3)
        releases.stage(Record(old.manifest, "test"), contents_of(old))
        write_active(releases.site, Active(Choice(3), highest=Choice(3)))
        async with node(releases) as made:
            await until(lambda: made.unit.parts.stores.history.load_state("maintenance applied") is not None)
        write_active(releases.site, Active(Choice(1), highest=Choice(1)))
        async with node(releases) as made, made.client(ERNA) as client:
            answer = await sent(client, old)
            assert (answer.code, "version 3 was active already" in answer.text) == (Code.REFUSED, True)

    asyncio.run(main())


def test_without_a_supervisor_nothing_is_restarted(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path) as made:
            with pytest.raises(ReleaseError, match="not run by 'ringmain supervise'"):
                await made.unit.maintenance.node.reset("keep", 0.0, "Erna")
            await made.unit.maintenance.node.set_parameter("status.period_s", 2.0, 0.0, "Erna")
            assert made.station.status.period_s == 2.0

    asyncio.run(main())
