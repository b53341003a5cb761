"""Whom we trust: the authorities' certificates and revocation lists, and the verdict on every chain that is shown.

Both files are looked at when they are used, at most once a second, and read again when they have changed. A file that
is half-written, foreign or older than the one in force changes nothing and is told once.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from models.driver import Clock
from models.errors import ConfigError
from protocols.tls import certificate
from protocols.tls.certificate import Certificate
from protocols.tls.files import Stamp, read_certificates, stamp
from protocols.tls.revocation import RevocationList, check_progress, read_lists
from protocols.tls.security_event import CertificateRefusedError, SecurityCode, SecurityEvent

LOOK_S = 1.0
MAX_CHAIN = 4
MAX_REMEMBERED = 100_000
_REMEDY = "give the file of trusted authorities' certificates (PEM), as 'ringmain authority DIR new' writes it"

Tell = Callable[[SecurityEvent], None]


class CrlExpired(Enum):
    """What becomes of certificates when their revocation list is out of date or missing.

    WARN keeps links alive while the authority cannot be reached; REFUSE is for units where that weighs less.
    """

    WARN = "warn"
    REFUSE = "refuse"


class TrustStore:
    """authorities, revocations: PEM files (None: nothing is ever revoked). clock: UTC ns. timer: monotonic s.

    Calls belong to one thread. ConfigError when a file cannot be used at the start.
    """

    def __init__(
        self,
        authorities: Path,
        revocations: Path | None,
        clock: Clock,
        *,
        crl_expired: CrlExpired = CrlExpired.WARN,
        tell: Tell = lambda event: None,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authorities_file, self._revocations_file = authorities, revocations
        self._clock, self._timer, self._tell, self._crl_expired = clock, timer, tell, crl_expired
        self._verified: OrderedDict[int, tuple[int, bytes]] = OrderedDict()
        self._authorities: tuple[Certificate, ...] = ()
        self._lists: dict[bytes, RevocationList] = {}
        self._told: set[tuple[SecurityCode, str]] = set()
        self._stamps: tuple[Stamp | None, Stamp | None] = (None, None)
        self._looked_s = timer()
        self._read()

    def check(self, chain: Sequence[bytes]) -> Certificate:
        """The first certificate, trusted now, whatever its use: role and key usage are not looked at."""
        self._look()
        if not chain:
            raise CertificateRefusedError(SecurityCode.CERT_UNAVAILABLE, "a login")
        if len(chain) > MAX_CHAIN:
            detail = f"{len(chain)} certificates, at most {MAX_CHAIN}"
            raise CertificateRefusedError(SecurityCode.CERT_SIZE_EXCEEDED, "a chain", detail)
        leaf, *others = (certificate.read(each) for each in chain)
        path = self._path(leaf, others)
        now_ns = self._clock()
        for below, issuer in enumerate(path[1:]):
            issuer.check_authority(below)
        for each in path:
            each.check_time(now_ns)
        for each, issuer in zip(path, path[1:], strict=False):
            self._check_revoked(each, issuer)
        self._remember(leaf, path[-1])
        return leaf

    def verdict(self) -> tuple[object, ...]:
        """Changes when a certificate that was accepted might no longer be: files read anew, a list out of date."""
        self._look()
        return *self._stamps, self._crl_expired is CrlExpired.REFUSE and self._out_of_date()

    def still_valid(self, serial: int) -> bool:
        """Whether a certificate that was accepted before still is: not revoked, not expired, its authority trusted."""
        self._look()
        known = self._verified.get(serial)
        if known is None or self._clock() > known[0] or self._is_revoked(serial):
            return False
        if not any(authority.der == known[1] for authority in self._authorities):
            return False
        return self._crl_expired is CrlExpired.WARN or not self._out_of_date()

    # -- the path

    def _path(self, leaf: Certificate, others: Sequence[Certificate]) -> list[Certificate]:
        """From the leaf to a trusted authority; CertificateRefusedError when there is none."""
        path, forged = [leaf], False
        if leaf in self._authorities:
            return path  # its use is refused, not its origin
        while len(path) <= MAX_CHAIN:
            issuer = path[-1].x509.issuer
            named = [each for each in (*self._authorities, *others) if each.x509.subject == issuer]
            found = next((each for each in named if path[-1].is_signed_by(each) and each not in path), None)
            forged = forged or (bool(named) and found is None)
            if found is None:
                break
            path.append(found)
            if found in self._authorities:
                return path
        if forged:
            raise leaf.refused(SecurityCode.CERT_VALIDATION_FAILED, "its signature is not its authority's")
        raise leaf.refused(SecurityCode.CERT_NOT_TRUSTED, f"'{leaf.x509.issuer.rfc4514_string()}'")

    def _check_revoked(self, each: Certificate, issuer: Certificate) -> None:
        if self._revocations_file is None:
            return
        found = self._lists.get(issuer.x509.subject.public_bytes())
        if found is not None and each.serial in found.revoked:
            raise each.refused(SecurityCode.CERT_REVOKED)
        current = found is not None and self._clock() <= found.next_update_ns
        if not current and self._crl_expired is CrlExpired.REFUSE:
            raise each.refused(SecurityCode.CRL_EXPIRED, "'crl_expired' is \"refuse\"")

    def _is_revoked(self, serial: int) -> bool:
        return any(serial in each.revoked for each in self._lists.values())

    def _out_of_date(self) -> bool:
        return self._revocations_file is not None and any(self._outdated())

    def _remember(self, leaf: Certificate, authority: Certificate) -> None:
        self._verified[leaf.serial] = (leaf.valid_until_ns, authority.der)
        self._verified.move_to_end(leaf.serial)
        while len(self._verified) > MAX_REMEMBERED:
            self._verified.popitem(last=False)

    # -- the files

    def _look(self) -> None:
        now_s = self._timer()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            if self._present() != self._stamps:
                self._read_again()
        for name in self._outdated():
            self._tell_once(SecurityEvent(SecurityCode.CRL_EXPIRED, f"list of {name}"))

    def _present(self) -> tuple[Stamp | None, Stamp | None]:
        revocations = self._revocations_file
        return stamp(self._authorities_file), None if revocations is None else stamp(revocations)

    def _read_again(self) -> None:
        try:
            self._read()
        except ConfigError as error:
            self._stamps = self._present()  # not again until it changes again
            self._tell(SecurityEvent(SecurityCode.CRL_UNAVAILABLE, "files of trust", f"{error}; the old ones stay"))

    def _read(self) -> None:
        stamps = self._present()
        authorities = read_certificates(self._authorities_file, _REMEDY)
        lists: dict[bytes, RevocationList] = {}
        if self._revocations_file is not None:
            lists = read_lists(self._revocations_file, authorities)
            names = {each.x509.subject.public_bytes() for each in authorities}
            check_progress(self._revocations_file, self._lists, lists, names.__contains__)
        self._authorities, self._lists, self._stamps = authorities, lists, stamps
        self._told.clear()

    def _outdated(self) -> list[str]:
        """Authorities whose list is missing or past its next update."""
        if self._revocations_file is None:
            return []
        now_ns = self._clock()
        lists = ((each.name, self._lists.get(each.x509.subject.public_bytes())) for each in self._authorities)
        return [name for name, found in lists if found is None or now_ns > found.next_update_ns]

    def _tell_once(self, event: SecurityEvent) -> None:
        if (event.code, event.what) not in self._told:
            self._told.add((event.code, event.what))
            self._tell(event)
