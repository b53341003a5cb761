"""A bundle that arrives in pieces: resumable by its hash, one at a time, bounded; complete or not there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.wire.cbor import WireValue
from substation.maintenance import durable
from substation.maintenance.bundle import MOST_HEADER_OCTETS
from substation.maintenance.errors import BundleError
from substation.maintenance.file_list import BLOCK_OCTETS, HASH_OCTETS, MOST_OCTETS

MOST_BUNDLE_OCTETS = MOST_OCTETS + MOST_HEADER_OCTETS
MOST_PIECE_OCTETS = 192 * 1024
IDLE_NS = 60_000_000_000
"""After this silence another bundle may take the place of one that has not arrived."""
ARRIVED, PART = ".bundle", ".part"


@dataclass(frozen=True, slots=True)
class Piece:
    """sha256, size: of the whole bundle. offset: of `data` in it; no data asks how far the upload is."""

    sha256: bytes
    size: int
    offset: int
    data: bytes


def read_piece(value: WireValue) -> Piece:
    """BundleError when the value is none."""
    try:
        fields = PlainFields(value, "Maintenance.Upload")
        digest, data = fields.take("sha256"), fields.take("data")
        piece_size, offset = fields.whole("size"), fields.whole("offset")
        fields.done()
    except RemoteProtocolError as error:
        raise BundleError(str(error)) from error
    if not isinstance(digest, bytes) or len(digest) != HASH_OCTETS or not isinstance(data, bytes):
        raise BundleError("Maintenance.Upload: 'sha256' has 32 octets and 'data' are octets")
    if not 0 < piece_size <= MOST_BUNDLE_OCTETS or len(data) > MOST_PIECE_OCTETS:
        raise BundleError(
            f"Maintenance.Upload: a bundle has at most {MOST_BUNDLE_OCTETS} octets, a piece {MOST_PIECE_OCTETS}"
        )
    if not 0 <= offset <= piece_size - len(data):
        raise BundleError(f"Maintenance.Upload: {len(data)} octets at {offset} do not lie within {piece_size}")
    return Piece(digest, piece_size, offset, data)


class Uploads:
    """The folder of bundles that arrive. Methods block; the caller lets one in at a time."""

    def __init__(self, folder: Path, now_ns: Callable[[], int]) -> None:
        self._folder, self._now_ns = folder, now_ns

    def arrived(self, digest: bytes) -> Path | None:
        """The complete bundle with this hash."""
        path = self._folder / (digest.hex() + ARRIVED)
        return path if path.is_file() else None

    def take(self, piece: Piece) -> int:
        """Octets received so far, the piece included; all of them: it is complete and `arrived` finds it."""
        if self.arrived(piece.sha256):
            return piece.size
        part = self._folder / (piece.sha256.hex() + PART)
        self._make_room(part)
        with durable.told(part):
            received = part.stat().st_size if part.exists() else 0
            if not piece.data:
                return received
            if piece.offset != received:
                raise BundleError(f"the next piece starts at {received}, not at {piece.offset}")
            with part.open("ab") as stream:
                stream.write(piece.data)
                stream.flush()
                os.fsync(stream.fileno())
        received += len(piece.data)
        if received == piece.size:
            self._complete(part, piece)
        return received

    def forget(self, digest: bytes) -> None:
        """A bundle that was applied, or is refused."""
        with durable.told(self._folder):
            (self._folder / (digest.hex() + ARRIVED)).unlink(missing_ok=True)

    def _make_room(self, part: Path) -> None:
        """One at a time: what came before is dropped, unless it still arrives."""
        with durable.told(self._folder):
            others = [path for path in self._folder.iterdir() if path.name != part.name]
            for other in others:
                if other.suffix == PART and self._now_ns() - other.stat().st_mtime_ns < IDLE_NS:
                    raise BundleError("another bundle arrives just now; try again in a minute")
                other.unlink()

    def _complete(self, part: Path, piece: Piece) -> None:
        digest = sha256()
        with durable.told(part), part.open("rb") as stream:
            while block := stream.read(BLOCK_OCTETS):
                digest.update(block)
        if digest.digest() != piece.sha256:
            with durable.told(part):
                part.unlink()
            raise BundleError("what has arrived is not the bundle that was announced; send it again")
        durable.rename(part, part.with_suffix(ARRIVED))
