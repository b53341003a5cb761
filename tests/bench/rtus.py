"""All RTUs of a site as IEC 104 outstations that somebody else's load drives: one set per user, on ports of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from time import time_ns

from models.driver import LinkConfig
from models.point import Cdc, Dbpos, PointSpec, Value
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.controlled_station.points import controllable, monitored
from protocols.iec104.server import Server, serve

HOST = "127.0.0.1"
MARKED = "SFPI1.FwdFlt"
"""The marker events are changes of this variable (short circuit passed, forward) at one station."""


class Rtu:
    """One station's outstation and the values that it has shown last."""

    def __init__(self, specs: Sequence[PointSpec], open_switches: frozenset[str]) -> None:
        self._outstation = Outstation(monitored(specs), controllable(specs), clock=time_ns)
        self.common_address = self._outstation.common_addresses[0]
        self._values: dict[int, Value] = {}
        self._server: Server | None = None
        for spec in specs:
            if spec.monitor is not None:
                self._prepare(spec, open_switches)

    def _prepare(self, spec: PointSpec, open_switches: frozenset[str]) -> None:
        """A value that was there before anybody connected: no event."""
        address, value = spec.monitor.object_address, _first(spec, open_switches)
        slot = self._outstation.image.slot(self.common_address, address)
        slot.take((self.common_address, address, value, 0, time_ns()))
        self._values[address] = value

    async def listen(self) -> int:
        """The port."""
        self._server = await serve(self._outstation, HOST, 0)
        return self._server.port

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()

    def change(self, address: int, random: Random, source_ns: int) -> None:
        """Another value than the last one."""
        value = self._values[address] = _other(self._values[address], random)
        self._outstation.update([(self.common_address, address, value, 0, source_ns)])


class RtuSet:
    """One outstation per RTU of the SCD. measured, events: (link, object address) of what the load may change."""

    def __init__(self, links: Sequence[LinkConfig], specs: Sequence[PointSpec], open_switches: frozenset[str]) -> None:
        of_link: dict[str, list[PointSpec]] = defaultdict(list)
        for spec in specs:
            of_link[spec.link].append(spec)
        names = [link.name for link in links if link.protocol == "iec104"]
        self.ieds = {link.name: link.ied for link in links}
        self.rtus = {name: Rtu(of_link[name], open_switches) for name in names}
        marked = next(spec for name in names for spec in of_link[name] if spec.name.variable == MARKED)
        self.marker = (marked.link, marked.monitor.object_address)
        points = [(name, spec) for name in names for spec in of_link[name] if spec.monitor is not None]
        self.measured = [(name, spec.monitor.object_address) for name, spec in points if not spec.cdc.is_event]
        events = [(name, spec.monitor.object_address) for name, spec in points if spec.cdc.is_event]
        self.events = [point for point in events if point != self.marker]

    @property
    def points(self) -> int:
        return len(self.measured) + len(self.events) + 1

    async def listen(self) -> dict[str, tuple[str, int, list[int]]]:
        """Host, port and common address by IED name."""
        return {self.ieds[name]: (HOST, await rtu.listen(), [rtu.common_address]) for name, rtu in self.rtus.items()}

    async def close(self) -> None:
        for rtu in self.rtus.values():
            await rtu.close()


def _first(spec: PointSpec, open_switches: frozenset[str]) -> Value:
    if spec.cdc in (Cdc.DPC, Cdc.DPS):
        return Dbpos.OFF if spec.name.location in open_switches else Dbpos.ON
    if spec.cdc is Cdc.MV:
        return 20e3 if spec.unit == "V" else 100.0
    return 0 if spec.cdc in (Cdc.INS, Cdc.ENS) else spec.name.variable == "LCCH1.ChLiv"


def _other(value: Value, random: Random) -> Value:
    if isinstance(value, Dbpos):
        return Dbpos.OFF if value is Dbpos.ON else Dbpos.ON
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return (value + 1) % 1000
    return random.uniform(0.9, 1.1) * (20e3 if value > 1e3 else 100.0)
