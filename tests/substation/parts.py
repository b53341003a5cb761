"""Points, samples and a core (history, image, event list) without field, for tests of the unit's parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.alarm import Event
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Dbpos, Handle, Iec104Address, PointName, PointSpec, Sample, Value
from models.record import Record
from substation.event_list import EventList
from substation.history.store import History
from substation.image import Image
from substation.register import PointRegister
from tests.substation.history.disk import until

START_NS = 1_800_000_000_000_000_000
BAY = "OBR1/K1/E03"
POSITION = PointName(f"{BAY}/Q0", "CSWI1.Pos")
TRIP = PointName(BAY, "PTRC1.Tr")
POWER = PointName(BAY, "MMXU1.TotW")
FLAG = PointName("ST1/K1/E01", "SFPI1.FwdFlt")

SPECS = (
    PointSpec(
        POSITION, Cdc.DPC, "OBR1E03", monitor=Iec104Address(1, 1, 31), command=Iec104Address(1, 101, 46),
        control_model=ControlModel.SBO_ENHANCED,
    ),
    PointSpec(TRIP, Cdc.ACT, "OBR1E03", monitor=Iec104Address(1, 2, 30)),
    PointSpec(POWER, Cdc.MV, "OBR1E03", unit="W", monitor=Iec104Address(1, 3, 36), max_age_s=10.0),
    PointSpec(FLAG, Cdc.SPS, "ST1", monitor=Iec104Address(2, 1, 30)),
)  # fmt: skip
LINKS = tuple(LinkConfig(name, "iec104", name, "127.0.0.1", 2404) for name in ("OBR1E03", "ST1"))


@dataclass
class Clock:
    """Moves when a test moves it."""

    now_ns: int = START_NS

    def __call__(self) -> int:
        return self.now_ns


@dataclass
class Core:
    """What every part of a unit stands on."""

    history: History
    image: Image
    events: EventList
    clock: Clock
    told: list[Event] = field(default_factory=list)

    def handle(self, name: PointName) -> Handle:
        handle = self.image.register.handle(name)
        assert handle is not None
        return handle

    def sample(self, name: PointName, value: Value, quality: int = 0, source_ns: int | None = None) -> Sample:
        return Sample(self.handle(name), value, int(quality), source_ns, self.clock())

    def put(self, name: PointName, value: Value, quality: int = 0, source_ns: int | None = None) -> None:
        """Into image and event list, as from the field."""
        self.image.apply([self.sample(name, value, quality, source_ns)])

    def first_picture(self) -> None:
        for name, value in ((POSITION, Dbpos.ON), (TRIP, False), (POWER, 1000.0), (FLAG, False)):
            self.put(name, value)

    def texts(self) -> list[str]:
        return [event.text for event in self.told]


@asynccontextmanager
async def core(folder: Path, specs: tuple[PointSpec, ...] = SPECS) -> AsyncIterator[Core]:
    """`told` holds the lines of this life; history stays in the folder."""
    clock = Clock()
    history = History(folder / "history.sqlite")
    image = Image(PointRegister(history.handles(specs)))
    events = EventList(image.register, history, clock)
    image.subscribe(events.process)
    made = Core(history, image, events, clock)
    events.subscribe(lambda sequence, event: made.told.append(event))
    try:
        yield made
        await history.flush()
    finally:
        history.close()


async def no_records(link: str, record: Record) -> None:
    raise AssertionError(f"{link} sends {record.name}, which nobody expects here")


def run(folder: Path, test: Callable[[Core], object]) -> None:
    """A test that needs no awaiting of its own."""

    async def main() -> None:
        async with core(folder) as made:
            test(made)

    asyncio.run(main())


__all__ = ["until"]
