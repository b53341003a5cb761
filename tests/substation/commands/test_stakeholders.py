"""`ringmain stakeholders`: who is enrolled, and what the console can take away."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import RingmainError
from models.wire.keys import SigningKey
from substation.commands.stakeholders import run
from substation.exchange.access import Role
from substation.stakeholders.register import StakeholderRegister

ONE, TWO = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    file = tmp_path / "unit.toml"
    file.write_text('schema = 1\n[unit]\nname = "OBR"\nlevel = "MVGMU"\n')
    with closing(StakeholderRegister(tmp_path / "data")) as register:
        register.enrol(ONE.public, "Olga", Role.OPERATOR, 1, approves=True, areas=("ST1/*", "ST2/*"))
        register.enrol(TWO.public, "Vito", Role.VIEWER, 1, valid_until_ns=1)
        register.set_password("Olga", "$argon2id$...", 1, "test")
        register.failed("Olga", 1, 10**12, time.time_ns())
    return file


def listed(unit: Path, capsys: pytest.CaptureFixture[str], *given: str) -> dict[str, dict[str, object]]:
    capsys.readouterr()
    assert run([str(unit), "--json", *given]) == 0
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)}


def test_the_list(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(unit)]) == 0
    head, olga, vito = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == ["name", "role", "kind", "approves"]
    assert olga.split()[:6] == ["Olga", "OPERATOR", "person", "yes", "ST1/*", "ST2/*"]
    assert olga.endswith("password locked")
    assert vito.endswith("1970-01-01 00:00Z  expired")


def test_what_it_takes_away(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(unit, capsys, "--unlock", "Olga")["Olga"]["state"] == ""
    assert listed(unit, capsys, "--remove-password", "Olga")["Olga"]["password"] is False
    assert listed(unit, capsys, "--remove-key", ONE.key_id.hex()[:8])["Olga"]["keys"] == []
    assert set(listed(unit, capsys, "--withdraw", "Olga")) == {"Vito"}
    for given in (("--withdraw", "Olga"), ("--unlock", "Olga"), ("--remove-key", "00"), ("--remove-key", "")):
        with pytest.raises(RingmainError, match="nobody is enrolled as 'Olga'|0 keys begin with"):
            run([str(unit), *given])


def test_the_roles(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(unit), "--roles"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[2][:3] == ["operate", "no", "yes"]
    assert lines[3][:4] == ["command", "no", "yes", "no"]
    assert lines[3][-2:] == ["yes", "CONTROL"]  # MARKET, which has no other right to act
    assert lines[4][:4] == ["approve", "no", "given", "given"]
