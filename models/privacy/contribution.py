"""What travels upward: one meter's encrypted reading, or an encrypted sum of many. Both have the same form.

On the wire a map: `version` 1, `start` (ns UTC), `length` (ns), `key` (fingerprint), `participants` (array of names,
rising), `cipher` (octets). It says who takes part, never who consumed what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.privacy.cipher import MOST_PARTICIPANTS
from models.privacy.sum_key import CIPHER_OCTETS, N_OCTETS, Fingerprint
from models.wire.cbor import WireValue
from models.wire.fields import Reader, integer, octets, sequence, text

VERSION = 1
_END_NS = 2**63 - 1
_LONGEST_NS = 366 * 86_400 * 10**9


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """[start_ns, start_ns + length_ns), UTC; starts are multiples of the length since 1970."""

    start_ns: int
    length_ns: int

    def __post_init__(self) -> None:
        if self.length_ns <= 0 or self.start_ns % self.length_ns:
            raise RemoteProtocolError(f"a period of {self.length_ns} ns does not start at {self.start_ns} ns")

    @classmethod
    def around(cls, time_ns: int, length_ns: int) -> Period:
        """The period that the time belongs to."""
        return cls(time_ns - time_ns % length_ns, length_ns)

    @property
    def end_ns(self) -> int:
        return self.start_ns + self.length_ns

    def before(self) -> Period:
        return Period(self.start_ns - self.length_ns, self.length_ns)


@dataclass(frozen=True, slots=True)
class Contribution:
    """cipher: energy in Wh of all participants together, under the key of that fingerprint. participants: rising."""

    period: Period
    key: Fingerprint
    participants: tuple[str, ...]
    cipher: bytes

    def __post_init__(self) -> None:
        if not self.participants or any(not name for name in self.participants):
            raise RemoteProtocolError("a contribution names everyone who takes part")
        if list(self.participants) != sorted(set(self.participants)):
            raise RemoteProtocolError("participants stand in rising order, each once")

    def to_wire(self) -> WireValue:
        return {
            "version": VERSION,
            "start": self.period.start_ns,
            "length": self.period.length_ns,
            "key": bytes(self.key),
            "participants": list(self.participants),
            "cipher": self.cipher,
        }

    @classmethod
    def from_wire(cls, item: object) -> Contribution:
        """Strict; RemoteProtocolError names the field. The ciphertext is checked against the key by `cipher.check`."""
        fields = read_fields(item, _FIELDS, "a contribution")
        return cls(
            Period(_START("start", fields["start"]), _LENGTH("length", fields["length"])),
            Fingerprint(_KEY("key", fields["key"])),
            _PARTICIPANTS("participants", fields["participants"]),
            _CIPHER("cipher", fields["cipher"]),
        )


def read_fields(item: object, names: frozenset[str], what: str) -> Mapping[str, object]:
    """The map with exactly these fields, of version 1; RemoteProtocolError names what is missing or too much."""
    if not isinstance(item, dict):
        raise RemoteProtocolError(f"{what} is a map")
    if wrong := {str(name) for name in item} ^ names:
        raise RemoteProtocolError(f"{what} has exactly the fields {', '.join(sorted(names))}; look at {min(wrong)}")
    if item["version"] != VERSION or isinstance(item["version"], bool):
        raise RemoteProtocolError(f"{what} of version {item['version']!r} is unknown; this is version {VERSION}")
    return item


_FIELDS = frozenset({"version", "start", "length", "key", "participants", "cipher"})
_START = integer(0, _END_NS)
_LENGTH = integer(1, _LONGEST_NS)
_KEY = octets(32)
_CIPHER = octets(CIPHER_OCTETS)
_PARTICIPANTS: Reader[tuple[str, ...]] = sequence(text(128), MOST_PARTICIPANTS)
MODULUS = octets(N_OCTETS)
