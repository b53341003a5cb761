"""A control centre of the demonstration: our own IEC 60870-5-104 master at the unit's northbound address."""

from __future__ import annotations

import time
from pathlib import Path

from models.difference import Difference
from models.driver import LinkConfig
from models.errors import LinkError
from models.point import Cdc, Dbpos, Handle, PointName, SampleBatch, Value
from models.record import Record
from models.scl.points import points
from models.scl.reader import read_scl
from protocols.iec104.master import create
from substation.demo.narrator import Narrator

NAME = "NCC"
_POSITIONS: dict[Value, str] = {Dbpos.OFF: "open", Dbpos.ON: "closed"}


class ControlCentre:
    """The sink of its own link: says what arrives. interrogated: points of the first general interrogation."""

    def __init__(self, scd: Path, host: str, port: int, narrator: Narrator) -> None:
        specs = [spec for spec in points(read_scl(scd.read_bytes(), str(scd))) if spec.monitor is not None]
        self._specs = {Handle(number): spec for number, spec in enumerate(specs, 1)}
        self._narrator = narrator
        self._driver = create(LinkConfig(NAME, "iec104", NAME, host, port), list(self._specs.items()), time.time_ns)
        self._received: set[Handle] = set()
        self._interrogated = False
        self._records = 0
        self._last: dict[PointName, object] = {}

    async def run(self) -> None:
        """Until cancelled; a lost link is said, and the end of it."""
        try:
            await self._driver.run(self)
        except LinkError as error:
            self._narrator.say("centre", f"link lost: {error}")

    async def events(self, batch: SampleBatch) -> None:
        """Every event of a position is said, with the time tag that came over the wire."""
        for sample in batch:
            self._received.add(sample.handle)
            spec = self._specs[sample.handle]
            before = self._last.get(spec.name)
            self._last[spec.name] = sample.value
            position = _POSITIONS.get(sample.value) if spec.cdc is Cdc.DPC else None
            if self._interrogated and position and sample.value != before:
                address = spec.monitor
                where = f" (CA {address.common_address} IOA {address.object_address})" if address else ""
                self._narrator.say("centre", f"{spec.name.location} {position}{where}", sample.source_time_ns)

    def measurands(self, batch: SampleBatch) -> None:
        self._received.update(batch.handles)

    async def record(self, record: Record) -> None:
        """The first is said; a fault leaves one at each station that its current has passed."""
        self._records += 1
        if self._records == 1:
            octets = len(record.content)
            self._narrator.say("centre", f"disturbance record fetched, COMTRADE of {octets} octets", record.time_ns)

    def notice(self, text: str) -> None:
        self._narrator.say("centre", text)

    def differences(self, found: tuple[Difference, ...]) -> None:
        """IEC 104 has no file that the outstation could differ from."""

    def connected(self) -> None:
        self._interrogated = True
        text = f"control centre connected over IEC 60870-5-104, {len(self._received)} points interrogated"
        self._narrator.say("centre", text)
