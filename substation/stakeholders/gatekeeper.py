"""Who is let in: by an admitted key, by a certificate of the utility's authority, or by a password.

A refused password looks the same, and takes as long, whether the name is unknown, locked, or has another password.
Wrong passwords lock the password of a name for a while, never its keys: guessing cannot keep an operator out.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from models.driver import Clock
from models.wire.keys import KeyId, VerifyKey
from models.wire.server_session import LoggedIn
from protocols.tls.security_event import CertificateRefusedError
from substation.exchange.gatekeeper import LoginRefusedError, Peer
from substation.stakeholders import blocks
from substation.stakeholders.market import Acting, as_enrolled
from substation.stakeholders.passwords import PasswordError, Passwords
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.session import Proof, Session
from substation.stakeholders.sessions import Sessions
from substation.stakeholders.settings import SecuritySettings
from substation.stakeholders.stakeholder import Kind, Stakeholder
from substation.stakeholders.throttle import Throttle
from substation.trust.store import CertifiedStakeholder

LOOK_S = 0.5
"""Age at which a session looks again whether its holder is still admitted."""
REFUSAL_S = 0.5
"""A refused password is answered after a multiple of this, so that the work behind it cannot be measured."""
_WRONG = "name or password is wrong, or the name is locked"


class Certifier(Protocol):
    """Judges certificates, see substation.trust."""

    def verify(self, chain: Sequence[bytes]) -> CertifiedStakeholder:
        """CertificateRefusedError with the reason."""

    def still_valid(self, serial: int) -> bool:
        """Of one that was verified before."""


class RegisterGatekeeper:
    """The gatekeeper of a unit. certifier: None where certificates are not used. locked: told a name and an address.

    acting: as whom a stakeholder acts.
    """

    def __init__(
        self,
        register: StakeholderRegister,
        settings: SecuritySettings,
        clock: Clock,
        certifier: Certifier | None = None,
        timer: Callable[[], float] = time.monotonic,
        refusal_s: float = REFUSAL_S,
    ) -> None:
        self.register, self._settings, self._clock = register, settings, clock
        self._timer, self._refusal_s = timer, refusal_s
        self._certifier = certifier
        self.locked: Callable[[str, str], None] = lambda name, address: None
        self.acting: Acting = as_enrolled
        self._throttle = Throttle(settings.address_failures, timer)
        self.passwords = Passwords(settings)
        self.sessions = Sessions(clock, timer, settings.idle_timeout_s, settings.sessions_per_stakeholder)

    def find(self, key_id: KeyId) -> VerifyKey | None:
        return self.register.find(key_id)

    async def admit(self, login: LoggedIn, peer: Peer) -> Session:
        if not login.user:
            holder = self.register.holder(login.key_id)
            if holder is not None:
                return await self._open(login, peer, Proof.KEY, holder, blocks.of_key(login.key_id))
        host = peer.address.rpartition(":")[0] or peer.address
        if wait_s := self._throttle.wait_s(host):
            raise LoginRefusedError(f"too many failed logins from {host}: wait {wait_s:.0f} s")
        try:
            return await (self._with_password(login, peer) if login.user else self._with_certificate(login, peer))
        except LoginRefusedError:
            self._throttle.failed(host)
            raise

    async def confirms(self, name: str, password: str) -> bool:
        """Whether this is the password of `name`; a wrong one counts as at a login."""
        holder = self.register.named(name)
        right = await self.passwords.fits(password, self._hash_of(holder))
        if not right:
            await self._failed(holder, "a session of its own")
        return right

    # -- the ways in

    async def _with_certificate(self, login: LoggedIn, peer: Peer) -> Session:
        if self._certifier is None or not login.chain:
            raise LoginRefusedError(f"key {login.key_id.hex()[:16]} is not admitted; `ringmain enrol` admits it")
        try:
            certified = self._certifier.verify(login.chain)
        except CertificateRefusedError as error:
            raise LoginRefusedError(str(error)) from error
        if certified.key.key_id != login.key_id:
            raise LoginRefusedError("the login is not signed with the key of its certificate")
        holder = self._holder_of(certified)
        return await self._open(login, peer, Proof.CERTIFICATE, holder, blocks.of_name(holder.name), certified)

    def _holder_of(self, certified: CertifiedStakeholder) -> Stakeholder:
        """The register rules where it knows the subject: a certificate proves who somebody is, and may say no more."""
        bound = self.register.of_subject(certified.name)
        if bound is not None:
            return bound
        if self.register.named(certified.name) is not None:
            text = (
                f"{certified.name} is enrolled here with other keys; `ringmain enrol --subject` takes the certificate"
            )
            raise LoginRefusedError(text)
        kind = Kind.PERSON if certified.level is None else Kind.AGENT
        return Stakeholder(
            certified.name, certified.role, kind, areas=certified.areas, valid_until_ns=certified.valid_until_ns
        )

    async def _with_password(self, login: LoggedIn, peer: Peer) -> Session:
        if not (peer.encrypted or peer.local):
            raise LoginRefusedError("a password is taken over TLS or from the same machine, and nowhere else")
        if self.register.holder(login.key_id) is not None:
            raise LoginRefusedError("a login by password brings a fresh key along, not an admitted one")
        began_s = self._timer()
        holder = self.register.named(login.user)
        try:
            right = await self.passwords.fits(login.password, self._hash_of(holder))
        except PasswordError as error:
            raise LoginRefusedError(str(error)) from error
        now = self.register.named(login.user)  # it may have been locked, changed or withdrawn meanwhile
        if holder is None or now is None or not right or self._hash_of(now) != holder.password:
            await self._failed(now, peer.address)
            await asyncio.sleep(self._refusal_s - (self._timer() - began_s) % self._refusal_s)
            raise LoginRefusedError(_WRONG)
        await self._succeeded(now, login.password)
        current = self.register.named(now.name) or now
        return await self._open(login, peer, Proof.PASSWORD, current, blocks.of_name(current.name))

    def _hash_of(self, holder: Stakeholder | None) -> str:
        """Empty where no password opens."""
        return "" if holder is None or holder.locked(self._clock()) else holder.password

    async def _failed(self, holder: Stakeholder | None, address: str) -> None:
        if not self._hash_of(holder) or holder is None:
            return
        lock_ns = int(self._settings.lockout_s * 1e9)
        count = partial(self.register.failed, holder.name, self._settings.lockout_failures, lock_ns, self._clock())
        if await asyncio.to_thread(count):
            self.locked(holder.name, address)

    async def _succeeded(self, holder: Stakeholder, password: str) -> None:
        if self.passwords.outdated(holder.password):
            hashed = await self.passwords.hash_known(password)
            what = "renews the hash of the password of"
            await asyncio.to_thread(self.register.set_password, holder.name, hashed, self._clock(), "the unit", what)
        elif holder.failed:
            await asyncio.to_thread(self.register.succeeded, holder.name)

    # -- the session

    async def _open(
        self,
        login: LoggedIn,
        peer: Peer,
        proof: Proof,
        holder: Stakeholder,
        block: bytes,
        certified: CertifiedStakeholder | None = None,
    ) -> Session:
        if holder.expired(self._clock()):
            raise LoginRefusedError(f"the enrolment of {holder.name} has expired")
        if self.sessions.too_many(holder.name):
            most = self._settings.sessions_per_stakeholder
            raise LoginRefusedError(f"{holder.name} has {most} sessions open already")
        # On disk before anything is done for this session, so that a restart never accepts a number again.
        first = await asyncio.to_thread(self.register.reserve, block)
        identity = self.acting(holder).identity(login.key_id, login.service, login.device)
        standing = self._standing_of(proof, login.key_id, holder, certified)
        return self.sessions.open(identity, proof, peer, first, partial(self._standing, standing))

    def _standing(self, enrolled: Callable[[], Stakeholder | str]) -> Stakeholder | str:
        found = enrolled()
        return found if isinstance(found, str) else self.acting(found)

    def _standing_of(
        self, proof: Proof, key_id: KeyId, holder: Stakeholder, certified: CertifiedStakeholder | None
    ) -> Callable[[], Stakeholder | str]:
        if proof is Proof.KEY:
            return partial(self._by_key, key_id)
        if certified is None:
            return partial(self._by_password, holder)
        return partial(self._by_certificate, holder, certified)

    def _by_key(self, key_id: KeyId) -> Stakeholder | str:
        return self.register.holder(key_id, LOOK_S) or "the key has been withdrawn"

    def _by_password(self, opened_as: Stakeholder) -> Stakeholder | str:
        found = self.register.named(opened_as.name, LOOK_S)
        if found is None:
            return f"{opened_as.name} has been withdrawn"
        return found if found.password == opened_as.password else "the password has been changed: log in again"

    def _by_certificate(self, opened_as: Stakeholder, certified: CertifiedStakeholder) -> Stakeholder | str:
        if self._certifier is None or not self._certifier.still_valid(certified.serial):
            return "the certificate has expired or has been revoked"
        if not opened_as.subject:
            taken = self.register.named(opened_as.name, LOOK_S) is not None
            return f"{opened_as.name} has been enrolled here with other keys" if taken else opened_as
        found = self.register.named(opened_as.name, LOOK_S)
        bound = found is not None and found.subject == opened_as.subject
        return found if found is not None and bound else f"{opened_as.name} has been withdrawn"
