"""The key register: admitted keys, names, numbers that are never given out twice."""

from __future__ import annotations

import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest

from models.wire.keys import SigningKey
from substation.exchange.access import Role
from substation.exchange.key_files import read_verify_key, unit_key
from substation.stakeholders.blocks import BLOCK
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import FILE_NAME, RegisterError

ONE, TWO = SigningKey.from_seed(bytes([1]) * 32), SigningKey.from_seed(bytes([2]) * 32)


def test_enrol_find_change_remove(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path)) as register:
        assert register.find(ONE.key_id) is None
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        found = register.find(ONE.key_id)
        assert found is not None
        assert found.raw == ONE.public.raw
        register.enrol(ONE.public, "Olga", Role.VIEWER, 2)
        assert [str(each) for each in register.stakeholders()] == ["Olga (VIEWER)"]
        with pytest.raises(RegisterError, match="belongs to another key"):
            register.enrol(TWO.public, "Olga", Role.VIEWER, 3)
        assert register.remove_key(ONE.key_id)
        assert not register.remove_key(ONE.key_id)
        assert register.identity(ONE.key_id) is None


def test_numbers_are_never_given_out_twice(tmp_path: Path) -> None:
    with closing(StakeholderRegister(tmp_path)) as register:
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        taken: list[int] = []
        threads = [
            threading.Thread(target=lambda: taken.extend(register.reserve(ONE.key_id) for _ in range(5)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        register.remove_key(ONE.key_id)
    with closing(StakeholderRegister(tmp_path)) as register:  # restarted, and the key withdrawn and admitted again
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1)
        taken.append(register.reserve(ONE.key_id))
    assert sorted(taken) == [BLOCK * (index + 1) for index in range(21)]


def test_private_files_are_private(tmp_path: Path) -> None:
    data = tmp_path / "data"
    key = unit_key(data)
    assert unit_key(data).key_id == key.key_id
    assert read_verify_key(data / "unit.pub").key_id == key.key_id
    with closing(StakeholderRegister(data)):
        pass
    for name in ("unit.key", FILE_NAME):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600


def test_a_broken_register_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(RegisterError, match="keys.sqlite: the key register fails"):
        StakeholderRegister(tmp_path)
