"""The private sum key on disk: who may read it, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import ConfigError
from models.privacy.cipher import decrypt
from substation.privacy.key_file import read_sum_key, write_sum_key
from tests.models.privacy.sample import reading, sum_key

KEY = sum_key()


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_it_comes_back_as_it_was(tmp_path: Path, passphrase: str | None) -> None:
    file = tmp_path / "sum.key"
    write_sum_key(KEY, file, passphrase)
    assert file.stat().st_mode & 0o777 == 0o600
    assert decrypt(read_sum_key(file, passphrase), reading(77, "SM1").cipher, 1) == 77
    assert (KEY.to_octets().hex() in file.read_text()) is (passphrase is None)


def test_it_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "sum.key"
    write_sum_key(KEY, file, None)
    with pytest.raises(ConfigError, match="exists already"):
        write_sum_key(sum_key(1), file, None)
    with pytest.raises(ConfigError, match="cannot be written"):
        write_sum_key(KEY, tmp_path / "none" / "sum.key", None)


@pytest.mark.parametrize(("passphrase", "problem"), [(None, "has a passphrase"), ("wrong", "does not fit")])
def test_a_wrong_passphrase_opens_nothing(tmp_path: Path, passphrase: str | None, problem: str) -> None:
    file = tmp_path / "sum.key"
    write_sum_key(KEY, file, "correct horse")
    with pytest.raises(ConfigError, match=problem):
        read_sum_key(file, passphrase)


@pytest.mark.parametrize(
    "changed", ["", "{}", "[1]", '{"n": "00", "primes": "zz"}', '{"n": 1, "primes": "00"}', "{", '{"n": "é"}']
)
def test_a_damaged_file_is_one_line(tmp_path: Path, changed: str) -> None:
    file = tmp_path / "sum.key"
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(ConfigError, match="sum.key: "):
        read_sum_key(file, None)


def test_a_file_whose_halves_differ_or_that_is_missing_is_told(tmp_path: Path) -> None:
    file = tmp_path / "sum.key"
    write_sum_key(KEY, file, None)
    document = json.loads(file.read_text())
    file.write_text(json.dumps(document | {"n": sum_key(1).public.to_octets().hex()}))
    with pytest.raises(ConfigError, match="do not belong together"):
        read_sum_key(file, None)
    with pytest.raises(ConfigError, match="ringmain privacy"):
        read_sum_key(tmp_path / "none", None)
