"""The rules of the house that no linter knows: what is packaged, how long files are, what a process may load."""

from __future__ import annotations

import ast
import configparser
import fnmatch
import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import ringmain
from models.errors import RingmainError

ROOT = Path(__file__).parents[1]
PACKAGES = ("hmi", "models", "protocols", "sim_ied", "substation")
LONGEST_FILE_LINES = 400
LONG_FOR_A_REASON: dict[str, str] = {}
"""Path of a Python file that is longer than that, and why it is not split."""

FORBIDDEN_TEXT = (
    r"(?<![\w.~])/(?:work|root)/",
    r"(?<![\w.~])/tmp/[a-z]",
    r"(?<![\w.~])/home/[a-z]",
    r"index[-_]url",
    r"\b(?:files\.)?p[y]thonhosted\.",
    r"\bp[y]pi\.(?:org|io)",
    r"\bregistry\.n[p]mjs\.",
)
"""Paths of one person's machine, and hosts of package indexes: those are the business of whoever installs."""

NOT_IN_THE_SERVER = frozenset(
    {"asyncua", "c104", "gurux_dlms", "hat", "open61850", "pandapower", "pandas", "power_grid_model", "pyiec61850"}
    | {"demandlib", "pvlib", "pymodbus", "PyQt6", "hmi", "sim_ied"}
)


def configuration() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def repository_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def python_folders() -> set[Path]:
    return {file.parent.relative_to(ROOT) for package in PACKAGES for file in (ROOT / package).rglob("*.py")}


def test_every_folder_of_python_files_is_a_package() -> None:
    # `packages = find:` leaves a folder without __init__.py out of the wheel, and says nothing.
    assert [str(folder) for folder in sorted(python_folders()) if not (ROOT / folder / "__init__.py").is_file()] == []


def test_setup_cfg_finds_exactly_the_packages_of_the_tree() -> None:
    patterns = lines_of(configuration()["options.packages.find"]["include"])
    names = {".".join(folder.parts) for folder in python_folders()}
    assert {name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)} == set()
    assert {pattern.partition(".")[0] for pattern in patterns} == set(PACKAGES)


def test_every_other_file_in_a_package_is_package_data() -> None:
    patterns = [pattern.strip() for pattern in configuration()["options.package_data"]["*"].split(",")]
    inside = [file for file in repository_files() if file.relative_to(ROOT).parts[0] in PACKAGES]
    others = [file.name for file in inside if file.suffix != ".py"]
    assert [name for name in others if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)] == []


def direct_requirements() -> list[Requirement]:
    parser = configuration()
    groups = [parser["options"]["install_requires"], *parser["options.extras_require"].values()]
    return [Requirement(line) for group in groups for line in lines_of(group)]


def pinned_versions() -> dict[str, str]:
    pins = [line for line in lines_of((ROOT / "constraints.txt").read_text()) if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (pin.split("==") for pin in pins)}


def installed_closure(requirements: list[Requirement]) -> set[str]:
    """Names of the requirements and of all that they require on this machine."""
    waiting, seen = list(requirements), set[tuple[str, frozenset[str]]]()
    while waiting:
        wanted = waiting.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        environments = [{"extra": extra} for extra in ("", *wanted.extras)]
        needed = [Requirement(line) for line in metadata.requires(wanted.name) or []]
        waiting += [r for r in needed if r.marker is None or any(r.marker.evaluate(e) for e in environments)]
    return {name for name, _ in seen}


def test_constraints_pin_every_dependency_and_nothing_else() -> None:
    assert installed_closure(direct_requirements()) == set(pinned_versions())


def test_pinned_versions_satisfy_setup_cfg() -> None:
    pins = pinned_versions()
    assert [str(r) for r in direct_requirements() if pins[canonicalize_name(r.name)] not in r.specifier] == []


def test_command_line_stays_small() -> None:
    assert len((ROOT / "ringmain.py").read_text().splitlines()) <= 150


def test_long_files_have_a_reason() -> None:
    files = [file for file in repository_files() if file.suffix == ".py"]
    long = {str(f.relative_to(ROOT)) for f in files if len(f.read_text().splitlines()) > LONGEST_FILE_LINES}
    assert long == set(LONG_FOR_A_REASON)


