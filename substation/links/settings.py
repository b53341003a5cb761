"""`[links]` of unit.toml: what carries parcels and requests between this unit and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from models.config import Table

NATS_URL = "nats://127.0.0.1:4222"
SCHEMES = ("nats://", "tls://")


class EngineKind(Enum):
    """direct: each child is a client of its parent's data interface. nats: a NATS server with JetStream beside each."""

    DIRECT = "direct"
    NATS = "nats"


@dataclass(frozen=True, slots=True)
class LinksSettings:
    """nats: URL of this unit's own server. domain, parent_domain: JetStream domains of that server and of the parent's,
    '' where there is none. ca: certificates that the server's must come from. hub: leaf address of the parent's server;
    leafs: where ours takes the servers of units below; leaf_secret: file with what these two show each other.
    waiting_octets: values that wait for one
    neighbour; beyond, the oldest are dropped and counted.
    """

    engine: EngineKind = EngineKind.DIRECT
    nats: str = NATS_URL
    domain: str = ""
    parent_domain: str = ""
    ca: Path | None = None
    hub: str = ""
    leafs: str = ""
    leaf_secret: Path | None = None
    waiting_octets: int = 256 * 1024 * 1024


def read_links(table: Table, folder: Path) -> LinksSettings:
    """folder: where relative paths begin."""
    engine, url = table.take("engine", str, "direct"), table.take("nats", str, NATS_URL)
    kinds = {kind.value: kind for kind in EngineKind}
    if engine not in kinds:
        raise table.error("engine", f"engine {engine!r} is unknown", f"one of {', '.join(kinds)}")
    if not url.startswith(SCHEMES):
        raise table.error("nats", f"'{url}' is no address of a NATS server", f"begin with {' or '.join(SCHEMES)}")
    waiting_mb = table.take("waiting_mb", int, 256)
    if not 1 <= waiting_mb <= 1_000_000:
        raise table.error("waiting_mb", f"'waiting_mb' is {waiting_mb}", "give a number from 1 to 1000000")
    ca, secret = table.optional("ca", str), table.optional("leaf_secret", str)
    hub, leafs = table.take("hub", str, ""), table.take("leafs", str, "")
    if (hub or leafs) and secret is None:
        raise table.error(
            None, "servers join as leaf nodes without a secret", "add 'leaf_secret' as the path of a file"
        )
    return LinksSettings(
        kinds[engine],
        url,
        _domain(table, "domain"),
        _domain(table, "parent_domain"),
        None if ca is None else (folder / ca).resolve(),
        hub,
        leafs,
        None if secret is None else (folder / secret).resolve(),
        waiting_mb * 1024 * 1024,
    )


def _domain(table: Table, key: str) -> str:
    name = table.take(key, str, "")
    if any(letter in name for letter in " .*>$"):
        raise table.error(key, f"'{name}' is no name of a JetStream domain", "use letters, digits, '-' and '_'")
    return name
