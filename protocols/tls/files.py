"""Files of certificates, keys and lists: read with one clear error, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from models.errors import ConfigError
from protocols.tls import certificate
from protocols.tls.certificate import Certificate
from protocols.tls.security_event import CertificateRefusedError

MAX_FILE_OCTETS = 4 * 1024 * 1024
Stamp = tuple[int, int, int]


def stamp(file: Path) -> Stamp | None:
    """What changes with the file's content: modification time (ns), size, inode. None when it is not there."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def octets_of(file: Path, remedy: str) -> bytes:
    """ConfigError names the file."""
    try:
        with file.open("rb") as stream:
            octets = stream.read(MAX_FILE_OCTETS + 1)
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", remedy) from error
    if len(octets) > MAX_FILE_OCTETS:
        raise ConfigError(str(file), None, f"is larger than {MAX_FILE_OCTETS} octets", remedy)
    return octets


def read_certificates(file: Path, remedy: str) -> tuple[Certificate, ...]:
    """All certificates of a PEM file, at least one; ConfigError otherwise."""
    try:
        found = x509.load_pem_x509_certificates(octets_of(file, remedy))
        return tuple(certificate.read(each.public_bytes(Encoding.DER)) for each in found)
    except (ValueError, CertificateRefusedError) as error:
        raise ConfigError(str(file), None, f"no usable certificates: {error}", remedy) from error


def read_chain(file: Path) -> tuple[bytes, ...]:
    """DER of the certificates of a PEM file, the holder's first, as they travel with a login. ConfigError."""
    return tuple(each.der for each in read_certificates(file, "give a certificate file (PEM)"))


def write_whole(file: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace the file in one step; on disk when this returns. ConfigError, and the old file stays, when it cannot."""
    half = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise ConfigError(
            str(file), None, f"cannot be written: {error.strerror}", "make room, or check the rights"
        ) from error


def write_new(file: Path, content: bytes, mode: int = 0o600, remedy: str = "choose another path") -> None:
    """Write a file that must not exist yet, as a private key. ConfigError when it does, or cannot be written."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _sync_folder(file.parent)
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be written: {error.strerror}", remedy) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
