"""Point-to-point tests of a unit: started, words taken, commands tried in test, ended; each step on disk first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from models.driver import Clock
from models.point import ControlModel, Dbpos, PointName, PointSpec, Sample
from substation.commissioning.point_test import Look, PointTest, Tested, Verdict, numbered
from substation.commissioning.point_test_store import PointTestStore
from substation.control.request import GateResult
from substation.image import Image, describe

Try = Callable[[PointName, object, str], Awaitable[GateResult]]
"""Carries out a command in test through the gate: point, value, who."""


class PointTests:
    """All tests of a unit. changed: called with a test after each step. told: a line for the event list."""

    def __init__(self, store: PointTestStore, image: Image, clock: Clock) -> None:
        self._store, self._image, self._clock = store, image, clock
        self._tests: dict[int, PointTest] = {}
        self._one_by_one = asyncio.Lock()
        self.changed: Callable[[PointTest], None] = lambda test: None
        self.told: Callable[[str, str], None] = lambda place, text: None

    @classmethod
    async def open(cls, store: PointTestStore, image: Image, clock: Clock) -> PointTests:
        """With the tests of before, to be gone on with. StorageError when the disk refuses."""
        tests = cls(store, image, clock)
        tests._tests = {test.id: test for test in await store.all()}
        return tests

    @property
    def all(self) -> tuple[PointTest, ...]:
        return tuple(self._tests.values())

    def get(self, number: int) -> PointTest | None:
        return self._tests.get(number)

    async def start(self, scope: str, who: str) -> PointTest | str:
        """A test of every point of a link, or at and below a location; or why there is none."""
        points = numbered(self._points(scope))
        if not points:
            return f"'{scope}' is no link and no location with points"
        going_on = next((test for test in self.all if test.scope == scope and test.ended_ns is None), None)
        if going_on is not None:
            return f"test {going_on.id} of {scope} by {going_on.holder} goes on; end it first"
        test = await self._store.add(PointTest(0, scope, who, self._clock(), points))
        self.told(scope, f"point-to-point test {test.id} of {len(points)} points begun by {who}")
        return self._keep(test)

    def _points(self, scope: str) -> Iterator[Tested]:
        for _, spec in self._image.register.items():
            location = spec.name.location
            if spec.link == scope or location == scope or location.startswith(f"{scope}/"):
                commandable = spec.control_model is not ControlModel.STATUS_ONLY
                yield Tested(0, spec.name, spec.cdc.value, _address(spec), commandable)

    async def say(self, number: int, point: PointName, verdict: Verdict, note: str, who: str) -> str:
        """The tester's word, with what the unit shows at this moment; '' when kept, else why not."""
        async with self._one_by_one:
            found = self._open(number, point)
            if isinstance(found, str):
                return found
            look = self._look(point)
            if look is None and verdict is Verdict.SEEN:
                return f"{point} has never been received, so nobody can have seen it here"
            said = replace(found, verdict=verdict, look=look, note=note.strip(), tester=who, said_ns=self._clock())
            await self._put(number, said)
        return ""

    async def attempt(self, number: int, point: PointName, value: object, who: str, attempt: Try) -> GateResult | str:
        """Try a command in test and note what became of it; or why it is not tried."""
        found = self._open(number, point)
        if isinstance(found, str):
            return found
        if not found.commandable:
            return f"{point} has no remote control"
        result = await attempt(point, value, who)
        async with self._one_by_one:
            found = self._open(number, point)
            if not isinstance(found, str):
                text = f"{value!r} in test by {who}: {result}"
                await self._put(number, replace(found, command=text))
        return result

    async def end(self, number: int, who: str) -> str:
        """No word is taken any more; '' when done, else why not."""
        async with self._one_by_one:
            test = self._tests.get(number)
            if test is None or test.ended_ns is not None:
                return f"no test number {number} goes on"
            now_ns = self._clock()
            await self._store.end(number, now_ns)
            self._keep(replace(test, ended_ns=now_ns))
        left = len(test.open_points)
        self.told(test.scope, f"point-to-point test {number} ended by {who}: {_summary(test)}; {left} not tested whole")
        return ""

    def _open(self, number: int, point: PointName) -> Tested | str:
        test = self._tests.get(number)
        if test is None or test.ended_ns is not None:
            return f"no test number {number} goes on"
        return test.find(point) or f"{point} is no point of test {number}"

    async def _put(self, number: int, tested: Tested) -> None:
        await self._store.put(number, tested)
        self._keep(self._tests[number].with_point(tested))

    def _keep(self, test: PointTest) -> PointTest:
        self._tests[test.id] = test
        self.changed(test)
        return test

    def _look(self, point: PointName) -> Look | None:
        handle = self._image.register.handle(point)
        sample = None if handle is None else self._image.get(handle)
        return None if sample is None or handle is None else look_at(self._image.register.spec(handle), sample)


def look_at(spec: PointSpec, sample: Sample) -> Look:
    """The sample as a tester compares it with what he sees on site."""
    value = sample.value.name.lower() if isinstance(sample.value, Dbpos) else str(sample.value)
    text = f"{value} {spec.unit}".rstrip()
    return Look(text, describe(sample.quality), sample.source_time_ns, sample.arrival_time_ns)


def _address(spec: PointSpec) -> str:
    return spec.reference or (str(spec.monitor) if spec.monitor is not None else "")


def _summary(test: PointTest) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in test.tally.items() if count)
