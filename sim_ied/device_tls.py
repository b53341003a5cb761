"""`[rtu_tls]`, `[ied_tls]` of world.toml: simulated devices behind TLS, with certificates as the utility's authority
issues them.

[rtu_tls]
certificates = "utility/issued"          # NAME.pem and NAME.key of each device
authorities = "utility/authority.pem"
revocations = "utility/crl.pem"          # absent: nothing is ever revoked
names = ["OBR"]                          # who may connect, by the names in their certificates
devices = ["ST103", "ST104"]             # absent: every device of the kind
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from models.config import Table, read_toml
from models.driver import Clock
from models.errors import ConfigError
from protocols.iec104.connection import Connection
from protocols.iec104.server import Door
from protocols.tls.endpoint import Endpoint
from protocols.tls.parameters import TlsParameters
from protocols.tls.security_event import SecurityEvent
from protocols.tls.shell import Shell
from sim_ied.mms.tls import SecureDoor

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeviceTls:
    """devices: names of IEDs, empty for every one that speaks IEC 104, or IEC 61850."""

    certificates: Path
    authorities: Path
    revocations: Path | None
    names: frozenset[str]
    devices: frozenset[str]

    def in_folder(self, folder: Path) -> DeviceTls:
        """With paths from there."""
        revocations = None if self.revocations is None else folder / self.revocations
        return replace(
            self,
            certificates=folder / self.certificates,
            authorities=folder / self.authorities,
            revocations=revocations,
        )

    def covers(self, device: str) -> bool:
        return not self.devices or device in self.devices

    def door(self, device: str, clock: Clock = time.time_ns) -> Door:
        """Of one RTU. ConfigError when its certificate, its key or the authorities cannot be used."""
        return partial(_secured, self._endpoint(device, clock), self.names)

    def secure(self, device: str, clock: Clock = time.time_ns) -> Callable[[], SecureDoor]:
        """Of one IED, to be made on the loop that serves it. ConfigError as above."""
        return partial(SecureDoor, self._endpoint(device, clock), self.names)

    def _endpoint(self, device: str, clock: Clock) -> Endpoint:
        certificate = self.certificates / f"{device}.pem"
        parameters = TlsParameters(certificate, certificate.with_suffix(".key"), self.authorities, self.revocations)
        return Endpoint(parameters, True, clock, partial(_log, device))


def read_device_tls(table: Table) -> DeviceTls | None:
    """None when the section is absent; ConfigError with line and remedy."""
    if not any(True for _ in table):
        return None
    revocations = table.optional("revocations", str)
    names = frozenset(table.take_list("names", str))
    if not names:
        raise table.error("names", "nobody could connect", "give the names in the masters' certificates")
    made = DeviceTls(
        certificates=Path(table.take("certificates", str)),
        authorities=Path(table.take("authorities", str)),
        revocations=None if revocations is None else Path(revocations),
        names=names,
        devices=frozenset(table.take_list("devices", str, [])),
    )
    table.done()
    return made


def read_tls_file(file: Path) -> DeviceTls:
    """`[ied_tls]` in a file of its own (`ringmain sim --scl FILE --tls FILE`); paths are taken from its folder."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "name an existing file") from error
    root = read_toml(text, str(file))
    made = read_device_tls(root.table("ied_tls"))
    root.done()
    if made is None:
        raise ConfigError(str(file), None, "has no section [ied_tls]", "add it (docs/iec61850.md)")
    return made.in_folder(file.parent)


def _secured(endpoint: Endpoint, names: frozenset[str], connection: Connection) -> Shell:
    return endpoint.accept(connection, names)


def _log(device: str, event: SecurityEvent) -> None:
    logger.log(logging.WARNING if event.severity else logging.INFO, "%s: %s", device, event)
