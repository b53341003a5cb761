"""The verdict on certificates that log somebody in: trusted, and with a role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.wire.keys import VerifyKey
from protocols.tls import store
from protocols.tls.security_event import SecurityCode
from substation.exchange.access import Role
from substation.trust.holder import level_of, roles_of


@dataclass(frozen=True, slots=True)
class CertifiedStakeholder:
    """What a trusted certificate says of its holder. areas: patterns of locations. level: of a unit, None of others."""

    name: str
    role: Role
    areas: tuple[str, ...]
    key: VerifyKey
    serial: int
    valid_from_ns: int
    valid_until_ns: int
    level: str | None


class TrustStore(store.TrustStore):
    """The trust store of a unit's data interface."""

    def verify(self, chain: Sequence[bytes]) -> CertifiedStakeholder:
        """The holder of the first certificate (DER); the others lead to an authority. CertificateRefusedError."""
        leaf = self.check(chain)
        leaf.check_holder()
        roles = roles_of(leaf)
        if roles is None:
            raise leaf.refused(SecurityCode.CERT_VALIDATION_FAILED, "it gives its holder no role (IECUserRoles)")
        return CertifiedStakeholder(
            leaf.name,
            roles.role,
            roles.areas,
            leaf.key(),
            leaf.serial,
            leaf.valid_from_ns,
            leaf.valid_until_ns,
            level_of(leaf),
        )
