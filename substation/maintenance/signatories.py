"""Who may sign for maintenance: an engineer or installer, by an admitted key or by a certificate of the utility."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from models.driver import Clock
from models.errors import RemoteProtocolError, RingmainError
from models.wire import cose
from models.wire.keys import KeyId, VerifyKey
from substation.exchange.access import Identity, Role
from substation.maintenance.bundle import CONTEXT
from substation.maintenance.errors import BundleError
from substation.stakeholders.stakeholder import Stakeholder
from substation.trust.store import CertifiedStakeholder

ROLES = frozenset({Role.ENGINEER, Role.INSTALLER})


class Register(Protocol):
    """What is asked of the unit's register of stakeholders."""

    def find(self, key_id: KeyId) -> VerifyKey | None: ...

    def holder(self, key_id: KeyId) -> Stakeholder | None: ...

    def of_subject(self, subject: str) -> Stakeholder | None: ...

    def named(self, name: str) -> Stakeholder | None: ...


class Certifier(Protocol):
    """Judges certificates (substation.trust)."""

    def verify(self, chain: Sequence[bytes]) -> CertifiedStakeholder: ...


class Signatories:
    """certifier: None where certificates are not used. Calls belong to the loop's thread."""

    def __init__(self, register: Register, certifier: Certifier | None, clock: Clock) -> None:
        self._register, self._certifier, self._clock = register, certifier, clock

    def signer(self, frame: bytes) -> Identity:
        """Who has signed this frame of a bundle; BundleError unless the signature is valid and the role may sign."""
        try:
            parts = cose.parse(frame, with_chain=True)
            key, identity = self._admitted(parts.key_id) or self._certified(parts)
            cose.require_signature(parts, key, CONTEXT)
        except (RemoteProtocolError, BundleError) as error:
            raise BundleError(f"the bundle is refused: {error}") from error
        if identity.role not in ROLES:
            raise BundleError(f"the bundle is refused: {identity} has no role that signs bundles")
        return identity

    def _admitted(self, key_id: KeyId) -> tuple[VerifyKey, Identity] | None:
        key, holder = self._register.find(key_id), self._register.holder(key_id)
        if key is None or holder is None:
            return None
        if holder.expired(self._clock()):
            raise BundleError(f"{holder.name} is not admitted any more")
        return key, holder.identity(key_id)

    def _certified(self, parts: cose.Parts) -> tuple[VerifyKey, Identity]:
        """The register rules where it knows the subject, as at a login."""
        if self._certifier is None or not parts.chain:
            raise cose.UnknownKeyError(parts.key_id)
        try:
            certified = self._certifier.verify(parts.chain)
        except RingmainError as error:
            raise BundleError(f"its certificate: {error}") from error
        bound = self._register.of_subject(certified.name)
        if bound is not None and bound.expired(self._clock()):
            raise BundleError(f"{bound.name} is not admitted any more")
        if bound is None and self._register.named(certified.name) is not None:
            raise BundleError(f"the certificate's name '{certified.name}' is that of another stakeholder here")
        if bound is not None:
            return certified.key, bound.identity(parts.key_id)
        return certified.key, Identity(parts.key_id, certified.name, certified.role, areas=certified.areas)
