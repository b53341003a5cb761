"""Keys as text: both formats, both ways, and what is refused."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from models.wire.keys import KeyTextError, SigningKey, VerifyKey

KEY = SigningKey.from_seed(bytes(range(32)))


def test_text_round_trips() -> None:
    assert SigningKey.from_text(KEY.to_text()).key_id == KEY.key_id
    assert VerifyKey.from_text(KEY.public.to_text()).raw == KEY.public.raw
    assert SigningKey.from_text(bytes(range(32)).hex() + "\n").key_id == KEY.key_id
    assert VerifyKey.from_text(KEY.public.raw.hex()).key_id == KEY.key_id


def test_a_private_key_shows_nothing() -> None:
    assert bytes(range(32)).hex() not in repr(KEY) + str(KEY)
    assert "PRIVATE" not in repr(KEY)


@pytest.mark.parametrize("text", ["", "hello", "zz" * 32, KEY.public.to_text()[:-40], "ff" * 31])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(KeyTextError):
        SigningKey.from_text(text)
    with pytest.raises(KeyTextError):
        VerifyKey.from_text(text)


def test_other_kinds_of_keys_are_refused() -> None:
    other = rsa.generate_private_key(65537, 2048)
    private = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with pytest.raises(KeyTextError, match="not an Ed25519 key"):
        SigningKey.from_text(private)
    with pytest.raises(KeyTextError, match="not an Ed25519 key"):
        VerifyKey.from_text(public)
