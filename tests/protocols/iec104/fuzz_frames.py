"""What a broken or malicious peer sends: valid frames, well-formed ones of random content, and everything worse."""

from __future__ import annotations

import random
from collections.abc import Callable

from protocols.iec104.application.types import KNOWN
from protocols.iec104.application.units import HAS_MANY, UNITS
from protocols.iec104.link import apci
from protocols.iec104.link.apci import Function
from tests.protocols.iec104.golden import GOLDEN
from tests.protocols.iec104.pair import STATION

_FUNCTIONS = tuple(Function)
_VALID = [bytes.fromhex(octets) for octets, _ in GOLDEN.values()]
_ADDRESSES = (0, 1, 5, 14, 100, 0xFFFFFF, 50_001, *range(10_001, 10_028))
_STATIONS = (STATION, STATION, STATION, STATION, 1, 0, 0xFFFF)
_CAUSES = (3, 5, 6, 6, 6, 7, 8, 10, 13, 20, 37, 44, 47)


class Frames:
    """Frames of one connection. sent: I frames the peer has sent; heard: I frames it has received.

    calm: most frames are such that the connection stays open, which leads deeper.
    """

    def __init__(self, source: random.Random, calm: bool) -> None:
        self._source = source
        self.sent = self.heard = 0
        self._kinds: tuple[Callable[[], bytes], ...] = _calm(self) if calm else _wild(self)

    def next(self) -> bytes:
        return self._source.choice(self._kinds)()

    def valid(self) -> bytes:
        """A frame of the standard, its addresses those of the station or near them."""
        return self._information(self._readdressed(self._source.choice(_VALID)))

    def well_formed(self) -> bytes:
        """Any type with as many octets as it has to have, which are random."""
        source = self._source
        type_id = source.choice(tuple(KNOWN))
        unit, count, sequence = UNITS[type_id], 1, False
        if type_id in HAS_MANY or source.random() < 0.02:
            count, sequence = source.choice((1, 2, 5)), source.random() < 0.2
        size = 3 + unit.bare * count if sequence else unit.one * count
        head = bytes([type_id, count | sequence << 7, source.choice(_CAUSES) | source.choice((0, 0, 0, 0x40, 0x80)), 0])
        asdu = head + source.choice(_STATIONS).to_bytes(2, "little") + source.randbytes(size)
        return self._information(self._readdressed(asdu) if source.random() < 0.8 else asdu)

    def mutated_asdu(self) -> bytes:
        return self._information(self._mutated(self._source.choice(_VALID)))

    def random_asdu(self) -> bytes:
        return self._information(self._source.randbytes(self._source.randint(0, 60)))

    def supervisory(self) -> bytes:
        return apci.supervisory(self.heard)

    def test_frame(self) -> bytes:
        return apci.unnumbered(self._source.choice((Function.TESTFR_ACT, Function.TESTFR_CON)))

    def any_function(self) -> bytes:
        return apci.unnumbered(self._source.choice(_FUNCTIONS))

    def wrong_number(self) -> bytes:
        """I frame: N(S) or N(R) is off."""
        off = self._source.choice((-1, 1, 2, 12, 16_384, 32_767))
        sent, heard = self._source.choice(((off, 0), (0, off)))
        return apci.information(self.sent + sent, self.heard + heard, self._source.choice(_VALID))

    def wrong_acknowledgement(self) -> bytes:
        return apci.supervisory(self.heard + self._source.choice((-1, 1, 13, 16_384)))

    def mutated_frame(self) -> bytes:
        return self._mutated(self.valid())

    def truncated(self) -> bytes:
        """A frame that ends early, with or without another one behind it."""
        frame = self.valid()
        return frame[: self._source.randrange(1, len(frame))] + self._source.choice((b"", self.test_frame()))

    def oversized(self) -> bytes:
        """The length octet promises too much or too little."""
        length = self._source.choice((0, 3, 254, 255, 253, 100))
        return bytes([0x68, length]) + self.valid()[2:] + bytes(self._source.choice((0, 200)))

    def rubbish(self) -> bytes:
        return self._source.randbytes(self._source.randint(1, 300))

    def _information(self, asdu: bytes) -> bytes:
        frame = apci.information(self.sent, self.heard, asdu[:249])
        self.sent += 1
        return frame

    def _readdressed(self, asdu: bytes) -> bytes:
        address = self._source.choice(_ADDRESSES).to_bytes(3, "little")
        return asdu[:4] + self._source.choice(_STATIONS).to_bytes(2, "little") + address + asdu[9:]

    def _mutated(self, octets: bytes) -> bytes:
        source, data = self._source, bytearray(octets)
        for _ in range(source.randint(1, 4)):
            place = source.randrange(len(data))
            action = source.randrange(4)
            if action == 0:
                data[place] = source.randrange(256)
            elif action == 1:
                data[place] ^= 1 << source.randrange(8)
            elif action == 2 and place > 0:
                del data[place:]
            else:
                data[place:place] = source.randbytes(source.randint(1, 8))
        return bytes(data)


_Kinds = tuple[Callable[[], bytes], ...]


def _calm(frames: Frames) -> _Kinds:
    good = (frames.valid,) * 14 + (frames.well_formed,) * 8 + (frames.supervisory,) * 4 + (frames.test_frame,)
    return (*good, frames.mutated_asdu, frames.any_function)


def _wild(frames: Frames) -> _Kinds:
    return (
        frames.valid, frames.valid, frames.well_formed, frames.well_formed, frames.mutated_asdu, frames.random_asdu,
        frames.supervisory, frames.any_function, frames.wrong_number, frames.wrong_acknowledgement,
        frames.mutated_frame, frames.truncated, frames.oversized, frames.rubbish,
    )  # fmt: skip
