"""Waiting for the field to confirm a position: a new, valid sample equal to the target (SAFETY S21)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from models.point import Dbpos, Handle, Sample
from models.quality import is_actionable


@dataclass(frozen=True, slots=True)
class _Awaited:
    target: Dbpos | bool
    arrived: asyncio.Future[Sample]


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
            if awaited is None or awaited.arrived.done() or not is_actionable(sample.quality):
                continue
            if isinstance(sample.value, bool) is isinstance(awaited.target, bool) and sample.value == awaited.target:
                awaited.arrived.set_result(sample)

    def expect(self, handle: Handle, target: Dbpos | bool) -> asyncio.Future[Sample]:
        """Begin to look, before the command goes out, so that a fast device is not missed."""
        arrived: asyncio.Future[Sample] = asyncio.get_running_loop().create_future()
        self._awaited[handle] = _Awaited(target, arrived)
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
