"""Function trend: the same parts whether history or the processor puts them together, and never past a policy."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from models.wire.condition_grammar import parse
from models.wire.instance import Instance
from models.wire.messages import Function
from protocols.exchange.client import RequestError
from substation.exchange.trending import of_time_alone
from substation.exchange.variables import Route, Selection
from substation.variables.points import PointVariables
from tests.substation.parts import BAY, POWER, Core, core
from tests.substation.variables.door import Clients, door

TIMES = "time >= 100 and time < 200"


def run(folder: Path, work: Callable[[Core, Clients], Awaitable[None]], closed: bool = False) -> None:
    async def main() -> None:
        async with core(folder) as made:
            points = PointVariables(made.image, made.history, restricts=lambda variable, location: closed)
            async with door(folder, [Route("*", "*", points)]) as clients:
                await made.history.append([made.sample(POWER, float(t % 7), source_ns=t) for t in range(90, 200, 3)])
                await work(made, clients)

    asyncio.run(main())


def test_a_plot_asks_for_as_many_parts_as_it_has_pixels(tmp_path: Path) -> None:
    async def work(_made: Core, clients: Clients) -> None:
        found = await clients.viewer.query("MMXU1.TotW", BAY, TIMES, "trend", 4)
        assert [each.time_ns for each in found] == [100, 125, 150, 175]
        assert found[0].value == {
            "count": 8, "least": 0.0, "greatest": 6.0, "first_ns": 102, "first": 4.0, "last_ns": 123, "last": 4.0,
        }  # fmt: skip
        assert sum(each.value["count"] for each in found) == len(range(102, 200, 3))  # type: ignore[index, call-overload]

    run(tmp_path, work)


@pytest.mark.parametrize("condition", [TIMES, f"{TIMES} and value > 2"])
def test_both_ways_give_the_same(tmp_path: Path, condition: str) -> None:
    """A point that has ever had a policy, and a condition on the value, are put together sample by sample."""
    found: list[list[Instance]] = []

    async def work(_made: Core, clients: Clients) -> None:
        found.append(await clients.viewer.query("MMXU1.TotW", BAY, condition, "trend", 7))

    run(tmp_path / "open", work)
    run(tmp_path / "closed", work, closed=True)
    assert found[0] == found[1]
    assert found[0]


def test_samples_are_put_together_after_policies_where_there_ever_was_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with core(tmp_path) as made:
            points = PointVariables(made.image, made.history, restricts=lambda variable, location: True)
            await made.history.append([made.sample(POWER, 1.0, source_ns=150)])
            given = await points.read(Selection("MMXU1.TotW", BAY, parse(TIMES), Function.TREND, 5))
            assert [each.value for each in given] == [1.0]

    asyncio.run(main())


@pytest.mark.parametrize(
    ("condition", "count", "problem"),
    [
        ("", 5, "a trend needs a time range"),
        ("time > 5", 5, "a trend needs a time range"),
        (TIMES, 10_001, "a trend has 1 to 10000 parts"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, condition: str, count: int, problem: str) -> None:
    async def work(_made: Core, clients: Clients) -> None:
        with pytest.raises(RequestError, match=problem):
            await clients.viewer.query("MMXU1.TotW", BAY, condition, "trend", count)

    run(tmp_path, work)


def test_conditions_of_time_alone() -> None:
    assert of_time_alone(parse(TIMES))
    assert of_time_alone(parse("time >= 1"))
    for other in (f"{TIMES} and value > 2", "time >= 1 or time < 5", "not time > 5", "value > 1", "time != 3"):
        assert not of_time_alone(parse(other))
