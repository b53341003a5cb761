"""`ringmain links UNIT.toml`: write the configuration of the NATS server beside a unit."""

from __future__ import annotations

import argparse
import re
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from models.errors import ConfigError
from substation.config import UnitConfig, read_unit
from substation.exchange.key_files import unit_key
from substation.links.nats_config import Certificates, ServerFacts, configuration
from substation.links.settings import EngineKind
from substation.stakeholders.register import StakeholderRegister

FILE = "nats.conf"
WRITE_THROUGH = (2, 10)


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError in one line when the unit does not use NATS or would listen without protection."""
    parser = argparse.ArgumentParser(prog="ringmain links", description="write the configuration of a NATS server")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("--out", type=Path, help=f"the file (default: {FILE} in the data directory)")
    given = parser.parse_args(arguments)
    config = read_unit(given.unit)
    if config.links.engine is not EngineKind.NATS:
        raise ConfigError(str(config.file), None, "[links] engine is 'direct'", 'set engine = "nats" first')
    text = configuration(_facts(config))
    out: Path = given.out or config.data / FILE
    out.parent.mkdir(parents=True, exist_ok=True)
    out.touch(mode=0o600)
    out.write_text(text, encoding="utf-8")
    print(f"{out} written; run:  nats-server --config {out}")
    return 0


def _facts(config: UnitConfig) -> ServerFacts:
    links = config.links
    address = urlsplit(links.nats)
    listen = f"{address.hostname}:{address.port or 4222}"
    certificates = None
    if config.tls is not None and address.scheme == "tls":
        certificates = Certificates(config.tls.certificate, config.tls.key, config.tls.authorities)
    for where in (listen, links.leafs):
        if where and certificates is None and not _is_local(where.rpartition(":")[0]):
            remedy = "give a tls:// address and [tls], or listen on 127.0.0.1"
            raise ConfigError(str(config.file), None, f"the NATS server would listen on {where} in the open", remedy)
    with closing(StakeholderRegister(config.data)) as register:
        admitted = {each.name: each.keys for each in register.stakeholders()}
    return ServerFacts(
        config.name,
        unit_key(config.data).public,
        listen,
        config.data / "nats",
        links.domain,
        {child: admitted.get(child, ()) for child in config.children},
        links.hub,
        links.leafs,
        _secret(links.leaf_secret),
        certificates,
        _version() >= WRITE_THROUGH,
    )


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _secret(file: Path | None) -> str:
    """Of the leaf nodes; made where there is none yet, to be copied to the other servers."""
    if file is None:
        return ""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
        print(f"{file} made; copy it to the servers that join as leaf nodes")
    return file.read_text(encoding="utf-8").strip()


def _version() -> tuple[int, int]:
    """Of the nats-server on this machine; the oldest where there is none."""
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/local/sbin:/usr/sbin:/sbin")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout if program else ""
    found = re.search(r"v(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else (0, 0)
