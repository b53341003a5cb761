"""TLS contexts of a unit after IEC 62351-3: TLS 1.2 and 1.3, certificates both ways, no renegotiation, no tickets.

A connection shows its certificate anew each time; one that stays open longer than `MAX_SESSION_S` is ended by who
accepted it, which renews its keys.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable

from models.driver import Clock
from models.errors import ConfigError
from protocols.tls.contexts import harden, load
from protocols.tls.files import Stamp, read_certificates, stamp
from protocols.tls.security_event import CertificateRefusedError, SecurityCode, SecurityEvent
from protocols.tls.store import LOOK_S, Tell
from substation.trust.handshake import CheckedContext
from substation.trust.settings import TlsMode, TlsSettings
from substation.trust.store import TrustStore

WARN_NS = 30 * 24 * 3600 * 1_000_000_000
"""Own certificates are complained of that long before they expire, once a day."""
WARN_AGAIN_S = 24 * 3600.0
_REMEDY = "give certificate and key of this unit, as 'ringmain authority DIR issue' writes them"


def server_context(settings: TlsSettings, mode: TlsMode, store: TrustStore) -> CheckedContext:
    """For one who listens. ConfigError when certificate, key or authorities cannot be used."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, settings, store)
    context.verify_mode = ssl.CERT_REQUIRED if mode is TlsMode.MUTUAL else ssl.CERT_NONE
    context.num_tickets = 0
    return context


def client_context(settings: TlsSettings, store: TrustStore) -> CheckedContext:
    """For one who connects; the host's name or address must stand in the server's certificate. ConfigError."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, settings, store)


def _context(purpose: int, settings: TlsSettings, store: TrustStore) -> CheckedContext:
    context = CheckedContext(purpose)
    harden(context)
    _load(context, settings)

    def check(shown: bytes) -> None:
        store.check([shown])

    context.check = check
    return context


def _load(context: ssl.SSLContext, settings: TlsSettings) -> None:
    load(context, settings.certificate, settings.key, settings.authorities)


class Contexts:
    """`server` and `client` of one unit: they take up changed files by themselves, at the next connection.

    Authorities that are withdrawn stay in OpenSSL's memory, but not in the store, which has the last word. One thread.
    """

    def __init__(
        self,
        settings: TlsSettings,
        mode: TlsMode,
        store: TrustStore,
        clock: Clock,
        tell: Tell,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._settings, self._clock, self._tell, self._timer = settings, clock, tell, timer
        self._looked_s = self._warned_s = timer()
        self._stamps = self._present()
        self.server = server_context(settings, mode, store)
        self.client = client_context(settings, store)
        self.server.renew = self.client.renew = self._renew
        self._warn()

    def _renew(self) -> None:
        now_s = self._timer()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        if (present := self._present()) != self._stamps:
            self._stamps = present
            self._take_up()
        if now_s - self._warned_s > WARN_AGAIN_S:
            self._warn()

    def _take_up(self) -> None:
        try:
            _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), self._settings)  # a half-written pair must not get further
            for context in (self.server, self.client):
                _load(context, self._settings)
        except ConfigError as error:
            self._tell(SecurityEvent(SecurityCode.CERT_NOT_CONFIGURED, "own files", f"{error}; the old ones stay"))
            return
        self._warn()

    def _warn(self) -> None:
        """Tell of an own certificate that is not valid, or not for long."""
        self._warned_s = self._timer()
        own = read_certificates(self._settings.certificate, _REMEDY)[0]
        try:
            own.check_time(self._clock())
        except CertificateRefusedError as error:
            self._tell(SecurityEvent(error.code, f"own {own.what}", "renew it"))
            return
        if own.valid_until_ns - self._clock() < WARN_NS:
            until = f"on {own.x509.not_valid_after_utc:%F %T} UTC; renew it"
            self._tell(SecurityEvent(SecurityCode.CERT_EXPIRES_SOON, f"own {own.what}", until))

    def _present(self) -> tuple[Stamp | None, ...]:
        settings = self._settings
        return tuple(stamp(file) for file in (settings.certificate, settings.key, settings.authorities))
