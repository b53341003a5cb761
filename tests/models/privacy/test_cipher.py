"""Arithmetic of homomorphic sums: what is added is the sum, and what is no ciphertext is refused."""

from __future__ import annotations

import random

import pytest

from models.errors import AlgorithmError, LocalProtocolError, RemoteProtocolError
from models.privacy.cipher import MOST_WH, add, check, decrypt, encrypt, noise
from models.privacy.sum_key import CIPHER_OCTETS, PrivateSumKey, PublicSumKey, SumKeyError
from tests.models.privacy.sample import reading, sum_key

KEY = sum_key()


def encrypted(*readings: int) -> list[bytes]:
    return [encrypt(KEY.public, energy_wh, noise(KEY.public)) for energy_wh in readings]


def test_a_sum_of_readings_of_both_signs_and_of_the_largest() -> None:
    readings = [0, 1, -1, 412, -2950, MOST_WH, -MOST_WH, random.Random(7).randrange(MOST_WH)]
    total = add(KEY.public, encrypted(*readings))
    assert decrypt(KEY, total, len(readings)) == sum(readings)


def test_a_sum_of_sums() -> None:
    left, right = add(KEY.public, encrypted(5, 7)), add(KEY.public, encrypted(-20, 1, 2))
    assert decrypt(KEY, add(KEY.public, [left, right]), 5) == -5


def test_the_independent_decryption_by_the_definition_agrees() -> None:
    # Paillier 1999, scheme 1: L(c^lambda mod n^2) / L(g^lambda mod n^2) mod n, with numbers of Python alone.
    octets = KEY.to_octets()
    p, q = (int.from_bytes(half, "big") for half in (octets[:192], octets[192:]))
    n, power = KEY.public.n, (p - 1) * (q - 1)
    cipher = int.from_bytes(encrypted(8_104)[0], "big")
    shown = (pow(cipher, power, n * n) - 1) // n * pow((pow(n + 1, power, n * n) - 1) // n, -1, n) % n
    assert shown == 8_104


def test_the_same_reading_never_looks_the_same() -> None:
    first, second = encrypted(300, 300)
    assert first != second


@pytest.mark.parametrize("energy_wh", [MOST_WH + 1, -MOST_WH - 1])
def test_a_reading_out_of_bounds_is_not_encrypted(energy_wh: int) -> None:
    with pytest.raises(LocalProtocolError, match="out of bounds"):
        encrypt(KEY.public, energy_wh, bytes(CIPHER_OCTETS - 1) + b"\x02")


def test_a_sum_that_the_readings_cannot_make_is_no_result() -> None:
    # What a meter can do that does not keep to the rules: it multiplies its own ciphertext into a giant.
    giant = add(KEY.public, encrypted(*[MOST_WH] * 3))
    assert decrypt(KEY, giant, 3) == 3 * MOST_WH
    with pytest.raises(AlgorithmError, match="beyond 2 x"):
        decrypt(KEY, giant, 2)


NO_CIPHERS = {
    "too short": bytes(CIPHER_OCTETS - 1),
    "zero": bytes(CIPHER_OCTETS),
    "beyond n squared": (KEY.public.n_squared + 5).to_bytes(CIPHER_OCTETS, "big"),
    "a multiple of n": (KEY.public.n * 12).to_bytes(CIPHER_OCTETS, "big"),
    "a multiple of a prime of n": int.from_bytes(KEY.to_octets()[:192], "big").to_bytes(CIPHER_OCTETS, "big"),
    "without noise": (1 + 77 * KEY.public.n).to_bytes(CIPHER_OCTETS, "big"),
}


@pytest.mark.parametrize("cipher", NO_CIPHERS.values(), ids=NO_CIPHERS.keys())
def test_what_is_no_ciphertext_is_refused(cipher: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="ciphertext"):
        check(KEY.public, cipher)
    with pytest.raises(RemoteProtocolError, match="ciphertext"):
        add(KEY.public, [reading(1, "SM1").cipher, cipher])


def test_keys_as_octets() -> None:
    assert PublicSumKey.from_octets(KEY.public.to_octets()).fingerprint == KEY.public.fingerprint
    again = PrivateSumKey.from_octets(KEY.to_octets())
    assert decrypt(again, encrypted(9)[0], 1) == 9


@pytest.mark.parametrize(
    "make",
    [
        lambda: PublicSumKey(2**2048 - 1),
        lambda: PublicSumKey(2**3072 - 2),
        lambda: PrivateSumKey.from_octets(bytes(384)),
        lambda: PrivateSumKey.from_octets(KEY.to_octets()[:-1]),
        lambda: PrivateSumKey(3, 5),
    ],
)
def test_what_is_no_key_is_refused(make: type[PublicSumKey]) -> None:
    with pytest.raises(SumKeyError):
        make()


def test_a_private_key_shows_nothing_of_itself() -> None:
    assert str(KEY.public.n)[:20] not in f"{KEY!r} {KEY}"
