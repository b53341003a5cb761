"""`ringmain enrol`: a key pair made and admitted, a key file admitted, and what is refused."""

from __future__ import annotations

import io
import stat
from contextlib import closing
from pathlib import Path

import pytest

from models.errors import ConfigError, RingmainError
from models.wire.keys import SigningKey
from substation.commands.enrol import run
from substation.exchange.access import Role
from substation.exchange.key_files import read_signing_key
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.schema import RegisterError
from substation.stakeholders.stakeholder import Kind

UNIT = """schema = 1
[unit]
name = "OBR"
level = "MVGMU"
data = "data"
[links]
[data_interface]
[fdir]
[fdir.feeders]
"""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    file = tmp_path / "unit.toml"
    file.write_text(UNIT)
    return file


def test_a_new_pair(unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    private = tmp_path / "olga.key"
    assert run([str(unit), "--new", str(private), "--role", "OPERATOR"]) == 0
    assert "olga (OPERATOR) admitted" in capsys.readouterr().out
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    with closing(StakeholderRegister(tmp_path / "data")) as register:
        identity = register.identity(read_signing_key(private).key_id)
    assert identity is not None
    assert (identity.name, identity.role) == ("olga", Role.OPERATOR)
    assert (tmp_path / "data" / "unit.pub").is_file()
    with pytest.raises(ConfigError, match="choose another path"):
        run([str(unit), "--new", str(private), "--role", "OPERATOR"])


def test_a_key_file_and_a_change_of_role(unit: Path, tmp_path: Path) -> None:
    public = tmp_path / "vito.pub"
    public.write_text(SigningKey.from_seed(bytes(32)).public.to_text())
    assert run([str(unit), str(public), "--role", "OPERATOR"]) == 0
    assert run([str(unit), str(public), "--role", "VIEWER"]) == 0
    with closing(StakeholderRegister(tmp_path / "data")) as register:
        assert [str(each) for each in register.stakeholders()] == ["vito (VIEWER)"]
    with pytest.raises(RegisterError, match="another key"):
        run([str(unit), "--new", str(tmp_path / "other"), "--name", "vito", "--role", "VIEWER"])


def test_what_is_refused(unit: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pub").write_text("hello")
    for arguments, problem in (
        ([str(unit), str(tmp_path / "none.pub"), "--role", "VIEWER"], "cannot be read"),
        ([str(unit), str(tmp_path / "bad.pub"), "--role", "VIEWER"], "not a public key"),
        ([str(unit), "--role", "VIEWER"], "one key is expected"),
        ([str(tmp_path / "none.toml"), str(tmp_path / "bad.pub"), "--role", "VIEWER"], "none.toml"),
    ):
        with pytest.raises(ConfigError, match=problem):
            run(arguments)
    (tmp_path / "data").write_text("a file where the directory should be")
    with pytest.raises(ConfigError, match="data: cannot be made: .*correct 'data' in unit.toml"):
        run([str(unit), "--new", str(tmp_path / "nora.key"), "--role", "VIEWER"])
    with pytest.raises(SystemExit):
        run([str(unit), str(tmp_path / "bad.pub"), "--role", "KING"])


def test_everything_that_can_be_given(unit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse battery\n"))
    given = ["--name", "Olga", "--role", "OPERATOR", "--approve", "--area", "ST1/*", "--area", "ST2/*", "--password"]
    assert run([str(unit), *given, "--expires", "2027-06-30", "--subject", "Olga N.", "--agent"]) == 0
    (tmp_path / "olga.pub").write_text(SigningKey.from_seed(bytes(32)).public.to_text())
    assert run([str(unit), str(tmp_path / "olga.pub"), "--add", "--name", "Olga"]) == 0
    with closing(StakeholderRegister(tmp_path / "data")) as register:
        (olga,) = register.stakeholders()
        assert (str(olga), olga.approves, olga.areas) == ("Olga (OPERATOR)", True, ("ST1/*", "ST2/*"))
        assert (olga.kind, olga.subject, len(olga.keys)) == (Kind.AGENT, "Olga N.", 1)
        assert olga.password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert olga.valid_until_ns == 1_814_400_000 * 10**9  # 2027-07-01 00:00 UTC
        assert all("at the console" in change.who for change in register.changes())


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["--name", "Olga", "--role", "VIEWER"], "one key is expected"),
        (["--name", "Olga", "--role", "VIEWER", "--password"], "at least 12 characters"),
        (["--name", "Olga", "--add"], "one key is expected"),
        (["--name", "Olga", "--role", "VIEWER", "--subject", "O", "--approve"], "a VIEWER cannot approve"),
        (["--name", "Olga", "--role", "VIEWER", "--subject", "O", "--expires", "soon"], "--expires 'soon' is no date"),
        (["--name", "Olga", "--role", "VIEWER", "--subject", "O", "--area", ""], "area of responsibility is empty"),
    ],
)
def test_what_does_not_go_together(unit: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], problem: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(RingmainError, match=problem):
        run([str(unit), *given])


def test_a_key_under_another_name_is_told(unit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    public = tmp_path / "vito.pub"
    public.write_text(SigningKey.from_seed(bytes(32)).public.to_text())
    assert run([str(unit), str(public), "--role", "OPERATOR"]) == 0
    assert "so far" not in capsys.readouterr().out
    assert run([str(unit), str(public), "--role", "OPERATOR", "--name", "Vito N."]) == 0
    assert "(vito so far)" in capsys.readouterr().out


def test_a_refused_enrolment_leaves_no_key_behind(unit: Path, tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="not usable"):
        run([str(unit), "--new", str(tmp_path / "new.key"), "--role", "VIEWER", "--name", "two\nlines"])
    assert not list(tmp_path.glob("new.key*"))
