"""What travels downward: the public key of the sums and the length of their periods, signed by the key holder."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import RemoteProtocolError
from models.privacy.contribution import MODULUS, VERSION, read_fields
from models.privacy.sum_key import PublicSumKey, SumKeyError
from models.wire.cbor import WireValue, encode
from models.wire.fields import integer, octets, text
from models.wire.keys import SigningKey, VerifyKey

SHORTEST_S, LONGEST_S = 60, 86_400
"""Length of a period: the key holder decrypts once in each, so at most once a minute."""
_DOMAIN = "ringmain meter sums 1"


@dataclass(frozen=True, slots=True)
class Announcement:
    """holder: name of the key holder. since_ns: when the key was announced; of two, the later one holds."""

    holder: str
    key: PublicSumKey
    period_s: int
    since_ns: int
    signature: bytes

    @classmethod
    def sign(cls, holder: str, key: PublicSumKey, period_s: int, since_ns: int, signer: SigningKey) -> Announcement:
        """By the key holder, with its stakeholder key."""
        return cls(holder, key, period_s, since_ns, signer.sign(_signed(holder, key, period_s, since_ns)))

    @property
    def length_ns(self) -> int:
        return self.period_s * 10**9

    def verify(self, holder: str, key: VerifyKey) -> None:
        """RemoteProtocolError when it is not the announcement of this key holder."""
        if self.holder != holder:
            raise RemoteProtocolError(f"the sum key is announced by {self.holder}, not by {holder}")
        if not key.verifies(self.signature, _signed(self.holder, self.key, self.period_s, self.since_ns)):
            raise RemoteProtocolError(f"the announcement of sum key {self.key} is not signed by {holder}")

    def to_wire(self) -> WireValue:
        """Map: `version`, `holder`, `n` (octets), `fingerprint`, `period` (s), `since` (ns UTC), `signature`."""
        return {
            "version": VERSION,
            "holder": self.holder,
            "n": self.key.to_octets(),
            "fingerprint": bytes(self.key.fingerprint),
            "period": self.period_s,
            "since": self.since_ns,
            "signature": self.signature,
        }

    @classmethod
    def from_wire(cls, item: object) -> Announcement:
        """Strict; RemoteProtocolError names the field. Not yet verified."""
        fields = read_fields(item, _FIELDS, "an announcement")
        try:
            key = PublicSumKey.from_octets(MODULUS("n", fields["n"]))
        except SumKeyError as error:
            raise RemoteProtocolError(str(error)) from error
        if fields["fingerprint"] != key.fingerprint:
            raise RemoteProtocolError("the fingerprint is not that of the announced key")
        return cls(
            text(128)("holder", fields["holder"]),
            key,
            integer(SHORTEST_S, LONGEST_S)("period", fields["period"]),
            integer(0, 2**63 - 1)("since", fields["since"]),
            octets(64)("signature", fields["signature"]),
        )


def _signed(holder: str, key: PublicSumKey, period_s: int, since_ns: int) -> bytes:
    return encode([_DOMAIN, holder, bytes(key.fingerprint), period_s, since_ns])


_FIELDS = frozenset({"version", "holder", "n", "fingerprint", "period", "since", "signature"})
