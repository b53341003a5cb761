"""Revocation lists of the trusted authorities (RFC 5280 section 5), read again when their file changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from models.errors import ConfigError
from protocols.tls.certificate import Certificate
from protocols.tls.files import octets_of

_BEGIN, _END = b"-----BEGIN X509 CRL-----", b"-----END X509 CRL-----"
_REMEDY = "copy the list again that 'ringmain authority DIR crl' has written"


@dataclass(frozen=True, slots=True)
class RevocationList:
    """One authority's list. number: rises with each issue. next_update_ns: UTC; later it is out of date."""

    issuer: bytes
    number: int
    next_update_ns: int
    revoked: frozenset[int]


def read_lists(file: Path, authorities: Sequence[Certificate]) -> dict[bytes, RevocationList]:
    """By the issuer's name (DER). ConfigError unless each list is whole and signed by one of the authorities."""
    pieces = octets_of(file, _REMEDY).split(_BEGIN)[1:]
    if not pieces:
        raise ConfigError(str(file), None, "holds no revocation list (PEM)", _REMEDY)
    lists: dict[bytes, RevocationList] = {}
    for piece in pieces:
        found = _list(file, _BEGIN + piece.partition(_END)[0] + _END, authorities)
        known = lists.get(found.issuer)
        if known is None or found.number > known.number:
            lists[found.issuer] = found
    return lists


def check_progress(
    file: Path, old: dict[bytes, RevocationList], new: dict[bytes, RevocationList], told: Callable[[bytes], bool]
) -> None:
    """ConfigError when a list of a trusted issuer (`told`) is missing or older than the one in force: a roll-back."""
    for issuer, known in old.items():
        if not told(issuer):
            continue
        found = new.get(issuer)
        if found is None or found.number < known.number:
            number = "none" if found is None else str(found.number)
            raise ConfigError(str(file), None, f"list {number} is older than list {known.number} in force", _REMEDY)


def _list(file: Path, pem: bytes, authorities: Sequence[Certificate]) -> RevocationList:
    try:
        found = x509.load_pem_x509_crl(pem)
        number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        critical = [each.oid for each in found.extensions if each.critical]
    except (ValueError, TypeError, x509.ExtensionNotFound, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise ConfigError(str(file), None, f"a revocation list is malformed: {error}", _REMEDY) from error
    if not any(_signed_by(found, authority) for authority in authorities):
        raise ConfigError(str(file), None, "a revocation list is not signed by a trusted authority", _REMEDY)
    if critical or found.next_update_utc is None:
        raise ConfigError(str(file), None, "a revocation list is partial, or has no next update", _REMEDY)
    revoked = frozenset(each.serial_number for each in found)
    return RevocationList(found.issuer.public_bytes(), number, _ns(found.next_update_utc), revoked)


def _signed_by(found: x509.CertificateRevocationList, authority: Certificate) -> bool:
    if authority.x509.subject != found.issuer:
        return False
    try:
        key = authority.x509.public_key()
        return found.is_signature_valid(key)  # type: ignore[arg-type]  # of the kinds that check_algorithms lets pass
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _ns(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000_000
