"""A bundle file: signatures over one manifest, then the content of its files one after the other, and nothing else.

    "RINGMAIN BUNDLE 1\\n" | u32 length | CBOR array of COSE_Sign1 frames | octets of the first file | of the second ...

There are no names in the content, so there is nothing that could lead out of a folder. The context of the signatures is
one of its own: a frame of the data interface is never a bundle, and a bundle never a frame.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from models.errors import RemoteProtocolError
from models.wire import cbor, cose
from models.wire.keys import KeyId, SigningKey
from substation.maintenance.errors import BundleError
from substation.maintenance.file_list import FileEntry, Sink, passed_on
from substation.maintenance.manifest import Manifest, decode_manifest

MAGIC = b"RINGMAIN BUNDLE 1\n"
CONTEXT = b"ringmain bundle 1"
MOST_SIGNATURES = 4
MOST_HEADER_OCTETS = 8 * 1024 * 1024

_LENGTH = struct.Struct(">I")
Contents = Callable[[FileEntry, Sink], None]
"""Hands the octets of a file to the sink."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle says, its signatures not yet verified (`verified`). frames: COSE_Sign1, all over the same manifest.

    offset: where the content begins in the file.
    """

    file: Path
    manifest: Manifest
    frames: tuple[bytes, ...]
    offset: int

    def signers(self) -> tuple[KeyId, ...]:
        """Key ids that the frames claim."""
        return tuple(cose.parse(frame, with_chain=True).key_id for frame in self.frames)


@dataclass(frozen=True, slots=True)
class Pen:
    """What a signer signs with. chain: certificates in DER, the signer's first; none where the key is admitted."""

    key: SigningKey
    chain: cose.Chain = ()

    def sign(self, payload: bytes) -> bytes:
        return cose.sign(self.key, payload, CONTEXT, self.chain)


def make(manifest: Manifest, pens: Sequence[Pen], contents: Contents, out: Path) -> None:
    """Write a new file; BundleError when it exists or a file has changed since the manifest was made."""
    payload = manifest.encode()
    decode_manifest(payload)  # what we would refuse is not made
    with _new(out) as stream:
        stream.write(header([pen.sign(payload) for pen in pens]))
        for entry in manifest.files:
            _copy(entry, lambda sink, entry=entry: contents(entry, sink), stream.write)  # type: ignore[misc]


def header(frames: Sequence[bytes]) -> bytes:
    """Everything before the content."""
    envelope = cbor.encode(list(frames))
    return MAGIC + _LENGTH.pack(len(envelope)) + envelope


def add_signature(bundle: Bundle, pen: Pen, out: Path) -> None:
    """The same bundle, signed by one more: for those who want four eyes on software."""
    if pen.key.key_id in bundle.signers():
        raise BundleError(f"{bundle.file}: this key has signed already; another one is wanted")
    frames = [*bundle.frames, pen.sign(cose.parse(bundle.frames[0], with_chain=True).payload)]
    with _new(out) as stream:
        stream.write(header(frames))
        for entry, feed in contents_of(bundle):
            _copy(entry, feed, stream.write)


def open_bundle(file: Path) -> Bundle:
    """Read what stands before the content, and check that the content has its length. BundleError in one line."""
    try:
        with file.open("rb") as stream:
            frames, offset = _read_header(stream, file)
            size = os.fstat(stream.fileno()).st_size
    except OSError as error:
        raise BundleError(f"{file}: cannot be read: {error.strerror}") from error
    manifest = _manifest(file, frames)
    if size != offset + manifest.octets:
        raise BundleError(f"{file}: has {size} octets, {offset + manifest.octets} are expected: cut off, or altered")
    return Bundle(file, manifest, frames, offset)


def contents_of(bundle: Bundle) -> Iterator[tuple[FileEntry, Callable[[Sink], None]]]:
    """Every file with what feeds its octets to a sink; in this order, one after the other. BundleError when altered."""
    with bundle.file.open("rb") as stream:
        stream.seek(bundle.offset)
        for entry in bundle.manifest.files:
            yield entry, lambda sink, entry=entry: _feed(stream, entry, sink)  # type: ignore[misc]


def verify_contents(bundle: Bundle) -> None:
    """BundleError when one file is not what was signed."""
    for _, feed in contents_of(bundle):
        feed(lambda _: None)


def _feed(stream: BinaryIO, entry: FileEntry, sink: Sink) -> None:
    if not passed_on(stream, entry, sink):
        raise BundleError(f"{entry.name}: its content is not what was signed; get the bundle again")


def _copy(entry: FileEntry, feed: Callable[[Sink], None], write: Sink) -> None:
    digest, size = sha256(), 0

    def take(block: bytes) -> None:
        nonlocal size
        digest.update(block)
        size += len(block)
        write(block)

    feed(take)
    if (size, digest.digest()) != (entry.size, entry.sha256):
        raise BundleError(f"{entry.name}: has changed while the bundle was made; make it again")


def _read_header(stream: BinaryIO, file: Path) -> tuple[tuple[bytes, ...], int]:
    start = stream.read(len(MAGIC) + _LENGTH.size)
    if len(start) != len(MAGIC) + _LENGTH.size or not start.startswith(MAGIC):
        raise BundleError(f"{file}: is no bundle; make one with 'ringmain bundle make'")
    (length,) = _LENGTH.unpack(start[len(MAGIC) :])
    if length > MOST_HEADER_OCTETS:
        raise BundleError(f"{file}: a header of {length} octets; at most {MOST_HEADER_OCTETS} are read")
    return frames_of(stream.read(length), file), stream.tell()


def frames_of(envelope: bytes, file: Path) -> tuple[bytes, ...]:
    """The COSE_Sign1 frames in the array before the content."""
    try:
        content = cbor.decode(envelope)
    except RemoteProtocolError as error:
        raise BundleError(f"{file}: its header is {error}") from error
    if not isinstance(content, list) or not 0 < len(content) <= MOST_SIGNATURES:
        raise BundleError(f"{file}: 1 to {MOST_SIGNATURES} signatures are expected")
    if not all(isinstance(frame, bytes) for frame in content):
        raise BundleError(f"{file}: its signatures are not COSE_Sign1 frames")
    return tuple(content)


def _manifest(file: Path, frames: tuple[bytes, ...]) -> Manifest:
    try:
        payloads = {cose.parse(frame, with_chain=True).payload for frame in frames}
    except RemoteProtocolError as error:
        raise BundleError(f"{file}: {error}") from error
    if len(payloads) != 1:
        raise BundleError(f"{file}: its signatures stand over different manifests")
    return decode_manifest(payloads.pop())


@contextmanager
def _new(out: Path) -> Iterator[BinaryIO]:
    """A new file that is whole and on the disk at the end, or not there."""
    half = out.with_name(out.name + ".part")
    try:
        if out.exists():
            raise BundleError(f"{out}: exists already; choose another --out")
        with half.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(out)
    except OSError as error:
        raise BundleError(f"{out}: cannot be written: {error.strerror}") from error
    finally:
        half.unlink(missing_ok=True)
