"""`ringmain audit`: prints, selects, verifies, and says where something has been changed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from models.errors import ConfigError
from substation.audit.log import FOLDER
from substation.audit.segments import name_of
from substation.commands.audit import run
from tests.substation.audit.logs import KEY, OTHER, written


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    file = tmp_path / "unit.toml"
    file.write_text('schema = 1\n[unit]\nname = "OBR"\nlevel = "MVGMU"\n')
    asyncio.run(written(tmp_path / "data", 12))
    (tmp_path / "data" / "unit.pub").write_text(KEY.public.to_text())
    return file


def test_it_prints(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(unit)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "access   Olga0 (OPERATOR) <hmi>: write ST0/K1/E01/Q0/CSWI1.Pos.Oper" in lines[1]
    assert '[refused]: S13: the "feeder" breaker is closed' in "\n".join(lines)


def test_it_selects(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(unit), "--who", "olga3", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["who"] == "Olga3 (OPERATOR)"
    assert run([str(unit), "--since", "2025-11-20T12:00:00.000000010Z", "--who", "Olga"]) == 0
    assert [line.split()[3] for line in capsys.readouterr().out.splitlines()] == ["Olga10", "Olga11"]
    assert run([str(unit), "--since", "2100-01-01"]) == 0
    assert capsys.readouterr().out == ""
    with pytest.raises(ConfigError, match="'yesterday' is no UTC time.*; or give a date"):
        run([str(unit), "--since", "yesterday"])


def test_it_verifies(unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(unit), "--verify"]) == 0
    assert "records, each where and as the unit wrote it" in capsys.readouterr().out
    assert run([str(unit), "--head"]) == 0
    (tmp_path / "anchors").write_text(capsys.readouterr().out)
    assert run([str(unit), "--verify", "--anchor", str(tmp_path / "anchors")]) == 0
    file = tmp_path / "data" / FOLDER / name_of(1)
    file.write_bytes(file.read_bytes().replace(b"Olga1 ", b"Anna1 "))
    assert run([str(unit), "--verify"]) == 1
    told = capsys.readouterr()
    assert f"{file}:3: record 3 or one before it has been changed" in told.err
    assert "the audit log has been changed or is damaged: 1 findings" in told.out


def test_a_unit_that_has_a_new_key(unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data" / "unit.pub").write_text(OTHER.public.to_text())
    assert run([str(unit), "--verify"]) == 1
    (tmp_path / "old.pub").write_text(KEY.public.to_text())
    assert run([str(unit), "--verify", "--key", str(tmp_path / "old.pub")]) == 0
    (tmp_path / "bad").write_text("17 beef\n")
    with pytest.raises(ConfigError, match="bad:1: no number and hash; keep the lines"):
        run([str(unit), "--verify", "--anchor", str(tmp_path / "bad")])
