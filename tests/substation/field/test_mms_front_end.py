"""A buffered block of a real device process, a real front end, history on disk: what is killed loses no event."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from models.point import Cdc, Handle
from models.quality import is_stale
from substation.acquisition import Acquisition
from substation.event_list import EventList
from substation.field import front_end
from substation.field.front_end import FrontEnd
from substation.history.store import History
from substation.image import Image
from substation.link_board import LinkBoard
from substation.register import PointRegister
from tests.protocols.iec61850.bench import DeviceProcess, device, link, points
from tests.substation.field.bench import until
from tests.substation.parts import no_records

SPECS = [replace(spec, link="IED1") for _, spec in points()]
MORE_THAN_THE_DEVICE_KEEPS = 1010


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_end, "LONGEST_PAUSE_S", 0.1)


@dataclass
class Life:
    """One life of a unit's acquisition."""

    history: History
    events: EventList
    links: LinkBoard
    supervisor: FrontEnd
    acquisition: Acquisition
    switch: Handle

    @property
    def is_up(self) -> bool:
        return self.links.links[0].up

    def stored(self) -> list[int]:
        """Source times of the switch's events in history."""
        series = self.history.series(self.switch, Cdc.DPC, 0, 2**62)
        return [each.source_time_ns for each in series if each.source_time_ns and not is_stale(each.quality)]

    def twice(self) -> list[int]:
        """Those of them that are there more than once."""
        counted = Counter(self.stored())
        return [time_ns for time_ns, count in counted.items() if count > 1]

    def entry(self) -> str:
        """Where the block would be resumed, as it is kept on disk."""
        return self.acquisition.resume_settings("IED1").get("entry_id:IED1LD0/LLN0$BR$brcbStatus01", "")

    def lines(self) -> list[str]:
        return [event.text for _, event in self.events.newest]


@asynccontextmanager
async def unit(folder: Path, port: int) -> AsyncIterator[Life]:
    history = History(folder / "history.sqlite")
    known = history.handles(SPECS)
    image = Image(PointRegister(known))
    events = EventList(image.register, history, time.time_ns)
    image.subscribe(events.process)
    links = [link(port, integrity_s=10.0, timeout_s=5.0)]
    board = LinkBoard(links, time.time_ns, lambda health: None)
    acquisition = Acquisition(image, history, events, board, time.time_ns, no_records)
    supervisor = FrontEnd("iec61850", links, list(image.register.items()), acquisition)
    switch = next(handle for handle, spec in image.register.items() if spec.name.variable == "CSWI1.Pos")
    life = Life(history, events, board, supervisor, acquisition, switch)
    with TemporaryDirectory(prefix="rm-") as directory:  # a socket's path is short
        task = asyncio.create_task(supervisor.run(Path(directory)))
        try:
            await until(lambda: life.is_up)
            yield life
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await history.flush()
            history.close()


def test_kill_9_of_the_front_end_and_a_restart_of_the_unit_lose_no_event_and_an_overflow_is_told(
    tmp_path: Path,
) -> None:
    told: list[int] = []

    def move(ied: DeviceProcess) -> None:
        told.append((told[-1] if told else time.time_ns() // 10**9 * 10**9 - 60_000_000_000) + 1_000_000)
        ied.position("CSWI1", "10" if len(told) % 2 else "01", told[-1])

    async def scenario() -> None:
        with device() as ied:
            async with unit(tmp_path, ied.port) as life:
                for _ in range(20):
                    move(ied)
                await until(lambda: len(life.stored()) >= 10)
                assert life.supervisor.process_id is not None
                os.kill(life.supervisor.process_id, signal.SIGKILL)
                await until(lambda: not life.is_up)
                for _ in range(20):
                    move(ied)  # while nobody listens
                await until(lambda: life.is_up)
                await until(lambda: told[-1] in life.stored())
                assert list(dict.fromkeys(life.stored())) == told  # none missing, none out of order
                assert len(life.twice()) <= 1  # the one that was the newest, which made the point valid again
                assert not [text for text in life.lines() if "events" in text]
                await until(lambda: any(bytes.fromhex(life.entry())))
                times = life.stored().count(told[0])
            move(ied)  # while there is no unit at all
            async with unit(tmp_path, ied.port) as life:
                await until(lambda: told[-1] in life.stored())
                assert list(dict.fromkeys(life.stored())) == told
                assert life.stored().count(told[0]) == times  # it went on where it was, not from the beginning
                assert len(life.twice()) <= 2
            for _ in range(MORE_THAN_THE_DEVICE_KEEPS):
                move(ied)
            async with unit(tmp_path, ied.port) as life:
                await until(lambda: told[-1] in life.stored())
                await until(lambda: [text for text in life.lines() if "events lost" in text])
                (line,) = [text for text in life.lines() if "events lost" in text]
                assert "the device's buffer overflowed; its whole data set is asked for" in line

    asyncio.run(scenario())
