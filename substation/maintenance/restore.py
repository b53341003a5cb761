"""A unit from its backup (IEC 62443-4-2 CR 7.4): into an empty data directory, whole or not at all.

What the unit did after the backup is not in it, so numbers that it gave out then must not come again (`leap`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from models.wire.keys import VerifyKey
from substation.cipher_key import CipherKey
from substation.maintenance import durable
from substation.maintenance.backup import CONFIGURATION, DATA, Header, read_header
from substation.maintenance.errors import BackupError, ReleaseError
from substation.maintenance.file_list import FileEntry, Sink, Stream, passed_on
from substation.maintenance.leap import leap
from substation.maintenance.seal import Unsealer


def restore(
    file: Path,
    data: Path,
    passphrase: str | None,
    trusted: VerifyKey | None,
    configuration: Path | None,
    now_ns: int,
    key: CipherKey | None = None,
) -> Header:
    """Data, and the configuration too when a new folder for it is given. BackupError changes nothing. Blocks.

    trusted: public key of the unit, where it is known. key: of encrypted databases.
    """
    _refuse_used(data, "holds data already; give a unit.toml whose 'data' is new or empty")
    if configuration is not None:
        _refuse_used(configuration, "is not empty; give a new folder")
    half = data.with_name(data.name + ".restoring")
    try:
        durable.remove_tree(half)
        half.mkdir(parents=True)
        with file.open("rb") as stream:
            header, frame = read_header(stream, file, trusted)
            _unpack(_content(stream, file, header, frame, passphrase), header, half)
            if stream.read(1):
                raise BackupError(f"{file}: has more octets than it says; it was altered")
        leap(half / DATA, now_ns, key)
        _place(half, data, configuration)
    except (OSError, ReleaseError) as error:
        raise BackupError(f"{data}: cannot be restored: {error}") from error
    finally:
        durable.remove_tree(half)
    return header


def _refuse_used(folder: Path, why: str) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder}: {why}")


def _content(stream: BinaryIO, file: Path, header: Header, frame: bytes, passphrase: str | None) -> Stream:
    if header.derivation is None:
        return stream
    if passphrase is None:
        raise BackupError(f"{file}: is sealed; give its passphrase")
    return Unsealer(header.derivation.key(passphrase), frame, stream, header.octets)


def _unpack(content: Stream, header: Header, into: Path) -> None:
    for entry in header.files:
        path = into / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = 0o600 if entry.name.endswith((".key", ".sqlite")) else 0o644
        durable.write_file(path, lambda sink, entry=entry: _feed(content, entry, sink), mode)  # type: ignore[misc]


def _feed(content: Stream, entry: FileEntry, sink: Sink) -> None:
    if not passed_on(content, entry, sink):
        raise BackupError(f"{entry.name}: its content is not what was saved; use another backup")


def _place(half: Path, data: Path, configuration: Path | None) -> None:
    for folder in (half / DATA, half / CONFIGURATION):
        folder.mkdir(exist_ok=True)
        for path, _, _ in os.walk(folder):
            durable.settle(Path(path))
    if configuration is not None:
        configuration.parent.mkdir(parents=True, exist_ok=True)
        durable.rename(half / CONFIGURATION, configuration)
    data.parent.mkdir(parents=True, exist_ok=True)
    durable.rename(half / DATA, data)
