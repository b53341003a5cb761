"""Our driver at a device on hat-drivers' MMS server: reports over a break, a command, a refusal with its cause."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from models.command import Action, AddCause, CommandResult, Outcome
from models.errors import LinkError
from models.point import Cdc, ControlModel, Dbpos
from protocols.iec61850.client import create
from tests.peers.hat_mms_device import HatDevice
from tests.protocols.iec61850.bench import HANDLES, Recorder, command, link, running, spec, until

POINTS = [
    (HANDLES["CSWI2.Pos"], spec("CSWI2.Pos", Cdc.DPC, ControlModel.DIRECT_NORMAL)),
    (HANDLES["MMXU1.TotW"], spec("MMXU1.TotW", Cdc.MV)),
]
MS = 1_000_000


async def scene(device: HatDevice) -> None:
    sink = Recorder()
    settings = {"reports": "IED1LD0/LLN0.BR.brcbStatus", "fetch_files": "never"}  # hat concludes when asked for files
    driver = create(link(device.port, **settings), POINTS, time.time_ns)
    now_ns = time.time_ns() // MS * MS
    async with running(driver, sink) as task:
        await device.power(1.25e6, now_ns)
        await device.position(True, now_ns)
        await until(lambda: sink.of("CSWI2.Pos")[-1].value is Dbpos.ON, "an event")
        assert sink.of("CSWI2.Pos")[-1].source_time_ns == now_ns
        assert sink.of("MMXU1.TotW")[-1].value == pytest.approx(1.25e6)
        result = await driver.execute(command("CSWI2.Pos", Action.OPERATE, Dbpos.OFF))
        assert result == CommandResult(Outcome.ACCEPTED)
        await until(lambda: sink.of("CSWI2.Pos")[-1].value is Dbpos.OFF, "confirmed")
        device.refusal = int(AddCause.BLOCKED_BY_INTERLOCKING)
        refused = await driver.execute(command("CSWI2.Pos", Action.OPERATE, Dbpos.ON))
        assert (refused.outcome, refused.add_cause) == (Outcome.REFUSED, AddCause.BLOCKED_BY_INTERLOCKING)
        await device.hang_up()
        with pytest.raises(LinkError, match="concluded by the device"):
            await task
    seen, missed = len(sink.of("CSWI2.Pos")), [now_ns + 10**9, now_ns + 2 * 10**9]
    for on, time_ns in zip((True, False), missed, strict=True):
        await device.position(on, time_ns)
    async with running(driver, sink):
        wanted = [(Dbpos.ON, missed[0]), (Dbpos.OFF, missed[1])]
        assert [(each.value, each.source_time_ns) for each in sink.of("CSWI2.Pos")[seen:]] == wanted


def test_our_driver_at_a_device_of_hat() -> None:
    async def whole() -> None:
        device = HatDevice()
        await device.open()
        try:
            await scene(device)
        finally:
            with suppress(ConnectionError):
                await device.close()

    asyncio.run(whole())
