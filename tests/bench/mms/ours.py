"""Our driver as the client of the bench: one per device, all in one process as in a front end."""

from __future__ import annotations

import asyncio
import time

from models.command import Action, Command, Originator, OriginatorCategory, Outcome
from models.difference import Difference
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Dbpos, Handle, PointName, PointSpec, SampleBatch
from models.record import Record
from protocols.iec61850.client import MmsDriver, create
from tests.bench.mms.arrivals import Arrivals
from tests.bench.mms.work import DEVICE, EVENT, INTEGRITY_S, MEASURANDS, SWITCH, measured

_OPERATOR = Originator(OriginatorCategory.STATION_CONTROL, "bench")
_EVENT, _SWITCH = Handle(MEASURANDS + 1), Handle(MEASURANDS + 2)
_POSITION_S = 5.0


class Device:
    """One link and the sink of its driver. A picture after connecting counts as one report."""

    def __init__(self, number: int, port: int, arrivals: Arrivals) -> None:
        link = link_to(number, port)
        points = [(Handle(number), spec) for number, spec in enumerate(specs_of(link), start=1)]
        self.driver: MmsDriver = create(link, points, time.time_ns)
        self.task = asyncio.create_task(self.driver.run(self))
        self.is_connected = asyncio.Event()
        self.position: asyncio.Future[Dbpos] | None = None
        self._arrivals = arrivals

    async def events(self, batch: SampleBatch) -> None:
        now_ns = time.time_ns()
        for sample in batch:
            if sample.handle == _EVENT and sample.value:
                self._arrivals.events.append((int(sample.value), now_ns))
            elif sample.handle == _SWITCH and self.position is not None and not self.position.done():
                self.position.set_result(Dbpos(int(sample.value)))

    def measurands(self, batch: SampleBatch) -> None:
        self._arrivals.points += len(batch)
        self._arrivals.reports += len(batch) // MEASURANDS

    def connected(self) -> None:
        self.is_connected.set()

    def differences(self, found: tuple[Difference, ...]) -> None: ...

    async def record(self, record: Record) -> None:
        raise NotImplementedError("the bench's devices have no files")

    def notice(self, text: str) -> None:
        self._arrivals.gaps += "lost" in text


def link_to(number: int, port: int) -> LinkConfig:
    """To the device of that number."""
    settings: dict[str, str | int | float | bool] = {"integrity_s": INTEGRITY_S, "timeout_s": 60.0}
    return LinkConfig(f"IED{number}", "iec61850", "IED1", "127.0.0.1", port, settings)


def specs_of(link: LinkConfig) -> list[PointSpec]:
    """Measured values, the event, the switch."""
    found = [_spec(link, measured(number), Cdc.MV) for number in range(1, MEASURANDS + 1)]
    return [*found, _spec(link, EVENT, Cdc.INS), _spec(link, SWITCH, Cdc.DPC, ControlModel.SBO_ENHANCED)]


def _spec(link: LinkConfig, variable: str, cdc: Cdc, model: ControlModel = ControlModel.STATUS_ONLY) -> PointSpec:
    name = PointName(f"S1/K1/{link.name}", variable)
    return PointSpec(name, cdc, link.name, reference=f"{DEVICE}/{variable}", control_model=model)


class Client:
    """All links of this process."""

    def __init__(self) -> None:
        self.arrivals = Arrivals()
        self._devices: list[Device] = []

    async def connect(self, ports: list[int]) -> float:
        begun_s = time.monotonic()
        self._devices += [Device(number, port, self.arrivals) for number, port in enumerate(ports)]
        for device in self._devices:
            waiting = asyncio.create_task(device.is_connected.wait())
            await asyncio.wait((waiting, device.task), return_when=asyncio.FIRST_COMPLETED)
            if device.task.done():
                device.task.result()
        return time.monotonic() - begun_s

    async def switch(self, number: int, count: int) -> list[float]:
        device, took = self._devices[number], []
        for turn in range(count):
            value = Dbpos.ON if turn % 2 == 0 else Dbpos.OFF
            device.position = asyncio.get_running_loop().create_future()
            begun_s = time.monotonic()
            for action in (Action.SELECT, Action.OPERATE):
                command = Command(turn, _SWITCH, action, value, _OPERATOR, time.time_ns())
                result = await device.driver.execute(command)
                if result.outcome is not Outcome.ACCEPTED:
                    raise RuntimeError(f"{action.value}: {result}")
            if await asyncio.wait_for(device.position, _POSITION_S) is not value:
                raise RuntimeError("another position was reported")
            took.append(time.monotonic() - begun_s)
        return took
