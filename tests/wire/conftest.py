"""One stage for all scenes; it is set anew only after a scene that left it otherwise than it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.wire.loop import PATIENCE_S, LoopThread
from tests.wire.scene import Scene
from tests.wire.site import generate_small, prepare
from tests.wire.stage import Stage

SPEED = 10.0


@pytest.fixture(scope="session")
def loop() -> Iterator[LoopThread]:
    with LoopThread() as loop:
        yield loop


class Theatre:
    """Holds the stage that is set."""

    def __init__(self, loop: LoopThread, source: Path, folder: Path) -> None:
        self._loop, self._source, self._folder = loop, source, folder
        self._number = 0
        self.stage: Stage | None = None

    def set(self, more: str = "") -> Stage:
        """The stage, ready for a scene. more: of unit.toml, where it is set anew."""
        if self.stage is None:
            self._number += 1
            site = prepare(self._source, self._folder / str(self._number))
            unit = site.folder / "unit.toml"
            unit.write_text(unit.read_text(encoding="utf-8") + more, encoding="utf-8")
            stage = Stage(site, SPEED)
            try:
                self._loop.do(stage.open())
            except BaseException:
                self._loop.do(stage.close())
                raise
            self.stage = stage
        return self.stage

    def strike(self) -> None:
        """Take the stage away."""
        stage, self.stage = self.stage, None
        if stage is not None:
            self._loop.do(stage.close())


@pytest.fixture(scope="session")
def theatre(loop: LoopThread, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    folder = tmp_path_factory.mktemp("wire")
    theatre = Theatre(loop, generate_small(folder / "site"), folder)
    yield theatre
    theatre.strike()


OPF = """[opf]
mode = "orders"
look_s = 1.0
saving_per_operation_w = 10.0
least_saving_w = 10.0
settle_s = 3.0
"""


@pytest.fixture
def optimising(theatre: Theatre) -> Iterator[None]:
    """A stage of its own, on which no scene was played, with OPF on: cases that linger would keep it from looking."""
    theatre.strike()
    theatre.set(OPF)
    yield
    theatre.strike()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Scenes come last: while others measure how long something takes, no stage runs beside them."""
    items.sort(key=lambda item: (_is_scene(item), "optimising" in getattr(item, "fixturenames", ())))
    for item in filter(_is_scene, items):
        item.add_marker(pytest.mark.timeout(2 * PATIENCE_S + 10.0))  # a stage is set, a scene is played


def _is_scene(item: pytest.Item) -> bool:
    return "theatre" in getattr(item, "fixturenames", ())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """A scene that failed leaves a stage of which nobody knows how it stands."""
    report = yield
    theatre = getattr(item, "funcargs", {}).get("theatre")
    if report.failed and isinstance(theatre, Theatre):
        theatre.strike()
    return report


Scenario = Callable[[Scene], Awaitable[None]]


@pytest.fixture
def play(loop: LoopThread, theatre: Theatre) -> Callable[[Scenario], None]:
    """`play(scenario)` runs it on the stage, beginning in the normal state."""

    def one(scenario: Scenario) -> None:
        stage = theatre.set()

        async def whole() -> None:
            await scenario(await Scene(stage).begin())

        loop.do(whole())

    return one
