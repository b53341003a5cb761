"""Waiting for the field to confirm a command: a new, valid sample that is what was commanded (SAFETY S21)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from models.point import Dbpos, Handle, PointName, Sample, Value
from models.quality import Quality, is_actionable


@dataclass(frozen=True, slots=True)
class _Awaited:
    reached: Callable[[Value], bool]
    arrived: asyncio.Future[Sample]
    accepted: int = 0


class Confirmations:
    """Give `take` to the image as a listener. One awaited position per point; the loop's thread only.

    Intermediate and contradictory positions and invalid samples are passed over: what counts is where the switch is
    when its travel time is over.
    """

    def __init__(self) -> None:
        self._awaited: dict[Handle, _Awaited] = {}

    def take(self, samples: list[Sample]) -> None:
        for sample in samples:
            awaited = self._awaited.get(sample.handle)
            if awaited is None or awaited.arrived.done() or not is_actionable(sample.quality & ~awaited.accepted):
                continue
            if awaited.reached(sample.value):
                awaited.arrived.set_result(sample)

    def expect(self, handle: Handle, target: Dbpos | bool) -> asyncio.Future[Sample]:
        """Begin to look, before the command goes out, so that a fast device is not missed."""
        return self.expect_that(
            handle, lambda value: isinstance(value, bool) is isinstance(target, bool) and value == target
        )

    def expect_that(
        self, handle: Handle, reached: Callable[[Value], bool], accepted: int = 0
    ) -> asyncio.Future[Sample]:
        """The same for a value that is not known to the letter. accepted: bits of Quality that do not matter here."""
        arrived: asyncio.Future[Sample] = asyncio.get_running_loop().create_future()
        self._awaited[handle] = _Awaited(reached, arrived, accepted)
        return arrived

    def forget(self, handle: Handle) -> None:
        self._awaited.pop(handle, None)


async def within(arrived: asyncio.Future[Sample], timeout_s: float) -> Sample | None:
    """The confirming sample, or None when the travel time is over."""
    try:
        async with asyncio.timeout(timeout_s):
            return await arrived
    except TimeoutError:
        return None


def immaterial(point: PointName) -> int:
    """Bits of Quality that do not keep a value from confirming: a node that is set to test marks its own mode so."""
    return int(Quality.TEST) if point.variable.endswith(".Mod") else 0
