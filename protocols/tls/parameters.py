"""What TLS of one role is set up with: files, and the limits of IEC 62351-3."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from protocols.tls.store import CrlExpired

MAX_SESSION_S = 24 * 3600.0
"""IEC 62351-3: keys are renewed, certificates shown and revocation checked at least once a day."""
MAX_OCTETS, MAX_RECORDS = 1 << 36, 1 << 24
"""AES-GCM under one key: below the bound of RFC 8446 5.5 (2^24.5 full records, which are 2^38 octets)."""


class Version(Enum):
    """The oldest version of TLS that is spoken; TLS 1.3 is always preferred."""

    TLS_1_2 = "1.2"
    TLS_1_3 = "1.3"

    @property
    def openssl(self) -> ssl.TLSVersion:
        return ssl.TLSVersion.TLSv1_2 if self is Version.TLS_1_2 else ssl.TLSVersion.TLSv1_3


class Expired(Enum):
    """What becomes of an open connection whose peer's certificate expires. WARN keeps it until the next handshake."""

    END = "end"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class TlsParameters:
    """certificate, key: our own (PEM). authorities: whom we trust. revocations: None: nothing is ever revoked.

    max_session_s: how long a connection lasts, and for how long after a full handshake sessions may be resumed.
    """

    certificate: Path
    key: Path
    authorities: Path
    revocations: Path | None = None
    crl_expired: CrlExpired = CrlExpired.WARN
    minimum: Version = Version.TLS_1_2
    expired: Expired = Expired.END
    max_session_s: float = MAX_SESSION_S

    @property
    def files(self) -> tuple[Path | None, ...]:
        return self.certificate, self.key, self.authorities, self.revocations
