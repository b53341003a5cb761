"""The utility's authority: a folder with its key, its certificate, the index of what it issued, and its newest list.

    authority.key   private key, readable by its owner alone; keep the folder off the units, and keep a backup
    authority.pem   certificate: goes to every unit and client as the one they trust
    crl.pem         revocation list: goes to every unit, again before its next update
    index.json      what was issued and revoked
    issued/         certificates, and the keys that were made here

One change at a time: the folder is locked while it lasts. Whatever fails, index and list stay whole.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

from models.driver import Clock
from models.errors import ConfigError, RingmainError
from protocols.tls.files import octets_of, read_certificates, write_new, write_whole
from substation.trust.builder import ALGORITHMS, Issuer, PrivateKey, PublicKey, Wish, authority_certificate
from substation.trust.builder import holder_certificate as make_certificate
from substation.trust.index import FILE_NAME, Index, Issued, read_index

KEY, CERTIFICATE, LIST, ISSUED, LOCK = "authority.key", "authority.pem", "crl.pem", "issued", "lock"
LIST_DAYS = 30
REASONS = {reason.value: reason for reason in x509.ReasonFlags if reason is not x509.ReasonFlags.remove_from_crl}
_REMEDY = "name the folder of an authority; 'ringmain authority DIR new' makes one"


class AuthorityError(RingmainError):
    """The authority will not do what is asked; the text says why and what to do."""


class Authority:
    """Opened with `create` or `open`; times come from `clock` (UTC ns)."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self._key = _private_key(folder / KEY)
        self._certificate = read_certificates(folder / CERTIFICATE, _REMEDY)[0].x509
        self._issuer = Issuer(self._certificate.subject, self._key)

    @classmethod
    def create(cls, folder: Path, name: str, algorithm: str, days: int, clock: Clock) -> Authority:
        """A new authority with an empty list. ConfigError when the folder has one already."""
        try:
            (folder / ISSUED).mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        except OSError as error:
            raise ConfigError(
                str(folder), None, f"cannot be made: {error.strerror}", "choose another folder"
            ) from error
        with _locked(folder):
            key = ALGORITHMS[algorithm]()
            write_new(folder / KEY, _key_text(key))
            certificate = authority_certificate(name, key, days, clock())
            write_whole(folder / CERTIFICATE, certificate.public_bytes(Encoding.PEM))
            Index(file=folder / FILE_NAME).save()
        made = cls(folder, clock)
        made.write_list()
        return made

    @property
    def name(self) -> str:
        return str(self._certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def issued(self) -> tuple[Issued, ...]:
        return read_index(self._folder).issued

    def issue(self, wish: Wish, beside: bool = False) -> Path:
        """Make a certificate; the path of its file. AuthorityError when the name belongs to another key.

        beside: although another key has a valid certificate of that name (its replacement, or a second device).
        """
        with _locked(self._folder):
            index = read_index(self._folder)
            thumb = _thumbprint(wish.key)
            if not beside:
                self._require_free(index, wish.name, thumb)
            self._check_end(wish)
            made = make_certificate(self._issuer, wish, self._clock())
            index.with_issued(_entry(made, wish, thumb)).save()  # first, so that it can always be revoked
            file = self.file_of(wish.name)
            write_whole(file, made.public_bytes(Encoding.PEM))
        return file

    def file_of(self, name: str, suffix: str = ".pem") -> Path:
        """Where the newest certificate of that name lies."""
        return self._folder / ISSUED / f"{name}{suffix}"

    def make_key(self, name: str, algorithm: str, beside: bool = False) -> tuple[PublicKey, Path]:
        """A new private key for a holder: its public half and its file. ConfigError when the file is there already."""
        if not beside:
            self._require_free(read_index(self._folder), name, "")
        key, file = ALGORITHMS[algorithm](), self.file_of(name, ".key")
        write_new(file, _key_text(key), remedy="hand it to its holder (it belongs nowhere else) or delete it first")
        return key.public_key(), file

    def revoke(self, who: str, reason: str) -> tuple[Issued, ...]:
        """Revoke all valid certificates of a name, or the one with that serial number, and write the list."""
        with _locked(self._folder):
            index = read_index(self._folder)
            found = tuple(each for each in self._valid(index) if who.lower() in (each.name.lower(), each.serial))
            found = tuple(each for each in found if who in (each.name, each.serial)) or found
            if not found:
                raise AuthorityError(f"nothing valid was issued to {who!r}; 'show' lists what was")
            serials = frozenset(each.serial for each in found)
            index.with_revoked(serials, reason, self._clock()).save()
        self.write_list()
        return found

    def write_list(self, days: int = LIST_DAYS) -> Path:
        """Sign a new revocation list that is good for so many days; its file."""
        with _locked(self._folder):
            index = read_index(self._folder).with_next_list()
            now = _time(self._clock())
            builder = x509.CertificateRevocationListBuilder().issuer_name(self._issuer.name)
            builder = builder.last_update(now).next_update(now + timedelta(days=days))
            builder = builder.add_extension(x509.CRLNumber(index.crl_number), critical=False)
            for each in index.issued:
                if each.revoked_ns:
                    builder = builder.add_revoked_certificate(_revoked(each))
            index.save()  # a number is never used twice
            made = builder.sign(self._key, self._issuer.hash)
            write_whole(self._folder / LIST, made.public_bytes(Encoding.PEM))
        return self._folder / LIST

    def _valid(self, index: Index) -> list[Issued]:
        now_ns = self._clock()
        return [each for each in index.issued if not each.revoked_ns and now_ns <= each.valid_until_ns]

    def _require_free(self, index: Index, name: str, key: str) -> None:
        others = [each for each in self._valid(index) if each.name == name and each.key != key]
        if others:
            text = f"{name} has certificate {others[0].serial} for another key already"
            raise AuthorityError(f"{text}; revoke it first, or add --beside")

    def _check_end(self, wish: Wish) -> None:
        end = self._certificate.not_valid_after_utc
        if _time(self._clock()) + timedelta(days=wish.days) > end:
            raise AuthorityError(f"the authority's own certificate ends on {end:%F}; give fewer --days, or renew it")


def read_public_key(file: Path) -> PublicKey:
    """Of a public or private key file (PEM); ConfigError when it is neither Ed25519 nor P-256."""
    octets = octets_of(file, "give a key file")
    try:
        key = _private(octets).public_key() if b"PRIVATE KEY" in octets else load_pem_public_key(octets)
    except (ValueError, TypeError) as error:
        raise ConfigError(str(file), None, "not a key in PEM", "give a key file, or make one with --new") from error
    if not isinstance(key, PublicKey):
        raise ConfigError(str(file), None, "not an Ed25519 or P-256 key", "make one with --new")
    return key


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(str(folder), None, f"is no authority's folder: {error.strerror}", _REMEDY) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _private_key(file: Path) -> PrivateKey:
    try:
        return _private(octets_of(file, _REMEDY))
    except (ValueError, TypeError) as error:
        raise ConfigError(str(file), None, "is no authority's private key", _REMEDY) from error


def _private(octets: bytes) -> PrivateKey:
    key = load_pem_private_key(octets, password=None)
    if not isinstance(key, Ed25519PrivateKey | EllipticCurvePrivateKey):
        raise TypeError("neither Ed25519 nor an elliptic curve")
    return key


def _key_text(key: PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _thumbprint(key: PublicKey) -> str:
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _entry(made: x509.Certificate, wish: Wish, thumbprint: str) -> Issued:
    return Issued(
        serial=f"{made.serial_number:x}",
        name=wish.name,
        role=wish.roles.role.value if wish.roles else "",
        areas=wish.roles.areas if wish.roles else (),
        level=wish.level or "",
        hosts=wish.hosts,
        key=thumbprint,
        valid_from_ns=_ns(made.not_valid_before_utc),
        valid_until_ns=_ns(made.not_valid_after_utc),
    )


def _revoked(entry: Issued) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(int(entry.serial, 16))
    builder = builder.revocation_date(_time(entry.revoked_ns))
    return builder.add_extension(x509.CRLReason(REASONS[entry.reason]), critical=False).build()


def _time(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC)


def _ns(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000_000
