"""Open TLS connections: each ends when its certificate is revoked or expires, or when its keys have served long enough.

Looked at every second while there are any; an endpoint without connections costs nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from protocols.tls.parameters import MAX_OCTETS, MAX_RECORDS, Expired
from protocols.tls.security_event import CertificateRefusedError, SecurityCode, SecurityEvent
from protocols.tls.store import LOOK_S

if TYPE_CHECKING:
    from protocols.tls.endpoint import Endpoint
    from protocols.tls.shell import Shell

WARN_NS = 30 * 24 * 3600 * 1_000_000_000
"""Certificates are complained of that long before they expire."""
EARLY = 0.9
"""Who connects renews keys after this share of their time, before the other side has to end the connection."""


class Watch:
    """Of one endpoint."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.open: dict[Shell, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._verdict: object = None

    def begin(self, shell: Shell) -> None:
        """A connection was established."""
        self.open[shell] = None
        self._warn(shell)
        if self._timer is None:
            self._verdict = self._endpoint.store.verdict()
            self._plan()

    def end(self, shell: Shell) -> None:
        self.open.pop(shell, None)
        if not self.open:
            self.close()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._plan()
        verdict = self._endpoint.store.verdict()
        if verdict != self._verdict:  # authorities or lists have changed: every certificate is looked at again
            self._verdict = verdict
            for shell in tuple(self.open):
                self._endpoint.pacer.put(lambda shell=shell: self._check(shell))  # type: ignore[misc]
        self._examine(tuple(self.open))

    def _examine(self, open_now: Iterable[Shell]) -> None:
        now_ns, now_s = self._endpoint.clock(), asyncio.get_running_loop().time()
        for shell in open_now:
            if shell.is_closing or shell.certificate is None or shell.engine is None:
                continue
            age_s = now_s - shell.since_s
            longest_s = self._endpoint.parameters.max_session_s * (EARLY if shell.on_old is not None else 1.0)
            if now_ns > shell.certificate.valid_until_ns and not shell.is_expired:
                self._expire(shell)
            elif age_s > longest_s or shell.engine.octets > MAX_OCTETS or shell.engine.records > MAX_RECORDS:
                self._renew(shell, age_s)

    def _check(self, shell: Shell) -> None:
        if shell.is_closing or shell.certificate is None:
            return
        try:
            self._endpoint.store.check([shell.certificate.der])
        except CertificateRefusedError as refusal:
            if refusal.code is not SecurityCode.CERT_EXPIRED:
                self._end(shell, refusal.code, str(refusal))

    def _expire(self, shell: Shell) -> None:
        shell.is_expired = True
        if self._endpoint.parameters.expired is Expired.END:
            self._end(shell, SecurityCode.CERT_EXPIRED, f"{shell.certificate and shell.certificate.what} has expired")
            return
        what = f"TLS with {shell.peer}"
        text = f"{shell.certificate and shell.certificate.what}; refused at the next handshake, renew it"
        self._endpoint.tell_of(shell, SecurityEvent(SecurityCode.CERT_EXPIRED, what, text))

    def _renew(self, shell: Shell, age_s: float) -> None:
        if shell.on_old is not None:
            renew, shell.on_old = shell.on_old, None  # once; should it fail, the limit itself ends the connection
            renew()
            return
        self._end(shell, SecurityCode.SESSION_ENDED, f"its keys have served {age_s:.0f} s")

    def _end(self, shell: Shell, code: SecurityCode, why: str) -> None:
        self._endpoint.counters.ended[code] += 1
        self._endpoint.tell_of(shell, SecurityEvent(SecurityCode.SESSION_ENDED, f"TLS with {shell.peer}", why))
        shell.end()

    def _warn(self, shell: Shell) -> None:
        certificate = shell.certificate
        if certificate is not None and certificate.valid_until_ns - self._endpoint.clock() < WARN_NS:
            until = f"{certificate.what}, on {certificate.x509.not_valid_after_utc:%F %T} UTC; renew it"
            what = f"TLS with {shell.peer}"
            self._endpoint.tell_of(shell, SecurityEvent(SecurityCode.CERT_EXPIRES_SOON, what, until))
