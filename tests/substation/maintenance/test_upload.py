"""A bundle that arrives in pieces: resumed where it stopped, one at a time, complete or not there."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from models.wire.cbor import WireValue
from substation.maintenance.errors import BundleError
from substation.maintenance.upload import IDLE_NS, MOST_BUNDLE_OCTETS, MOST_PIECE_OCTETS, Piece, Uploads, read_piece

WHOLE = bytes(range(256)) * 40
DIGEST = sha256(WHOLE).digest()


def piece(offset: int, data: bytes, digest: bytes = DIGEST) -> Piece:
    return Piece(digest, len(WHOLE), offset, data)


def test_pieces_arrive_over_a_restart(tmp_path: Path) -> None:
    clock = lambda: 0  # noqa: E731
    assert Uploads(tmp_path, clock).take(piece(0, WHOLE[:1000])) == 1000
    again = Uploads(tmp_path, clock)
    assert again.take(piece(0, b"")) == 1000
    assert again.arrived(DIGEST) is None
    with pytest.raises(BundleError, match="starts at 1000"):
        again.take(piece(999, WHOLE[999:1500]))
    assert again.take(piece(1000, WHOLE[1000:])) == len(WHOLE)
    arrived = again.arrived(DIGEST)
    assert arrived is not None
    assert arrived.read_bytes() == WHOLE
    assert again.take(piece(0, WHOLE[:10])) == len(WHOLE)
    again.forget(DIGEST)
    assert again.arrived(DIGEST) is None


def test_other_octets_than_announced_do_not_stay(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, lambda: 0)
    with pytest.raises(BundleError, match="not the bundle that was announced"):
        uploads.take(piece(0, bytes(len(WHOLE))))
    assert list(tmp_path.iterdir()) == []


def test_one_at_a_time_until_it_falls_silent(tmp_path: Path) -> None:
    now_ns = [0]
    uploads = Uploads(tmp_path, lambda: now_ns[0])
    uploads.take(piece(0, WHOLE[:10]))
    (part,) = tmp_path.iterdir()
    now_ns[0] = os.stat(part).st_mtime_ns + 1
    other = sha256(b"other").digest()
    with pytest.raises(BundleError, match="arrives just now"):
        uploads.take(piece(0, b"abc", other))
    now_ns[0] += IDLE_NS
    assert uploads.take(piece(0, b"abc", other)) == 3
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": b"short"}, {"sha256": "text"}, {"size": 0}, {"size": MOST_BUNDLE_OCTETS + 1}, {"size": True},
        {"offset": -1}, {"offset": len(WHOLE)}, {"data": "text"}, {"data": bytes(MOST_PIECE_OCTETS + 1)}, {"more": 1},
    ],
)  # fmt: skip
def test_what_is_no_piece_is_refused(changes: dict[str, WireValue]) -> None:
    value: dict[str, WireValue] = {"sha256": DIGEST, "size": len(WHOLE), "offset": 0, "data": b"x"}
    assert read_piece(value) == piece(0, b"x")
    with pytest.raises(BundleError):
        read_piece({**value, **changes})
    with pytest.raises(BundleError):
        read_piece(None)
