"""TLS of the window's link: whom it trusts, and the certificate of this workstation where the unit asks for one."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtNetwork import QSsl, QSslCertificate, QSslConfiguration, QSslKey

from models.errors import ConfigError


def configuration(authority: Path, certificate: Path | None = None, key: Path | None = None) -> QSslConfiguration:
    """TLS 1.2 or newer; nobody is trusted but the certificates in the file. ConfigError names the file that is wrong.

    key: P-256 or RSA, since Qt reads no Ed25519 keys; the operator's own key signs the login as ever.
    """
    made = QSslConfiguration.defaultConfiguration()
    made.setProtocol(QSsl.SslProtocol.TlsV1_2OrLater)
    made.setCaCertificates(_certificates(authority, "give the authority's certificate (PEM)"))
    made.setSslOption(QSsl.SslOption.SslOptionDisableSessionTickets, True)
    made.setSslOption(QSsl.SslOption.SslOptionDisableCompression, True)
    if certificate is not None and key is not None:
        made.setLocalCertificateChain(_certificates(certificate, "give this workstation's certificate (PEM)"))
        made.setPrivateKey(_key(key))
    return made


def chain(file: Path) -> tuple[bytes, ...]:
    """DER of the certificates in a PEM file, the holder's first, for a login by certificate. ConfigError."""
    found = _certificates(file, "give the certificate of your key (PEM)")
    return tuple(bytes(each.toDer().data()) for each in found)


def _certificates(file: Path, remedy: str) -> list[QSslCertificate]:
    found = QSslCertificate.fromData(_octets(file, remedy))
    if not found:
        raise ConfigError(str(file), None, "holds no certificate", remedy)
    return found


def _key(file: Path) -> QSslKey:
    remedy = "make one with 'ringmain authority DIR issue NAME --role TLS --new --algorithm p256'"
    octets = _octets(file, remedy)
    for algorithm in (QSsl.KeyAlgorithm.Ec, QSsl.KeyAlgorithm.Rsa):
        key = QSslKey(octets, algorithm)
        if not key.isNull():
            return key
    raise ConfigError(str(file), None, "is no private key that Qt can use for TLS (P-256 or RSA)", remedy)


def _octets(file: Path, remedy: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", remedy) from error
