"""Backup of a unit into one file, while it runs (IEC 62443-4-2 CR 7.3), signed by the unit.

    "RINGMAIN BACKUP 1\\n" | u32 length | COSE_Sign1 over the header | content of the files, sealed or plain

The header is a CBOR map: unit, time, version, how the key is derived (or null), and name, size and SHA-256 of every
file. `data/` holds the data of the unit, `configuration/` unit.toml and the files that it names.
"""

from __future__ import annotations

import os
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from models.errors import RemoteProtocolError
from models.wire import cbor, cose
from models.wire.keys import KeyId, SigningKey, VerifyKey
from substation.cipher_key import CipherKey
from substation.config import UnitConfig
from substation.maintenance import snapshot
from substation.maintenance.errors import BackupError
from substation.maintenance.file_list import FileEntry, Limits, problem_of
from substation.maintenance.inventory import product
from substation.maintenance.seal import SHORTEST_PASSPHRASE, Derivation, Sealer
from substation.maintenance.source import entries_of, source_of

MAGIC = b"RINGMAIN BACKUP 1\n"
CONTEXT = b"ringmain backup 1"
FORMAT = 1
MOST = Limits(files=100_000, octets=2**50)
MOST_HEADER_OCTETS = 32 * 1024 * 1024
DATA, CONFIGURATION = "data", "configuration"

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Header:
    """What a backup says of itself. derivation: None when it is not sealed."""

    unit: str
    made_ns: int
    product: str
    derivation: Derivation | None
    files: tuple[FileEntry, ...]

    @property
    def octets(self) -> int:
        return sum(file.size for file in self.files)

    def encode(self) -> bytes:
        sealed = self.derivation
        how = None if sealed is None else [sealed.salt, sealed.memory_kib, sealed.passes, sealed.lanes]
        files = [[file.name, file.size, file.sha256] for file in self.files]
        content = {"format": FORMAT, "unit": self.unit, "made": self.made_ns, "product": self.product}
        return cbor.encode({**content, "sealed": how, "files": files})


def make(
    config: UnitConfig, key: SigningKey, cipher: CipherKey | None, passphrase: str | None, out: Path, now_ns: int
) -> Header:
    """Write the file; with a passphrase sealed and with the private keys, else plain and without them. Blocks."""
    if passphrase is not None and len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupError(f"the passphrase has fewer than {SHORTEST_PASSPHRASE} characters; choose a longer one")
    if out.exists():
        raise BackupError(f"{out}: exists already; choose another file")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=out.parent) as folder:
            picture = Path(folder)
            snapshot.take(config.data, picture / DATA, passphrase is not None, cipher)
            _copy_configuration(config, picture / CONFIGURATION)
            derivation = None if passphrase is None else Derivation.new()
            header = Header(config.name, now_ns, product(), derivation, entries_of(source_of(picture)))
            if problem := problem_of(header.files, MOST):
                raise BackupError(f"{config.data}: cannot be kept in a backup: {problem}")
            half = picture.with_name(picture.name + ".part")
            _write(header, key, picture, passphrase, half)
            half.replace(out)
    except OSError as error:
        raise BackupError(f"{out}: cannot be written: {error.strerror}; make room, or choose another place") from error
    return header


def _copy_configuration(config: UnitConfig, into: Path) -> None:
    into.mkdir()
    files = {"unit.toml": config.file, "network.json": config.network, "scd.xml": config.scd}
    for name, file in files.items():
        if file is not None:
            (into / name).write_bytes(file.read_bytes())


def _write(header: Header, key: SigningKey, picture: Path, passphrase: str | None, out: Path) -> None:
    frame = cose.sign(key, header.encode(), CONTEXT)
    source = source_of(picture)
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(MAGIC + _LENGTH.pack(len(frame)) + frame)
        if header.derivation is None or passphrase is None:
            for entry in header.files:
                source.feed(entry, stream.write)
        else:
            sealer = Sealer(header.derivation.key(passphrase), frame, stream.write)
            for entry in header.files:
                source.feed(entry, sealer.take)
            sealer.close()
        stream.flush()
        os.fsync(stream.fileno())


def read_header(stream: BinaryIO, file: Path, trusted: VerifyKey | None) -> tuple[Header, bytes]:
    """Header and the signed frame. trusted: the public key of the unit, where it is known. BackupError in one line."""
    start = stream.read(len(MAGIC) + _LENGTH.size)
    if len(start) != len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise BackupError(f"{file}: is no backup; make one with 'ringmain backup'")
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    frame = stream.read(min(length, MOST_HEADER_OCTETS))
    try:
        signed = cose.parse(frame) if trusted is None else cose.verify(frame, _only(trusted), CONTEXT)
        content = cbor.decode(signed.payload)
    except RemoteProtocolError as error:
        raise BackupError(f"{file}: {error}") from error
    return _header(content, file), frame


def _only(trusted: VerifyKey) -> cose.FindKey:
    def find(key_id: KeyId) -> VerifyKey | None:
        return trusted if key_id == trusted.key_id else None

    return find


def _header(content: object, file: Path) -> Header:
    match content:
        case {
            "format": 1,
            "unit": str(unit),
            "made": int(made_ns),
            "product": str(version),
            "sealed": sealed,
            "files": list(files),
        }:
            header = Header(
                unit, made_ns, version, _derivation(sealed, file), tuple(_entry(each, file) for each in files)
            )
            if problem := problem_of(header.files, MOST):
                raise BackupError(f"{file}: {problem}")
            return header
    raise BackupError(f"{file}: is not of format {FORMAT}; restore it with the version that made it")


def _derivation(sealed: object, file: Path) -> Derivation | None:
    match sealed:
        case None:
            return None
        case [bytes(salt), int(memory_kib), int(passes), int(lanes)]:
            if memory_kib <= 2**20 and 0 < passes <= 16 and 0 < lanes <= 16:
                return Derivation(salt, memory_kib, passes, lanes)
    raise BackupError(f"{file}: says in no known way how it is sealed")


def _entry(value: object, file: Path) -> FileEntry:
    match value:
        case [str(name), int(size), bytes(digest)]:
            return FileEntry(name, size, digest)
    raise BackupError(f"{file}: lists a file that cannot be read")
