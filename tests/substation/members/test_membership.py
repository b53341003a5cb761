"""The child's side, over the parent's real one: join, be heard, tell whom it serves, leave, be refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from models.alarm import Severity
from models.errors import LinkError
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.variables import RefusedError, WriteResult
from substation.members import membership as module
from substation.members.membership import Membership, Profile
from tests.substation.members.bench import TL, Parent, identity, parent


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY_S", 0.02)
    monkeypatch.setattr(module, "LAST_RETRY_S", 0.05)


@dataclass
class Wire:
    """What lies between: it can be cut, and counts what passes."""

    parent: Parent
    name: str = "LV01"
    cut: bool = False
    silent: bool = False
    passed: list[str] = field(default_factory=list)

    async def write(self, variable: str, location: str, value: WireValue) -> WriteResult:
        assert location == TL
        if self.cut:
            raise LinkError("cut by the test")
        if self.silent:
            return WriteResult(Code.TIMED_OUT, "no answer")
        self.passed.append(variable)
        try:
            return await self.parent.members.write(variable, location, value, identity(self.name))
        except RefusedError as refusal:
            return WriteResult(refusal.code, str(refusal))


@dataclass
class ChildUnit:
    membership: Membership
    wire: Wire
    serves: set[str]
    told: list[str]
    above: frozenset[str] = frozenset()

    def rises(self, above: frozenset[str]) -> None:
        self.above = above


@asynccontextmanager
async def child(tl: Parent, data: Path, level: str = "LVGMU") -> AsyncIterator[ChildUnit]:
    """A process of LV01; ended as a kill would."""
    data.mkdir(exist_ok=True)
    serves: set[str] = set()
    told: list[str] = []

    def tell(severity: Severity, text: str) -> None:
        told.append(text)

    profile = Profile("LV01", level, TL, "1.0", "c0ffee")
    made = ChildUnit(Membership(profile, data, lambda: frozenset(serves), tuple, tell), Wire(tl), serves, told)
    made.membership.above = made.rises
    task = asyncio.create_task(made.membership.run(made.wire.write))
    try:
        yield made
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.substation.members.bench.SILENCE_S", 0.3)


def test_joins_is_heard_tells_and_leaves(tmp_path: Path, quick: None) -> None:
    async def main() -> None:
        async with parent(tmp_path / "tl") as tl, child(tl, tmp_path / "lv") as lv:
            await until(lambda: lv.wire.passed.count("Group.Heartbeat") >= 2)
            assert lv.wire.passed[0] == "Group.Join"
            assert lv.above == {TL}
            tl.members.register.set_above(frozenset({"GRID"}))  # the parent has joined a group itself
            await until(lambda: lv.above == {TL, "GRID"})
            lv.serves.add("CMU1")
            lv.membership.changed()
            await until(lambda: tl.members.route_to("CMU1") == "LV01")
            await lv.membership.leave(lv.wire.write)
            assert tl.state("LV01") == "left"
            assert lv.told == ["this unit is a member of TL"]

    asyncio.run(main())


def test_a_link_that_breaks_is_not_a_membership_that_ends(tmp_path: Path, quick: None) -> None:
    async def main() -> None:
        async with parent(tmp_path / "tl") as tl, child(tl, tmp_path / "lv") as lv:
            await until(lambda: lv.membership.joined)
            for broken in ("cut", "silent"):
                setattr(lv.wire, broken, True)
                lv.serves.add(f"CMU {broken}")  # told as soon as there is a link again
                await asyncio.sleep(0.25)
                setattr(lv.wire, broken, False)
                await until(lambda name=f"CMU {broken}": tl.members.route_to(name) == "LV01")  # type: ignore[misc]
            assert lv.wire.passed.count("Group.Join") == 1

    asyncio.run(main())


def test_a_parent_that_has_forgotten_is_joined_again(tmp_path: Path, quick: None) -> None:
    async def main() -> None:
        async with parent(tmp_path / "one") as one, child(one, tmp_path / "lv") as lv:
            await until(lambda: lv.membership.joined)
            async with parent(tmp_path / "another") as another:
                lv.wire.parent = another
                await until(lambda: another.state("LV01") == "joined")
            assert any("no longer knows this unit" in text for text in lv.told)

    asyncio.run(main())


def test_a_refusal_is_told_once_and_asked_again(tmp_path: Path) -> None:
    async def main() -> None:
        async with parent(tmp_path / "tl") as tl, child(tl, tmp_path / "lv", "CMU") as lv:
            await until(lambda: len(lv.wire.passed) >= 4)
            assert lv.told == [
                "TL does not take this unit as a member: LV01 says it is a CMU, but is expected to be a LVGMU"
            ]

    asyncio.run(main())


def test_killed_and_started_again_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with parent(tmp_path / "tl") as tl:
            async with child(tl, tmp_path / "lv") as lv:
                await until(lambda: lv.membership.joined)
            async with child(tl, tmp_path / "lv") as lv:
                await until(lambda: lv.membership.joined)
            async with child(tl, tmp_path / "elsewhere") as clone:
                await until(lambda: len(clone.wire.passed) >= 3)
                assert not clone.membership.joined
                assert "duplicated identity" in clone.told[0]

    asyncio.run(main())
