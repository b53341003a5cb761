"""libiec61850's servers as the devices of the bench (see work.py); a process of its own."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "peers"))

import libiec61850 as lib

from tests.bench.child import answer
from tests.bench.mms.work import EVENT_BLOCK, MEASURANDS, MEASURED_BLOCK
from tests.bench.usage import usage

SBO_ENHANCED, HAS_CANCEL, ORIGIN, CTL_NUM = 4, 16, 64, 128
TRIGGERS, OPTIONS = 1 | 2 | 8 | 16, 1 | 2 | 4 | 8 | 32 | 64 | 128
BUFFER_OCTETS = 8_000_000
DONE, ON, OFF = 1, 2, 1
MORE: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "IedServerConfig_create": (lib.P, ()),
    "IedServerConfig_destroy": (None, (lib.P,)),
    "IedServerConfig_setReportBufferSize": (None, (lib.P, lib.INT)),
    "IedServer_createWithConfig": (lib.P, (lib.P, lib.P, lib.P)),
    "CDC_INS_create": (lib.P, (lib.S, lib.P, lib.U32)),
}


class Device:
    """One server with its model."""

    def __init__(self, c: Any, port: int) -> None:
        self.c, self.port = c, port
        model = c.IedModel_create(b"IED1")
        device = c.LogicalDevice_create(b"LD0", model)
        zero = c.LogicalNode_create(b"LLN0", device)
        inputs = c.LogicalNode_create(b"GGIO1", device)
        analogue = [c.CDC_MV_create(b"AnIn%d" % number, inputs, 0, False) for number in range(1, MEASURANDS + 1)]
        self.event = self.parts(c.CDC_INS_create(b"IntIn1", inputs, 0), b"stVal")
        options = SBO_ENHANCED | HAS_CANCEL | ORIGIN | CTL_NUM
        switch = c.CDC_DPC_create(b"Pos", c.LogicalNode_create(b"CSWI1", device), 0, options)
        self.switch = self.parts(switch, b"stVal")
        self.measured = [self.parts(each, b"mag", b"f") for each in analogue]
        self.report(zero, b"dsMeasured", MEASURED_BLOCK, [b"GGIO1$MX$AnIn%d" % n for n in range(1, MEASURANDS + 1)])
        self.report(zero, b"dsEvents", EVENT_BLOCK, [b"GGIO1$ST$IntIn1", b"CSWI1$ST$Pos"])
        config = c.IedServerConfig_create()
        c.IedServerConfig_setReportBufferSize(config, BUFFER_OCTETS)
        self.server = c.IedServer_createWithConfig(model, None, config)
        c.IedServerConfig_destroy(config)
        self.handler = lib.CONTROL_HANDLER(self.operate)
        c.IedServer_setControlHandler(self.server, switch, self.handler, None)
        c.IedServer_start(self.server, port)
        if not c.IedServer_isRunning(self.server):
            raise RuntimeError(f"cannot listen on {port}")

    def parts(self, data_object: int, *value: bytes) -> tuple[Any, Any, Any]:
        """Value, quality and time."""
        node = data_object
        for name in value:
            node = self.c.ModelNode_getChild(node, name)
        return node, self.c.ModelNode_getChild(data_object, b"q"), self.c.ModelNode_getChild(data_object, b"t")

    def report(self, zero: int, data_set: bytes, block: str, members: list[bytes]) -> None:
        made = self.c.DataSet_create(data_set, zero)
        for member in members:
            self.c.DataSetEntry_create(made, member, -1, None)
        self.c.ReportControlBlock_create(
            block.encode(), zero, block.encode(), True, data_set, 1, TRIGGERS, OPTIONS, 0, 0
        )

    def measure(self, value: float) -> None:
        now_ms = time.time_ns() // 1_000_000
        c, server = self.c, self.server
        c.IedServer_lockDataModel(server)
        for magnitude, _, stamp in self.measured:
            c.IedServer_updateUTCTimeAttributeValue(server, stamp, now_ms)
            c.IedServer_updateFloatAttributeValue(server, magnitude, value)
        c.IedServer_unlockDataModel(server)

    def tell(self, number: int) -> None:
        value, _, stamp = self.event
        self.c.IedServer_lockDataModel(self.server)
        self.c.IedServer_updateUTCTimeAttributeValue(self.server, stamp, time.time_ns() // 1_000_000)
        self.c.IedServer_updateInt32AttributeValue(self.server, value, number)
        self.c.IedServer_unlockDataModel(self.server)

    def operate(self, _: int, __: int, value: int, ___: bool) -> int:
        position, _quality, stamp = self.switch
        self.c.IedServer_lockDataModel(self.server)
        self.c.IedServer_updateUTCTimeAttributeValue(self.server, stamp, time.time_ns() // 1_000_000)
        self.c.IedServer_updateDbposValue(self.server, position, ON if self.c.MmsValue_getBoolean(value) else OFF)
        self.c.IedServer_unlockDataModel(self.server)
        return DONE


class Devices:
    """All of this process."""

    def __init__(self) -> None:
        lib.SIGNATURES.update(MORE)
        self._c = lib.Library()
        self._devices: list[Device] = []
        self._told = 0

    async def open(self, count: int) -> list[int]:
        with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        ports = [each.getsockname()[1] for each in with_ports]
        for each in with_ports:
            each.close()
        self._devices = [Device(self._c, port) for port in ports]
        return ports

    async def burst(self, reports: int) -> float:
        begun_s = time.monotonic()
        for _ in range(reports):
            self._told += 1
            for device in self._devices:
                device.measure(float(self._told))
        return time.monotonic() - begun_s

    async def paced(self, count: int, rate: float) -> list[int]:
        times, begun_s = [], time.monotonic()
        for number in range(count):
            await asyncio.sleep(max(0.0, number / rate - (time.monotonic() - begun_s)))
            times.append(time.time_ns())
            self._devices[number % len(self._devices)].tell(number + 1)
        for device in self._devices:
            device.tell(0)
        return times

    async def usage(self) -> dict[str, float]:
        return usage()


async def main() -> None:
    devices = Devices()
    await answer({name: getattr(devices, name) for name in ("open", "burst", "paced", "usage")})


if __name__ == "__main__":
    asyncio.run(main())
