"""One end of TLS connections that share files and rules: accepts and opens them, and watches those that are open."""

from __future__ import annotations

import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from models.driver import Clock
from models.errors import ConfigError
from protocols.tls.certificate import Certificate
from protocols.tls.contexts import mutual_context
from protocols.tls.engine import Accept, TlsEngine
from protocols.tls.files import Stamp, stamp
from protocols.tls.names import check_name
from protocols.tls.pacer import Pacer
from protocols.tls.parameters import TlsParameters
from protocols.tls.security_event import CertificateRefusedError, SecurityCode, SecurityEvent
from protocols.tls.shell import OCTETS_PER_TURN, App, Shell
from protocols.tls.store import LOOK_S, Tell, TrustStore
from protocols.tls.watch import Watch

MOST_HANDSHAKES, MOST_OF_A_HOST = 256, 16
"""Handshakes at the same time, of all hosts and of one; what comes beyond is closed at once and counted."""


@dataclass(slots=True)
class TlsCounters:
    """Since the start. refused: handshakes that failed, by reason; ended: connections that we ended."""

    handshakes: int = 0
    resumed: int = 0
    refused: Counter[SecurityCode] = field(default_factory=Counter)
    ended: Counter[SecurityCode] = field(default_factory=Counter)

    def shown(self) -> dict[str, int]:
        """By speaking name, as links show theirs."""
        return {
            "TLS handshakes": self.handshakes,
            "TLS sessions resumed": self.resumed,
            **{f"TLS refused: {code.name}": number for code, number in self.refused.items()},
            **{f"TLS ended: {code.name}": number for code, number in self.ended.items()},
        }


@dataclass(slots=True)
class _Made:
    """A context, the files that it was made from, and when. It has the sessions of its own connections alone."""

    context: ssl.SSLContext
    stamps: tuple[Stamp | None, ...]
    since_s: float
    sessions: dict[str, ssl.SSLSession] = field(default_factory=dict)


class Endpoint:
    """Made once for a set of files. ConfigError when one cannot be used. Calls belong to one loop.

    tell: what concerns files, and all that happens to connections that are accepted. Who opens one hears himself what
    happens to it after the handshake.
    """

    def __init__(
        self,
        parameters: TlsParameters,
        server_side: bool,
        clock: Clock,
        tell: Tell,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.server_side, self.parameters, self.clock = server_side, parameters, clock
        self.counters, self.pacer = TlsCounters(), Pacer()
        self.room = bytearray(OCTETS_PER_TURN)
        self.tell, self._timer = tell, timer
        self.store = TrustStore(
            parameters.authorities,
            parameters.revocations,
            clock,
            crl_expired=parameters.crl_expired,
            tell=tell,
            timer=timer,
        )
        self._made = _Made(mutual_context(parameters, server_side), self._present(), timer())
        self._looked_s = timer()
        self._handshakes: Counter[str] = Counter()
        self._shaking: set[Shell] = set()
        self._tells: dict[Shell, Tell] = {}
        self._watch = Watch(self)

    def accept(self, app: App, names: frozenset[str]) -> Shell:
        """For `create_server`: `app` is told of a connection whose peer has shown a certificate of one of the names."""
        return Shell(self, app, names)

    def connect(self, app: App, names: frozenset[str], key: str, tell: Tell) -> Shell:
        """For `create_connection`, then await `ready`. key: of the peer, whose last session is resumed."""
        shell = Shell(self, app, names, key)
        self._tells[shell] = tell
        return shell

    def certificate_of(self, peer: str) -> Certificate | None:
        """What an open connection ('host:port') has shown."""
        return next((shell.certificate for shell in self._watch.open if shell.peer == peer), None)

    @property
    def context(self) -> ssl.SSLContext:
        """In force for the next connection."""
        return self._made.context

    @property
    def shaking(self) -> int:
        """Handshakes under way."""
        return len(self._shaking)

    # -- what a shell asks and tells

    def admit(self, shell: Shell) -> bool:
        if self.server_side and (
            len(self._shaking) >= MOST_HANDSHAKES or self._handshakes[shell.host] >= MOST_OF_A_HOST
        ):
            refusal = CertificateRefusedError(
                SecurityCode.HANDSHAKE_FAILED, f"TLS with {shell.peer}", "too many handshakes at the same time"
            )
            shell.failure = refusal
            self.failed(shell, refusal)
            return False
        self._shaking.add(shell)
        self._handshakes[shell.host] += 1
        return True

    def engine(self, shell: Shell, accept: Accept) -> TlsEngine:
        self._renew()
        session = self._made.sessions.get(shell.key) if shell.key else None
        return TlsEngine(self._made.context, accept, self.server_side, session)

    def check(self, shell: Shell, shown: bytes) -> Certificate:
        """CertificateRefusedError unless it is trusted now, and the right one's."""
        found = self.store.check([shown])
        check_name(found, shell.names)
        return found

    def established(self, shell: Shell) -> None:
        self._leave(shell)
        engine, certificate = shell.engine, shell.certificate
        if engine is None or certificate is None:
            return
        self.counters.handshakes += 1
        self.counters.resumed += engine.is_resumed
        self._watch.begin(shell)
        how = "resumed" if engine.is_resumed else "full handshake"
        text = f"{engine.description}, {certificate.what}, {how}"
        self.tell_of(shell, SecurityEvent(SecurityCode.SESSION_STARTED, f"TLS with {shell.peer}", text))

    def failed(self, shell: Shell, refusal: CertificateRefusedError) -> None:
        self._leave(shell)
        self.counters.refused[refusal.code] += 1
        self._made.sessions.pop(shell.key, None)  # should it be to blame, the next handshake is a full one
        if self.server_side:  # who connects hears of it by `ready`, or when the connection is lost
            self.tell(refusal.event)

    def gone(self, shell: Shell) -> None:
        self._leave(shell)
        self._watch.end(shell)
        self._tells.pop(shell, None)
        engine = shell.engine
        if not shell.key or shell.failure is not None or engine is None or engine.context is not self._made.context:
            return
        if (session := engine.session) is not None:
            self._made.sessions[shell.key] = session

    def tell_of(self, shell: Shell, event: SecurityEvent) -> None:
        self._tells.get(shell, self.tell)(event)

    def _leave(self, shell: Shell) -> None:
        if shell in self._shaking:
            self._shaking.discard(shell)
            self._handshakes[shell.host] -= 1
            if not self._handshakes[shell.host]:
                del self._handshakes[shell.host]

    # -- contexts

    def _renew(self) -> None:
        """Make the context anew when its files have changed, and once a day, which ends its sessions."""
        now_s = self._timer()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        made, stamps = self._made, self._present()
        if stamps == made.stamps and now_s - made.since_s <= self.parameters.max_session_s:
            return
        try:
            self._made = _Made(mutual_context(self.parameters, self.server_side), stamps, now_s)
        except ConfigError as error:
            if stamps != made.stamps:  # else it has been told
                made.stamps = stamps
                text = f"{error}; the old ones stay"
                self.tell(SecurityEvent(SecurityCode.CERT_NOT_CONFIGURED, "own files", text))

    def _present(self) -> tuple[Stamp | None, ...]:
        files = self.parameters
        return tuple(stamp(file) for file in (files.certificate, files.key, files.authorities))
