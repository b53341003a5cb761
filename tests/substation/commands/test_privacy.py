"""`ringmain privacy`: the key holder's key is made once, and its fingerprint told."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ConfigError
from substation.commands.privacy import run

HOLDER = 'schema = 1\n[unit]\nname = "TL1"\nlevel = "TLGMU"\n[meter_sums]\nrole = "key holder"\nunits = ["MV1"]\n'


def unit_file(folder: Path, text: str) -> Path:
    file = folder / "unit.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_key_is_made_once_and_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = unit_file(tmp_path, HOLDER + 'passphrase_file = "words"\n')
    (tmp_path / "words").write_text("correct horse\n")
    assert run([str(file), "key"]) == 0
    made, fingerprint = capsys.readouterr().out.splitlines()
    assert "under the passphrase" in made
    assert (tmp_path / "data" / "meter_sums.key").stat().st_mode & 0o777 == 0o600
    assert run([str(file), "show"]) == 0
    assert capsys.readouterr().out.splitlines() == [fingerprint]
    with pytest.raises(ConfigError, match="exists already"):
        run([str(file), "key"])


def test_a_unit_that_holds_no_key_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TL1 holds no key of sums"):
        run([str(unit_file(tmp_path, HOLDER.partition("[meter_sums]")[0])), "key"])
