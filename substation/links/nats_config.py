"""The configuration of the NATS server beside a unit, as its file has it.

Users are the units' own keys, each with the subjects of its own links alone: a unit that is taken over can neither read
nor speak for another one. Servers join as leaf nodes with a secret of their own, which nats-server 2.9 cannot replace
by a key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.wire.keys import VerifyKey
from substation.links import nats_names

WILD = ">"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Of the server, for whoever connects to it."""

    certificate: Path
    key: Path
    authorities: Path


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the file says. listen, leafs: host:port. children: keys of units that use this server themselves.

    synchronous: whether the server can be told to write through (nats-server 2.10 and later).
    """

    unit: str
    key: VerifyKey
    listen: str
    store: Path
    domain: str
    children: Mapping[str, Sequence[VerifyKey]]
    hub: str
    leafs: str
    secret: str
    certificates: Certificates | None
    synchronous: bool


def configuration(facts: ServerFacts) -> str:
    """Text of nats.conf."""
    sync = {"sync_interval": "always"} if facts.synchronous else {}
    domain = {"domain": facts.domain} if facts.domain else {}
    own = _user(facts.key, [WILD], [WILD])
    children = [
        _user(key, *_of_child(facts.unit, child)) for child, keys in sorted(facts.children.items()) for key in keys
    ]
    sections: dict[str, object] = {
        "server_name": nats_names.token_of(facts.unit),
        "listen": facts.listen,
        "jetstream": {"store_dir": str(facts.store), **domain, **sync},
        "authorization": {"users": [own, *children]},
    }
    if facts.certificates is not None:
        sections["tls"] = _tls(facts.certificates)
    if leafs := _leafs(facts):
        sections["leafnodes"] = leafs
    lines = [f"{name}: {json.dumps(value, indent=2)}" for name, value in sections.items()]
    return "\n".join(["# written by 'ringmain links'; sync_interval needs nats-server 2.10", *lines, ""])


def _user(key: VerifyKey, publish: list[str], subscribe: list[str]) -> dict[str, object]:
    return {"nkey": nats_names.nkey_of(key), "permissions": {"publish": publish, "subscribe": subscribe}}


def _of_child(unit: str, child: str) -> tuple[list[str], list[str]]:
    """What a child may publish and subscribe to: its links with this unit, and its share of the JetStream API."""
    publish = [nats_names.talk(unit, child), nats_names.parcels(unit, child)]
    for stream in (nats_names.stream(unit, child), nats_names.stream(child, unit)):
        publish += [
            f"$JS.API.STREAM.CREATE.{stream}",
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.CONSUMER.*.{stream}.>",
            f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.>",
            f"$JS.API.CONSUMER.MSG.NEXT.{stream}.>",
            f"$JS.ACK.{stream}.>",
        ]
    return publish, [nats_names.all_talk(child), f"{nats_names.inbox(child)}.>"]


def _leafs(facts: ServerFacts) -> dict[str, object]:
    tls = {} if facts.certificates is None else {"tls": _tls(facts.certificates)}
    leafs: dict[str, object] = {}
    if facts.leafs:
        users = [{"user": "leaf", "password": facts.secret}]
        leafs |= {"listen": facts.leafs, "authorization": {"users": users}, **tls}
    if facts.hub:
        scheme, _, address = facts.hub.partition("://")
        leafs["remotes"] = [{"url": f"{scheme}://leaf:{facts.secret}@{address}", **tls}]
    return leafs


def _tls(certificates: Certificates) -> dict[str, object]:
    return {
        "cert_file": str(certificates.certificate),
        "key_file": str(certificates.key),
        "ca_file": str(certificates.authorities),
    }
