"""The cycle of an application: woken, persisted before it acts, never silent when it fails, never fatal to the unit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.alarm import Category, Event, Severity
from models.errors import AlgorithmError, StorageError
from substation import cycle
from substation.application import Decision, Plain
from substation.cycle import Cycle
from substation.image import ProcessImage
from tests.substation.history.disk import LARGE
from tests.substation.history.places import PageLimit
from tests.substation.parts import POSITION, Core, core, until

Judge = Callable[[ProcessImage, int], Decision[int]]


class Counter:
    """Counts its evaluations; `judge` may be anything."""

    name = "counter"
    priority = 1
    period_s = 60.0
    deadline_s = 0.5

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.evaluations = 0

    def initial(self) -> int:
        return 0

    def evaluate(self, image: ProcessImage, state: int) -> Decision[int]:
        self.evaluations += 1
        return self.judge(image, state)

    def dump(self, state: int) -> Plain:
        return {"version": 1, "count": state}

    def load(self, plain: Plain) -> int:
        if not isinstance(plain, dict) or not isinstance(plain["count"], int):
            raise ValueError("no count")
        return plain["count"]


def counting(image: ProcessImage, state: int) -> Decision[int]:
    return Decision(state + 1)


class Acts:
    """What was acted upon, and what was on disk by then."""

    def __init__(self, made: Core) -> None:
        self.made = made
        self.states: list[int] = []
        self.kept: list[Plain] = []
        self.error: Exception | None = None

    async def __call__(self, decision: Decision[int]) -> None:
        self.states.append(decision.state)
        self.kept.append(self.made.history.load_state("counter"))
        if self.error is not None:
            raise self.error


@asynccontextmanager
async def running(folder: Path, application: Counter) -> AsyncIterator[tuple[Core, Cycle[int], Acts]]:
    async with core(folder) as made:
        acts = Acts(made)
        loops = Cycle[int](application, lambda: made.image.freeze(made.clock()), acts, made.history, made.events)
        task = asyncio.create_task(loops.run())
        try:
            yield made, loops, acts
        finally:
            assert not task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_the_state_is_kept_before_it_is_acted_upon_and_over_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with running(tmp_path, Counter(counting)) as (_, loops, acts):
            await until(lambda: acts.states == [1])
            loops.wake()
            await until(lambda: acts.states == [1, 2])
            assert acts.kept == [{"version": 1, "count": 1}, {"version": 1, "count": 2}]
        async with running(tmp_path, Counter(counting)) as (_, _, acts):
            await until(lambda: acts.states == [3])

    asyncio.run(main())


def test_it_sees_the_image_of_now_and_is_woken_at_the_time_it_named(tmp_path: Path) -> None:
    seen: list[int] = []

    def judge(image: ProcessImage, state: int) -> Decision[int]:
        seen.append(image.time_ns)
        return Decision(state, wake_ns=image.time_ns + 20_000_000 if len(seen) < 3 else None)

    async def main() -> None:
        async with running(tmp_path, Counter(judge)) as (made, _, _):
            made.clock.now_ns += 1
            await until(lambda: len(seen) == 3)

    asyncio.run(main())


def test_it_tells_when_it_decided_last_and_why_it_has_not_since(tmp_path: Path) -> None:
    def judge(image: ProcessImage, state: int) -> Decision[int]:
        if state:
            raise AlgorithmError("no solution")
        return Decision(state + 1)

    async def main() -> None:
        async with running(tmp_path, Counter(judge)) as (made, loops, acts):
            await until(lambda: acts.states == [1])
            first = loops.told("advisory")
            assert (first["mode"], first["period_s"], first["trouble"]) == ("advisory", 60.0, "")
            assert first["evaluated_ns"] == made.clock.now_ns
            made.clock.now_ns += 1
            loops.wake()
            await until(lambda: loops.told("")["trouble"] == "no decision: no solution")
            assert loops.told("")["evaluated_ns"] == first["evaluated_ns"]

    asyncio.run(main())


def test_a_wake_during_an_evaluation_is_not_lost(tmp_path: Path) -> None:
    positions: list[object] = []

    def judge(image: ProcessImage, state: int) -> Decision[int]:
        positions.append(getattr(image.read(POSITION), "value", None))
        time.sleep(0.05)
        return Decision(state)

    async def main() -> None:
        async with running(tmp_path, Counter(judge)) as (made, loops, _):
            await until(lambda: positions)
            made.put(POSITION, 2)
            loops.wake()
            await until(lambda: len(positions) == 2)
            assert positions == [None, 2]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (AlgorithmError("no solution"), "no decision: no solution"),
        (ZeroDivisionError("oops"), "no decision: defect: ZeroDivisionError: oops; see the log"),
    ],
)
def test_no_decision_is_told_once_and_nothing_is_acted_upon(tmp_path: Path, error: Exception, text: str) -> None:
    broken = [True]

    def judge(image: ProcessImage, state: int) -> Decision[int]:
        if broken[0]:
            raise error
        return Decision(state + 1)

    async def main() -> None:
        application = Counter(judge)
        async with running(tmp_path, application) as (made, loops, acts):
            for count in (1, 2, 3):
                await until(lambda: application.evaluations == count)  # noqa: B023
                loops.wake()
            await until(lambda: made.texts() == [text])
            assert acts.states == []
            event = made.told[0]
            assert (event.category, event.severity, event.location) == (Category.AUTOMATION, Severity.HIGH, "counter")
            broken[0] = False
            loops.wake()
            await until(lambda: acts.states == [1])

    asyncio.run(main())


def test_what_cannot_be_kept_is_not_acted_upon(tmp_path: Path) -> None:
    class Large(Counter):
        def dump(self, state: int) -> Plain:
            return {"count": state, "ballast": LARGE}

    async def main() -> None:
        application = Large(lambda image, state: Decision(0))
        async with running(tmp_path, application) as (made, loops, acts):
            await until(lambda: len(acts.states) == 1)
            disk = PageLimit(made.history)
            disk.full()
            application.judge = counting
            loops.wake()
            await until(lambda: any("no decision" in text and "disk is full" in text for text in made.texts()))
            assert acts.states == [0]
            disk.free()
            loops.wake()
            await until(lambda: acts.states == [0, 1])

    asyncio.run(main())


def test_a_decision_that_cannot_be_carried_out_is_told(tmp_path: Path) -> None:
    line = Event(1, 1, Category.AUTOMATION, Severity.LOW, "OBR", "own line")

    async def main() -> None:
        async with running(tmp_path, Counter(lambda image, state: Decision(state, events=(line,)))) as (
            made,
            loops,
            acts,
        ):
            acts.error = StorageError("disk is full")
            loops.wake()
            await until(lambda: "a decision was not carried out: disk is full" in made.texts())
            assert "own line" in made.texts()
            acts.error = None
            loops.wake()
            await until(lambda: len(acts.states) >= 2)

    asyncio.run(main())


def test_an_evaluation_that_takes_too_long_is_told_while_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "HUNG_DEADLINES", 2)

    def judge(image: ProcessImage, state: int) -> Decision[int]:
        time.sleep(0.2)
        return Decision(state)

    async def main() -> None:
        application = Counter(judge)
        application.deadline_s = 0.02  # type: ignore[misc]
        async with running(tmp_path, application) as (made, _, acts):
            await until(lambda: made.texts())
            assert acts.states == []
            assert made.texts() == ["no decision for 0.04 s: it still calculates"]
            await until(lambda: len(made.texts()) == 2)
            assert made.texts()[1].startswith("deadline of 0.02 s overrun: 0.2")

    asyncio.run(main())


@pytest.mark.parametrize("stored", ["text", {"count": "x"}, {}, 5])
def test_a_state_that_cannot_be_read_is_told_and_nothing_old_is_acted_upon(tmp_path: Path, stored: Plain) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            await made.history.save_state("counter", stored)
        async with running(tmp_path, Counter(counting)) as (made, _, acts):
            await until(lambda: acts.states == [1])
            told = [event.text for _, event in made.events.newest]
            assert "its stored state is not readable" in told[0]

    asyncio.run(main())
