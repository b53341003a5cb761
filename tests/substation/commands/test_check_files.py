"""`ringmain check` of an SCL file alone, as one tries it before there is a unit.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ConfigError
from substation.commands.check_files import run

CASE = Path(__file__).parents[2] / "cases" / "scl" / "double_busbar.scd"


def test_an_scl_file_is_checked_without_a_unit(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(CASE)]) == 0
    assert ": no problems; " in capsys.readouterr().out


def test_its_problems_are_told_with_line_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.CID"
    text = CASE.read_text(encoding="utf-8")
    name = text.partition('<IED name="')[2].partition('"')[0]
    second = text.split('<IED name="')[2].partition('"')[0]
    file.write_text(text.replace(f'<IED name="{second}"', f'<IED name="{name}"'), encoding="utf-8")
    assert run([str(file)]) == 1
    assert f"IED '{name}' stands already in line" in capsys.readouterr().out


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        run([str(tmp_path / "none.scd")])
