"""The section `[tls]` of unit.toml, and how the data interface is protected (`[data_interface] tls`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from ipaddress import ip_address
from pathlib import Path

from models.config import Table
from protocols.tls.parameters import TlsParameters
from protocols.tls.store import CrlExpired
from substation.trust.stations import read_stations


class TlsMode(Enum):
    """NONE: plain, on the loopback alone. SERVER: the unit shows its certificate. MUTUAL: the client shows one too."""

    NONE = "none"
    SERVER = "server"
    MUTUAL = "mutual"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """certificate, key: the unit's own. authorities: whom it trusts. revocations: None: nothing is ever revoked.

    iec104, iec61850: `[tls.iec104]`, `[tls.iec61850]`, where these are there.
    """

    certificate: Path
    key: Path
    authorities: Path
    revocations: Path | None
    crl_expired: CrlExpired
    iec104: TlsParameters | None = None
    iec61850: TlsParameters | None = None

    @property
    def files(self) -> tuple[Path | None, ...]:
        return self.certificate, self.key, self.authorities, self.revocations

    @property
    def stations(self) -> TlsParameters:
        """For control centres and for RTUs."""
        return self.iec104 or self._own

    @property
    def bays(self) -> TlsParameters:
        """For devices of IEC 61850."""
        return self.iec61850 or self._own

    @property
    def _own(self) -> TlsParameters:
        return TlsParameters(self.certificate, self.key, self.authorities, self.revocations, self.crl_expired)


def read_tls(table: Table, folder: Path) -> TlsSettings | None:
    """Paths are relative to `folder`. None when the section is absent; ConfigError with line and remedy."""
    if not any(True for _ in table):
        table.done()
        return None

    def path(key: str) -> Path:
        return (folder / table.take(key, str)).resolve()

    settings = TlsSettings(
        certificate=path("certificate"),
        key=path("key"),
        authorities=path("authorities"),
        revocations=path("revocations") if "revocations" in table else None,
        crl_expired=_crl_expired(table),
    )
    settings = replace(
        settings,
        iec104=read_stations(table.table("iec104"), settings.stations, folder),
        iec61850=read_stations(table.table("iec61850"), settings.bays, folder),
    )
    table.done()
    return settings


def read_mode(table: Table, settings: TlsSettings | None) -> TlsMode:
    """`tls` of the section that listens (`host` stands in it too); ConfigError when it must not stay plain."""
    name = table.take("tls", str, TlsMode.NONE.value)
    modes = {mode.value: mode for mode in TlsMode}
    if name not in modes:
        raise table.error("tls", f"'tls' is {name!r}", f"one of {', '.join(modes)}")
    host = table.take("host", str, "127.0.0.1")
    if modes[name] is TlsMode.NONE:
        if not is_loopback(host):
            problem = f"the data interface would be open to the network at {host} without TLS"
            raise table.error("host", problem, 'add tls = "mutual" and the section [tls], or listen on 127.0.0.1')
    elif settings is None:
        raise table.error("tls", f"tls = {name!r} needs certificates", "add the section [tls] (docs/certificates.md)")
    return modes[name]


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _crl_expired(table: Table) -> CrlExpired:
    name = table.take("crl_expired", str, CrlExpired.WARN.value)
    if name not in {each.value for each in CrlExpired}:
        raise table.error("crl_expired", f"'crl_expired' is {name!r}", '"warn" or "refuse"')
    return CrlExpired(name)
