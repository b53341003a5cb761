"""Our client as a unit has it: a front end process of its own, acquisition with history on disk, and the image."""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from models.point import Cdc, Handle, Sample
from models.record import Record
from substation.acquisition import Acquisition
from substation.event_list import EventList
from substation.field.processes import FrontEnds
from substation.history.store import History
from substation.image import Image
from substation.link_board import LinkBoard
from substation.register import PointRegister
from tests.bench.mms.arrivals import Arrivals
from tests.bench.mms.ours import link_to, specs_of
from tests.bench.mms.work import MEASURANDS

_POLL_S = 0.01


class Client:
    """All links in one front end."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self._folder = tempfile.TemporaryDirectory(prefix="ringmain-bench-")
        self._task: asyncio.Task[None] | None = None
        self._cdcs: dict[Handle, Cdc] = {}

    async def connect(self, ports: list[int]) -> float:
        begun_s = time.monotonic()
        links = [link_to(number, port) for number, port in enumerate(ports)]
        board = LinkBoard(links, time.time_ns, lambda health: None)
        history = History(Path(self._folder.name) / "history.sqlite")
        points = history.handles([spec for link in links for spec in specs_of(link)])
        self._cdcs = {handle: spec.cdc for handle, spec in points}
        image = Image(PointRegister(points))
        events = EventList(image.register, history, time.time_ns)
        image.subscribe(events.process)
        image.subscribe(self._take)
        acquisition = Acquisition(image, history, events, board, time.time_ns, _no_records)
        self._task = asyncio.create_task(FrontEnds(links, points, acquisition).run())
        while not all(each.up for each in board.links):
            await asyncio.sleep(_POLL_S)
        return time.monotonic() - begun_s

    def _take(self, samples: list[Sample]) -> None:
        now_ns = time.time_ns()
        for sample in samples:
            if self._cdcs[sample.handle] is Cdc.INS and sample.value:
                self.arrivals.events.append((int(sample.value), now_ns))
            elif self._cdcs[sample.handle] is Cdc.MV:
                self.arrivals.points += 1
        self.arrivals.reports = self.arrivals.points // MEASURANDS

    async def switch(self, number: int, count: int) -> list[float]:
        raise NotImplementedError("the driver alone is measured with commands")


async def _no_records(link: str, record: Record) -> None:
    raise NotImplementedError("the bench's devices have no files")
