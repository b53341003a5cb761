"""Keys of homomorphic sums (Paillier, EUROCRYPT 1999, with g = n + 1), named by the public half's fingerprint."""

from __future__ import annotations

from hashlib import sha256
from typing import NewType

from phe import paillier

from models.errors import RemoteProtocolError, RingmainError

Fingerprint = NewType("Fingerprint", bytes)
"""SHA-256 of n, big-endian without leading zeros; 32 octets."""

KEY_BITS = 3072
"""Length of n: 128 bit security (NIST SP 800-57, factoring). Nothing else is accepted."""
N_OCTETS = KEY_BITS // 8
CIPHER_OCTETS = 2 * N_OCTETS


class SumKeyError(RingmainError):
    """The octets are not a key of the demanded length, or its parts do not fit each other."""


class PublicSumKey:
    """What meters encrypt with and aggregators add with. n: the modulus."""

    __slots__ = ("fingerprint", "n", "n_squared", "scheme")

    def __init__(self, n: int) -> None:
        if n.bit_length() != KEY_BITS or n % 2 == 0:
            raise SumKeyError(f"a public sum key is an odd number of {KEY_BITS} bits, not {n.bit_length()}")
        self.n, self.n_squared = n, n * n
        self.scheme = paillier.PaillierPublicKey(n)
        self.fingerprint = Fingerprint(sha256(self.to_octets()).digest())

    @classmethod
    def from_octets(cls, octets: bytes) -> PublicSumKey:
        """From N_OCTETS octets, big-endian. SumKeyError."""
        return cls(int.from_bytes(octets, "big"))

    def to_octets(self) -> bytes:
        return self.n.to_bytes(N_OCTETS, "big")

    def __str__(self) -> str:
        return short(self.fingerprint)


class PrivateSumKey:
    """The two primes; never shown by repr or str."""

    __slots__ = ("_primes", "public", "scheme")

    def __init__(self, p: int, q: int) -> None:
        if p == q or p < 2 or q < 2:
            raise SumKeyError("a private sum key is two different primes")
        self.public = PublicSumKey(p * q)
        try:
            self.scheme = paillier.PaillierPrivateKey(self.public.scheme, p, q)
        except (ValueError, ZeroDivisionError) as error:
            raise SumKeyError(f"the two numbers make no private sum key: {error}") from error
        self._primes = (p, q)

    @classmethod
    def generate(cls) -> PrivateSumKey:
        """A new pair from the system's random numbers; 0.1 s to 2 s of work."""
        _, private = paillier.generate_paillier_keypair(n_length=KEY_BITS)
        return cls(private.p, private.q)

    @classmethod
    def from_octets(cls, octets: bytes) -> PrivateSumKey:
        """From the two primes, N_OCTETS / 2 octets each, big-endian. SumKeyError."""
        if len(octets) != N_OCTETS:
            raise SumKeyError(f"a private sum key has {N_OCTETS} octets, not {len(octets)}")
        half = N_OCTETS // 2
        return cls(int.from_bytes(octets[:half], "big"), int.from_bytes(octets[half:], "big"))

    def to_octets(self) -> bytes:
        return b"".join(prime.to_bytes(N_OCTETS // 2, "big") for prime in self._primes)


def fingerprint_of(octets: bytes) -> Fingerprint:
    """RemoteProtocolError when it has not 32 octets."""
    if len(octets) != sha256().digest_size:
        raise RemoteProtocolError(f"a fingerprint has {sha256().digest_size} octets, not {len(octets)}")
    return Fingerprint(octets)


def short(fingerprint: Fingerprint) -> str:
    """The first 16 hexadecimal digits, for people."""
    return fingerprint.hex()[:16]