def test_no_machine_paths_or_index_hosts() -> None:
    pattern = re.compile("|".join(FORBIDDEN_TEXT))
    found = []
    for file in repository_files():
        text = file.read_bytes().decode("utf-8", "replace")
        found += [f"{file.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


def imported_roots(file: Path) -> set[str]:
    """Top-level names of everything that a module imports, inside functions too; '.' for a relative import."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    from_ = {"." if node.level else str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] or "." for name in plain | from_}


def test_protocol_packages_tell_their_name_without_loading_anything() -> None:
    allowed = {"models", "__future__"}
    found = {
        str(file.relative_to(ROOT)): imported_roots(file) - allowed
        for file in [*(ROOT / "protocols").glob("__init__.py"), *(ROOT / "protocols").glob("*/__init__.py")]
    }
    assert {file: names for file, names in found.items() if names} == {}


LOAD_ALL = """
import importlib, pkgutil, sys
import substation
for module in pkgutil.walk_packages(substation.__path__, "substation."):
    importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.timeout(120)  # imports numba's compiler
def test_unit_server_loads_no_protocol_library_and_no_pandapower() -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}  # compiling the numerics is not what is asked here
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD_ALL], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "substation" in loaded
    assert NOT_IN_THE_SERVER & set(loaded) == set()


def run_ringmain(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ringmain", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_unknown_command_is_one_clear_line() -> None:
    result = run_ringmain("heal")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == "ringmain: no command 'heal' in this installation; `ringmain --help` lists them\n"


def test_help_lists_only_commands_that_are_there() -> None:
    listed = run_ringmain("--help").stdout.partition("commands:\n")[2]
    names = {line.split()[0] for line in lines_of(listed)}
    assert names == {name for name, entry in ringmain.COMMANDS.items() if entry.installed()}


class Command:
    """A command's module whose `run` ends as told."""

    summary = "ends as told"

    def __init__(self, ending: int | BaseException) -> None:
        self.ending = ending

    def installed(self) -> bool:
        return True

    def load(self) -> Command:
        return self

    def __call__(self, arguments: list[str]) -> int:
        if isinstance(self.ending, BaseException):
            raise self.ending
        return self.ending


ENDINGS = [
    (0, 0, ""),
    (3, 3, ""),
    (RingmainError("unit.toml:3: no such key"), 1, "ringmain: unit.toml:3: no such key\n"),
    (KeyboardInterrupt(), 130, ""),
    (
        ImportError("libGL.so.1: cannot open shared object file"),
        1,
        "ringmain: demo cannot load a library: libGL.so.1: cannot open shared object file; "
        "`make setup` installs what is missing\n",
    ),
]


@pytest.mark.parametrize(("ending", "status", "message"), ENDINGS)
def test_how_a_command_ends(
    ending: int | BaseException,
    status: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(ringmain.COMMANDS, "demo", Command(ending))
    assert ringmain.main(["demo"]) == status
    assert capsys.readouterr().err == message


def test_defect_of_ours_is_not_taken_for_a_missing_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ringmain.COMMANDS, "demo", Command(ImportError("no name X", name="models.point")))
    with pytest.raises(ImportError, match="no name X"):
        ringmain.main(["demo"])


PRINT_TO_NOBODY = """
import sys, ringmain
from tests.test_house import Command
class Talker(Command):
    def __call__(self, arguments):
        sys.stdin.read()  # until the reader has gone
        print("to nobody")
        return 0
ringmain.COMMANDS["demo"] = Talker(0)
sys.exit(ringmain.main(["demo"]))
"""


def test_reader_that_goes_away_is_no_error() -> None:
    command, pipe = [sys.executable, "-c", PRINT_TO_NOBODY], subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == ""
        assert process.wait() == ringmain.EXIT_BROKEN_PIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is needed")
def test_a_full_disk_is_one_clear_line() -> None:
    unit = str(ROOT / "examples" / "oberrhein" / "unit.toml")
    with Path("/dev/full").open("w", encoding="ascii") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "ringmain", "signals", unit], cwd=ROOT, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False, timeout=60,
        )  # fmt: skip
    assert ended.returncode == ringmain.EXIT_ERROR
    assert ended.stderr == "ringmain: signals: No space left on device; make room, what was written is not complete\n"
