"""The servers that `ringmain links` configures: the hub beside a parent, a leaf node beside each child."""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from models.errors import ConfigError, RemoteProtocolError
from models.wire.keys import SigningKey
from substation import unit_links
from substation.commands import links as command
from substation.links import courier, nats_client, nats_engine, nats_names
from tests.substation.links.family import CHILDREN, family, note, notes, numbers
from tests.substation.links.server import Server, free_port, required


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unit_links, "ANSWER_S", 1.0)
    monkeypatch.setattr(courier, "LAST_RETRY_S", 0.2)
    monkeypatch.setattr(nats_client, "REQUEST_S", 1.0)
    for name, value in {"HERE_S": 0.2, "SILENCE_S": 2.0, "RETRY_S": 0.1, "RECEIPT_S": 2.0, "FETCH_S": 1.0}.items():
        monkeypatch.setattr(nats_engine, name, value)


def configure(folder: Path, name: str, links: str) -> Server:
    """The server of a unit whose unit.toml gets that [links]."""
    file = folder / name / "unit.toml"
    file.write_text(file.read_text().replace("[links]", f'[links]\nengine = "nats"\n{links}\n', 1))
    out = folder / name / "server" / "nats.conf"
    assert command.run([str(file), "--out", str(out)]) == 0
    return Server(out.parent, out)


def test_a_hub_and_a_leaf_node_beside_each_child(tmp_path: Path) -> None:
    async def main() -> None:
        ports = {name: free_port() for name in ("MV", "leafs", *CHILDREN)}
        secret = tmp_path / "leaf.secret"
        async with family(tmp_path, "[links]") as made, AsyncExitStack() as servers:
            hub = f'nats = "nats://127.0.0.1:{ports["MV"]}"\ndomain = "MV"\nleafs = "127.0.0.1:{ports["leafs"]}"'
            for name in ("MV", *CHILDREN):
                leaf = f'nats = "nats://127.0.0.1:{ports[name]}"\ndomain = "{name}"\nparent_domain = "MV"\n'
                leaf += f'hub = "nats-leaf://127.0.0.1:{ports["leafs"]}"'
                text = f'{hub if name == "MV" else leaf}\nleaf_secret = "{secret}"'
                await servers.enter_async_context(configure(tmp_path, name, text))
            for name in ("MV", *CHILDREN):
                await made.start(name)
            await made.linked(20)
            for child in CHILDREN:
                await made.units[child].links.post.send(*(note("MV", number) for number in range(50)))
                await made.units["MV"].links.post.send(*(note(child, number) for number in range(50)))
            await notes(made.units["MV"], 100)
            for child in CHILDREN:
                assert await notes(made.units[child], 50) == [("MV", body) for body in numbers(50)]

    asyncio.run(main())


def test_children_at_the_parents_own_server_see_nothing_of_each_other(tmp_path: Path) -> None:
    async def main() -> None:
        port = free_port()
        async with family(tmp_path, "[links]") as made:
            server = configure(tmp_path, "MV", f'nats = "nats://127.0.0.1:{port}"')
            for child in CHILDREN:
                file = tmp_path / child / "unit.toml"
                text = f'[links]\nengine = "nats"\nnats = "nats://127.0.0.1:{port}"\n'
                file.write_text(file.read_text().replace("[links]", text, 1))
            async with server:
                for name in ("MV", *CHILDREN):
                    await made.start(name)
                await made.linked(20)
                await made.units["LV1"].links.post.send(*(note("MV", number) for number in range(20)))
                await notes(made.units["MV"], 20)
                heard: list[bytes] = []
                key = SigningKey.from_text((tmp_path / "LV2" / "data" / "unit.key").read_text())
                spy = nats_client.NatsClient("LV2", server.url, key, None)
                await spy.connect(lambda _: None)

                async def hear(_subject: str, frame: bytes) -> None:
                    heard.append(frame)

                await spy.listen("ringmain.>", hear)
                await made.units["LV1"].links.post.send(*(note("MV", number) for number in range(20, 40)))
                await notes(made.units["MV"], 40)
                await spy.close()
                assert heard == []

    asyncio.run(main())


def test_the_configuration_is_one_that_the_server_understands(tmp_path: Path) -> None:
    unit = tmp_path / "unit.toml"
    unit.write_text('schema = 1\nunit = {name = "MV 1", level = "MVGMU"}\n[links]\nengine = "nats"\n')
    unit.write_text(unit.read_text() + '[[child]]\nname = "a.b"\n')
    assert command.run([str(unit)]) == 0
    file = tmp_path / "data" / "nats.conf"
    assert file.stat().st_mode & 0o077 == 0
    said = subprocess.run([required(), "-t", "--config", str(file)], capture_output=True, text=True, check=False)
    assert "is valid" in said.stderr + said.stdout


@pytest.mark.parametrize(
    ("links", "problem"),
    [
        ('engine = "direct"', "engine is 'direct'"),
        ('engine = "nats"\nnats = "nats://0.0.0.0:4222"', "in the open"),
        ('engine = "nats"\nleafs = "0.0.0.0:7422"', "without a secret"),
        ('engine = "nats"\nleafs = "0.0.0.0:7422"\nleaf_secret = "s"', "in the open"),
        ('engine = "bus"', "one of direct, nats"),
        ('nats = "http://x"', "begin with nats://"),
        ("waiting_mb = 0", "from 1 to"),
        ('domain = "a b"', "JetStream domain"),
        ('egine = "nats"', "unknown key"),
    ],
)
def test_wrong_settings_are_one_line_with_a_remedy(tmp_path: Path, links: str, problem: str) -> None:
    unit = tmp_path / "unit.toml"
    unit.write_text(f'schema = 1\nunit = {{name = "MV", level = "MVGMU"}}\n[links]\n{links}\n')
    with pytest.raises(ConfigError, match=problem):
        command.run([str(unit)])


@pytest.mark.parametrize("name", ["MV1", "a.b c", "Zürich>*", "=", "_"])
def test_names_are_tokens_and_back(name: str) -> None:
    token = nats_names.token_of(name)
    assert not set(token) & set(". >*_")
    assert nats_names.unit_of(token) == name


def test_what_is_no_token_is_refused() -> None:
    for token in ("a b", "=zz", "=ff", "=C3", "ü", "=41"):
        with pytest.raises(RemoteProtocolError):
            nats_names.unit_of(token)
