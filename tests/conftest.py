"""What every test stands on: offscreen Qt, the count of skipped tests, a clear skip where Qt cannot be loaded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before any import of Qt

ROOT = Path(__file__).parents[1]
DATA_VARIABLE = "RINGMAIN_DATA"
ALONE = (
    "tests/wire/",
    "tests/substation/demo/",
    "tests/substation/hierarchy/",
    "tests/substation/commands/test_bench.py",
    "tests/sim_ied/test_oberrhein.py",
)
"""Tests of whole units in processes of their own, and of speed: see the marker `alone`."""


settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")  # how long an example takes says more about the machine than about the code


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of published networks and SCL files; tests that read it are skipped where it is absent."""
    folder = Path(os.environ.get(DATA_VARIABLE, ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test data: set {DATA_VARIABLE} to the folder that holds them")
    return folder


class ModuleWithoutQt(pytest.Module):
    """A test module of the HMI on a machine that lacks Qt's system libraries."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip("Qt cannot be loaded; `make setup` says what is missing", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Skip tests of the HMI without importing them when pytest-qt had to be left out (see Makefile)."""
    if "hmi" not in module_path.relative_to(ROOT).parts or parent.config.pluginmanager.has_plugin("pytest-qt"):
        return None
    return ModuleWithoutQt.from_parent(parent, path=module_path)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-skipped", action="store_true", help="fail when any test was skipped (used by .ci/run)")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT).as_posix().startswith(ALONE):
            item.add_marker(pytest.mark.alone)


def pytest_sessionfinish(session: pytest.Session) -> None:
    alone = session.config.getoption("markexpr") in ("alone", "not alone")
    if alone and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK  # the other half of `make test` has what was asked for
    if session.config.getoption("--fail-skipped") and _skipped(session.config) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    verdict = ", which counts as failure here" if config.getoption("--fail-skipped") and _skipped(config) else ""
    terminalreporter.write_line(f"{_skipped(config)} tests skipped{verdict}")


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return 0 if reporter is None else len(reporter.stats.get("skipped", []))
