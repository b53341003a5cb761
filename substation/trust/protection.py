"""All that `[tls]` gives a unit: whom it trusts, how it connects, how it accepts connections, and what it tells."""

from __future__ import annotations

from dataclasses import dataclass

from models.alarm import Category
from models.driver import Clock
from protocols.tls.files import read_certificates
from protocols.tls.security_event import CertificateRefusedError, SecurityEvent
from substation.event_list import EventList
from substation.trust.acceptance import Acceptance
from substation.trust.contexts import Contexts
from substation.trust.few_words import FewWords
from substation.trust.handshake import CheckedContext
from substation.trust.settings import TlsMode, TlsSettings
from substation.trust.store import TrustStore


@dataclass(frozen=True, slots=True)
class Protection:
    """store: verdicts on certificates. client: for connections to other units. acceptance: None where it is plain."""

    store: TrustStore
    client: CheckedContext
    acceptance: Acceptance | None


def protected(unit: str, settings: TlsSettings, mode: TlsMode, clock: Clock, events: EventList) -> Protection:
    """events: what is refused becomes a line of it. ConfigError when a file of `[tls]` cannot be used."""

    def tell(event: SecurityEvent) -> None:
        events.tell(Category.SECURITY, event.severity, unit, str(event))

    told = FewWords(tell)
    store = TrustStore(settings.authorities, settings.revocations, clock, crl_expired=settings.crl_expired, tell=told)
    contexts = Contexts(settings, mode, store, clock, told)
    acceptance = None if mode is TlsMode.NONE else Acceptance(contexts, told)
    return Protection(store, contexts.client, acceptance)


def findings(settings: TlsSettings, mode: TlsMode, clock: Clock) -> list[str]:
    """What `ringmain check` has to say of the files of `[tls]`: certificates that are no longer, or not long, valid.

    ConfigError when a file cannot be used at all.
    """
    told: list[SecurityEvent] = []
    store = TrustStore(
        settings.authorities, settings.revocations, clock, crl_expired=settings.crl_expired, tell=told.append
    )
    Contexts(settings, mode, store, clock, told.append)
    try:
        store.check([each.der for each in read_certificates(settings.certificate, "")])
    except CertificateRefusedError as refusal:
        told.append(refusal.event)
    return list(dict.fromkeys(str(event) for event in told))
