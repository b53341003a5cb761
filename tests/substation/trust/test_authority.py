"""`ringmain authority`: what it writes, what it refuses, and that another implementation agrees."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import ringmain
from models.wire.keys import SigningKey
from protocols.tls.files import read_chain
from substation.exchange.access import Role
from substation.trust.store import TrustStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "authority"
    assert run(made, "new", "--name", "Utility") == 0
    return made


def run(folder: Path, *arguments: str) -> int:
    return ringmain.main(["authority", str(folder), *arguments])


def issue(folder: Path, name: str, *more: str) -> int:
    return run(folder, "issue", name, "--role", "OPERATOR", *(more or ("--new",)))


def test_private_files_are_private(folder: Path) -> None:
    assert issue(folder, "Olga") == 0
    for file in ("authority.key", "index.json", "issued/Olga.key"):
        assert (folder / file).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_certificate_of_a_units_own_key(folder: Path, tmp_path: Path) -> None:
    key = SigningKey.generate()
    public = tmp_path / "unit.pub"
    public.write_text(key.public.to_text())
    more = ("--key", str(public), "--area", "LV07", "--area", "LV07/*", "--level", "LVGMU", "--host", "127.0.0.1")
    assert run(folder, "issue", "LV07", "--role", "VIEWER", *more) == 0
    found = TrustStore(folder / "authority.pem", folder / "crl.pem", time.time_ns).verify(
        read_chain(folder / "issued" / "LV07.pem")
    )
    assert (found.name, found.role, found.areas) == ("LV07", Role.VIEWER, ("LV07", "LV07/*"))
    assert (found.level, found.key.raw) == ("LVGMU", key.public.raw)


def test_another_implementation_agrees(folder: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    for name in ("Olga", "Otto"):
        assert issue(folder, name) == 0
    assert run(folder, "revoke", "Otto", "--reason", "keyCompromise") == 0

    def verify(name: str) -> tuple[int, str]:
        files = ["-CAfile", str(folder / "authority.pem"), "-CRLfile", str(folder / "crl.pem")]
        command = [openssl, "verify", "-x509_strict", "-crl_check", *files, str(folder / "issued" / f"{name}.pem")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    assert verify("Olga")[0] == 0, verify("Olga")
    assert verify("Otto")[0] != 0
    assert "certificate revoked" in verify("Otto")[1]


def test_show(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    issue(folder, "Olga")
    issue(folder, "Otto")
    run(folder, "revoke", "Otto")
    capsys.readouterr()
    assert run(folder, "show") == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "authority Utility"
    assert [line.split()[-1] for line in shown[1:]] == ["valid", "(unspecified)"]


def test_lists_are_numbered(folder: Path) -> None:
    numbers = []
    for _ in range(3):
        assert run(folder, "crl", "--days", "7") == 0
        numbers.append(json.loads((folder / "index.json").read_text())["crl_number"])
    assert numbers == [2, 3, 4]


def test_one_key_for_each_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert issue(folder, "Olga") == 0
    assert issue(folder, "Olga", "--key", str(folder / "issued" / "Olga.key")) == 0  # renewed
    assert issue(folder, "Olga") != 0
    assert "revoke it first, or add --beside" in capsys.readouterr().err
    stranger = folder / "stranger.pub"
    stranger.write_text(SigningKey.generate().public.to_text())
    assert issue(folder, "Olga", "--key", str(stranger)) != 0
    assert issue(folder, "Olga", "--key", str(stranger), "--beside") == 0
    assert run(folder, "revoke", "Olga") == 0
    assert all(each["revoked_ns"] for each in json.loads((folder / "index.json").read_text())["issued"])


REFUSED = {
    "no key": (("issue", "Olga", "--role", "OPERATOR"), "give --key FILE"),
    "a name with a path": (("issue", "../Olga", "--role", "OPERATOR", "--new"), "is not usable"),
    "a name with a pattern": (("issue", "O*", "--role", "OPERATOR", "--new"), "is not usable"),
    "a long area": (("issue", "Olga", "--role", "OPERATOR", "--new", "--area", "x" * 65), "--area"),
    "longer than the authority": (
        ("issue", "Olga", "--role", "OPERATOR", "--new", "--days", "4000"),
        "the authority's own certificate ends",
    ),
    "nobody": (("revoke", "Nobody"), "nothing valid was issued"),
    "twice": (("new", "--name", "Other"), "cannot be written"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, remedy = REFUSED[case]
    before = (folder / "index.json").read_bytes(), (folder / "authority.pem").read_bytes()
    assert run(folder, *arguments) == 1
    told = capsys.readouterr().err
    assert remedy in told
    assert told.count("\n") == 1
    assert list((folder / "issued").iterdir()) == []  # no key without its certificate
    assert ((folder / "index.json").read_bytes(), (folder / "authority.pem").read_bytes()) == before


def test_no_authority_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "show") == 1
    assert "'ringmain authority DIR new' makes one" in capsys.readouterr().err


def test_a_damaged_index_is_not_begun_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "index.json"
    backup, newer = "restore the authority's folder", "this version reads schema 1"
    for damage, remedy in ((file.read_text()[:-5], backup), ("[]", backup), ('{"schema": 2}', newer)):
        file.write_text(damage)
        assert issue(folder, "Olga", "--key", str(folder / "authority.key")) == 1
        assert remedy in capsys.readouterr().err
        assert file.read_text() == damage
