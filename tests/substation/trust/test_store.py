"""Every certificate that must not be accepted is refused with its code; what was accepted is looked at again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID

from models.errors import ConfigError
from protocols.tls.files import read_chain
from protocols.tls.security_event import CertificateRefusedError, SecurityCode
from protocols.tls.store import CrlExpired
from substation.exchange.access import Role
from substation.trust.store import CertifiedStakeholder, TrustStore
from substation.trust.user_roles import OID
from tests.substation.trust.pki import DAY_NS, GOOD, NOW_NS, ROLES, Pki, odd_certificate, private_key, usage


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    return Pki(tmp_path / "authority")


def refused(store: TrustStore, chain: tuple[bytes, ...]) -> SecurityCode:
    with pytest.raises(CertificateRefusedError) as caught:
        store.verify(chain)
    assert caught.value.code.name in str(caught.value)
    return caught.value.code


def test_what_a_certificate_says(pki: Pki) -> None:
    chain = pki.issue("LV07", role=Role.VIEWER, areas=("LV07", "LV07/*"), level="LVGMU", hosts=("127.0.0.1",))
    found = pki.store().verify(chain)
    assert found == CertifiedStakeholder(
        name="LV07",
        role=Role.VIEWER,
        areas=("LV07", "LV07/*"),
        key=found.key,
        serial=int(pki.authority.issued[0].serial, 16),
        valid_from_ns=NOW_NS - 300_000_000_000,
        valid_until_ns=NOW_NS + 365 * DAY_NS + 999_999_999,
        level="LVGMU",
    )
    assert found.key.raw == pki.key("LV07").public.raw


def foreign(pki: Pki) -> bytes:
    return Pki(pki.folder.parent / "evil").issue("Olga")[0]  # of an authority that has even the same name


WRONG: dict[str, tuple[Callable[[Pki], tuple[bytes, ...]], SecurityCode]] = {
    "nothing": (lambda pki: (), SecurityCode.CERT_UNAVAILABLE),
    "garbage": (lambda pki: (b"\x30\x03\x02\x01\x01",), SecurityCode.BAD_CERT),
    "cut short": (lambda pki: (pki.issue("Olga")[0][:-9],), SecurityCode.BAD_CERT),
    "too large": (lambda pki: (bytes(8193),), SecurityCode.CERT_SIZE_EXCEEDED),
    "too many": (lambda pki: pki.issue("Olga") * 5, SecurityCode.CERT_SIZE_EXCEEDED),
    "same name, other key": (lambda pki: (foreign(pki),), SecurityCode.CERT_VALIDATION_FAILED),
    "other authority": (
        lambda pki: (odd_certificate(pki, issuer="Evil", signer=Ed25519PrivateKey.generate()),),
        SecurityCode.CERT_NOT_TRUSTED,
    ),
    "changed": (lambda pki: (flipped(pki.issue("Olga")[0]),), SecurityCode.CERT_VALIDATION_FAILED),
    "no name": (lambda pki: (odd_certificate(pki, name=None),), SecurityCode.BAD_CERT),
    "a pattern for a name": (lambda pki: (odd_certificate(pki, name="*"),), SecurityCode.BAD_CERT),
    "the authority itself": (
        lambda pki: read_chain(pki.folder / "authority.pem"),
        SecurityCode.CERT_VALIDATION_FAILED,
    ),
    "no role": (lambda pki: pki.issue("Olga", role=None), SecurityCode.CERT_VALIDATION_FAILED),
    "malformed role": (
        lambda pki: (odd_certificate(pki, extensions=(*GOOD[:3], (x509.UnrecognizedExtension(OID, b"\x30"), False))),),
        SecurityCode.BAD_CERT,
    ),
    "no signing": (
        lambda pki: (odd_certificate(pki, extensions=((usage(key_agreement=True), True), (ROLES, False))),),
        SecurityCode.CERT_VALIDATION_FAILED,
    ),
    "no client": (
        lambda pki: (
            odd_certificate(
                pki,
                extensions=(
                    *GOOD[:2],
                    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
                    (ROLES, False),
                ),
            ),
        ),
        SecurityCode.CERT_VALIDATION_FAILED,
    ),
    "unknown critical extension": (
        lambda pki: (odd_certificate(pki, extensions=(*GOOD, (x509.OCSPNoCheck(), True))),),
        SecurityCode.CERT_VALIDATION_FAILED,
    ),
    "another unit's level": (
        lambda pki: (
            odd_certificate(
                pki,
                extensions=(
                    *GOOD,
                    (
                        x509.SubjectAlternativeName([x509.UniformResourceIdentifier("urn:ringmain:LVGMU:LV08")]),
                        False,
                    ),
                ),
            ),
        ),
        SecurityCode.BAD_CERT,
    ),
    "a key that signs no requests": (lambda pki: pki.issue("Olga", algorithm="p256"), SecurityCode.ALGO_NOT_SUPPORTED),
    "expired": (lambda pki: moved(pki, pki.issue("Olga", days=1), 2 * 86400), SecurityCode.CERT_EXPIRED),
    "not yet valid": (lambda pki: moved(pki, pki.issue("Olga"), -86400), SecurityCode.CERT_NOT_YET_VALID),
    "revoked": (lambda pki: revoked(pki, pki.issue("Olga")), SecurityCode.CERT_REVOKED),
}


def flipped(der: bytes) -> bytes:
    return der.replace(b"Olga", b"Olgb")


def moved(pki: Pki, chain: tuple[bytes, ...], seconds: float) -> tuple[bytes, ...]:
    pki.clock.move(seconds)
    return chain


def revoked(pki: Pki, chain: tuple[bytes, ...]) -> tuple[bytes, ...]:
    pki.authority.revoke("Olga", "keyCompromise")
    return chain


@pytest.mark.parametrize("case", WRONG)
def test_what_is_refused(pki: Pki, case: str) -> None:
    make, code = WRONG[case]
    chain = make(pki)
    assert refused(pki.store(), chain) is code


def test_what_is_odd_by_default_is_right(pki: Pki) -> None:
    assert pki.store().verify((odd_certificate(pki),)).role is Role.OPERATOR


def test_a_holder_issues_nothing(pki: Pki) -> None:
    chain = pki.issue("Olga")
    below = odd_certificate(
        pki, name="Mallory", issuer="Olga", signer=private_key(pki.authority.file_of("Olga", ".key"))
    )
    assert refused(pki.store(), (below, *chain)) is SecurityCode.CERT_VALIDATION_FAILED


def test_revocation_reaches_a_running_store(pki: Pki) -> None:
    chain = pki.issue("Olga")
    store = pki.store()
    serial = store.verify(chain).serial
    assert store.still_valid(serial)
    pki.authority.revoke("Olga", "superseded")
    pki.clock.move(1.1)
    assert not store.still_valid(serial)
    assert refused(store, chain) is SecurityCode.CERT_REVOKED


def test_expiry_ends_what_was_accepted(pki: Pki) -> None:
    store = pki.store()
    serial = store.verify(pki.issue("Olga", days=1)).serial
    pki.clock.move(86_401)
    assert not store.still_valid(serial)
    assert not store.still_valid(serial + 1)  # never accepted


def test_list_out_of_date_is_told_once_and_policy_decides(pki: Pki) -> None:
    chain = pki.issue("Olga")
    lax, strict = pki.store(), pki.store(CrlExpired.REFUSE)
    serial = strict.verify(chain).serial
    pki.clock.move(31 * 86400)
    assert lax.verify(chain).name == "Olga"
    lax.verify(chain)
    assert [event.code for event in pki.told] == [SecurityCode.CRL_EXPIRED]
    assert refused(strict, chain) is SecurityCode.CRL_EXPIRED
    assert not strict.still_valid(serial)
    pki.authority.write_list()
    pki.clock.move(1.1)
    assert strict.verify(chain).name == "Olga"
    assert strict.still_valid(serial)


@pytest.mark.parametrize("damage", ["cut", "foreign", "older", "gone"])
def test_a_bad_list_changes_nothing_and_is_told_once(pki: Pki, damage: str) -> None:
    chain, other = pki.issue("Olga"), pki.issue("Otto")
    file = pki.folder / "crl.pem"
    old = file.read_bytes()
    pki.authority.revoke("Olga", "keyCompromise")
    store = pki.store()
    match damage:
        case "cut":
            file.write_bytes(file.read_bytes()[:-60])
        case "foreign":
            evil = Pki(pki.folder.parent / "evil")
            file.write_bytes((evil.folder / "crl.pem").read_bytes())
        case "older":
            file.write_bytes(old)
        case "gone":
            file.unlink()
    for _ in range(3):
        pki.clock.move(1.1)
        assert refused(store, chain) is SecurityCode.CERT_REVOKED
        assert store.verify(other).name == "Otto"
    assert [event.code for event in pki.told] == [SecurityCode.CRL_UNAVAILABLE]


def test_an_authority_that_is_withdrawn_ends_its_certificates(pki: Pki) -> None:
    chain = pki.issue("Olga")
    store = pki.store(lists=False)
    serial = store.verify(chain).serial
    new = Pki(pki.folder.parent / "new", pki.clock)
    (pki.folder / "authority.pem").write_bytes((new.folder / "authority.pem").read_bytes())
    pki.clock.move(1.1)
    assert not store.still_valid(serial)
    with pytest.raises(CertificateRefusedError):
        store.verify(chain)


def test_files_that_cannot_be_used_at_the_start(pki: Pki, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="authority DIR new"):
        TrustStore(tmp_path / "nothing.pem", None, pki.clock)
    with pytest.raises(ConfigError, match="no revocation list"):
        TrustStore(pki.folder / "authority.pem", pki.folder / "authority.pem", pki.clock)
