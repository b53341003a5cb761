"""Every kind of controllable object against a simulated device, from its SCL: out goes a value, back its feedback."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from models.command import Action, AddCause, Command, CommandResult, Originator, OriginatorCategory, Outcome
from models.driver import LinkConfig
from models.point import Cdc, ControlModel, Dbpos, Handle, PointSpec, Sample, Value
from models.scl.points import points
from models.scl.reader import read_scl
from protocols.iec61850.client import MmsDriver, create
from sim_ied.mms.model_file import ModelFile
from sim_ied.mms.server import Server

from .bench import Recorder, running, until

DEVICE = Path(__file__).parents[2] / "sim_ied" / "mms" / "device.icd"
ACCEPTED = CommandResult(Outcome.ACCEPTED)
_LAST = '<FCDA ldInst="LD0" lnClass="GGIO" lnInst="1" doName="AnIn1" fc="MX"/>'
_MORE = "".join(
    f'<FCDA ldInst="LD0" lnClass="{ln}" lnInst="{number}" doName="{name}" fc="{constraint}"/>'
    for ln, number, name, constraint in (
        ("GGIO", "1", "AnOut1", "MX"),
        ("GGIO", "1", "StepOut", "ST"),
        ("GGIO", "1", "ISCSO1", "ST"),
        ("LLN0", "", "Mod", "ST"),
    )
)


class Site:
    """A device, its points by variable, and the driver of its link."""

    def __init__(self, server: Server, sink: Recorder, driver: MmsDriver, specs: dict[Handle, PointSpec]) -> None:
        self.server, self.sink, self.driver = server, sink, driver
        self._specs = specs
        self._handles = {spec.name.variable: handle for handle, spec in specs.items()}

    def spec(self, variable: str) -> PointSpec:
        return self._specs[self._handles[variable]]

    def newest(self, variable: str) -> Sample | None:
        told = self.sink.committed + self.sink.measured
        return next((each for each in reversed(told) if each.handle == self._handles[variable]), None)

    async def say(self, variable: str, action: Action, value: Value, test: bool = False) -> CommandResult:
        who = Originator(OriginatorCategory.STATION_CONTROL, "Ada")
        return await self.driver.execute(
            Command(1, self._handles[variable], action, value, who, time.time_ns(), test=test)
        )


@asynccontextmanager
async def site(change: tuple[str, str] = ("", "")) -> AsyncIterator[Site]:
    text = DEVICE.read_text(encoding="utf-8").replace(_LAST, _LAST + _MORE).replace(*change)
    built = ModelFile(text.encode(), "device.icd").build("IED1")
    server = Server(built.model, "127.0.0.1", 0, policy=built.policy)
    server.start()
    try:
        made = points(read_scl(text.encode(), "device.icd"))
        specs = {Handle(number): spec for number, spec in enumerate(made, start=1)}
        settings = {"integrity_s": 2.0, "timeout_s": 2.0, "termination_timeout_s": 1.0, "reports": "LLN0.BR.brcb"}
        driver = create(
            LinkConfig("IED1", "iec61850", "IED1", "127.0.0.1", server.port, settings),
            list(specs.items()),
            time.time_ns,
        )
        sink = Recorder()
        async with running(driver, sink):
            yield Site(server, sink, driver, specs)
    finally:
        server.stop()


KINDS: list[tuple[str, Cdc, ControlModel, Value, Value]] = [
    ("GGIO1.SPCSO1", Cdc.SPC, ControlModel.SBO_ENHANCED, True, True),
    ("GGIO1.SPCSO2", Cdc.SPC, ControlModel.DIRECT_ENHANCED, True, True),  # its Oper has an operTm
    ("GGIO1.Pos", Cdc.DPC, ControlModel.SBO_NORMAL, Dbpos.ON, Dbpos.ON),
    ("GGIO1.AnOut1", Cdc.APC, ControlModel.DIRECT_NORMAL, 12.5, 12.5),
    ("GGIO1.StepOut", Cdc.BSC, ControlModel.DIRECT_NORMAL, Dbpos.ON, 1),
    ("GGIO1.ISCSO1", Cdc.INC, ControlModel.DIRECT_NORMAL, 7, 7),
    ("LLN0.Mod", Cdc.INC, ControlModel.DIRECT_NORMAL, 3, 3),
]


def test_every_kind_goes_out_and_its_feedback_comes() -> None:
    async def main() -> None:
        async with site() as made:
            for variable, cdc, model, value, feedback in KINDS:
                assert (made.spec(variable).cdc, made.spec(variable).control_model) == (cdc, model)
                actions = (Action.SELECT, Action.OPERATE) if model.selects else (Action.OPERATE,)
                for action in actions:
                    assert await made.say(variable, action, value) == ACCEPTED, (variable, action)
                await until(
                    lambda v=variable, f=feedback: (now := made.newest(v)) is not None and now.value == f,  # type: ignore[misc]
                    f"{variable} shows {feedback}",
                )

    asyncio.run(main())


@pytest.mark.parametrize(
    ("kind", "written"), [('bType="Tcmd"', "bit-string(80, unused=6)"), ('bType="INT8"', "int(2)")]
)
def test_a_step_as_coded_enumeration_and_as_a_number(kind: str, written: str) -> None:
    async def main() -> None:
        at = '<DAType id="OperStep">\n      <BDA name="ctlVal" '
        async with site((at + 'bType="Tcmd"', at + kind)) as made:
            assert await made.say("GGIO1.StepOut", Action.OPERATE, Dbpos.ON) == ACCEPTED
            assert str(made.server.model.get("IED1LD0/GGIO1$CO$StepOut$Oper$ctlVal")) == written
            refused = await made.say("GGIO1.StepOut", Action.OPERATE, 1)
            assert refused.add_cause is AddCause.INCONSISTENT_PARAMETERS

    asyncio.run(main())


def test_a_command_in_test_is_for_a_node_that_gives_nothing_to_the_process() -> None:
    async def main() -> None:
        async with site() as made:
            assert await made.say("GGIO1.Pos", Action.SELECT, Dbpos.ON, test=True) == ACCEPTED
            refused = await made.say("GGIO1.Pos", Action.OPERATE, Dbpos.ON, test=True)
            assert (refused.outcome, refused.add_cause) == (Outcome.REFUSED, AddCause.BLOCKED_BY_MODE)
            made.server.model.set("IED1LD0/GGIO1$ST$Beh$stVal", 4)
            for action in (Action.SELECT, Action.OPERATE):
                assert await made.say("GGIO1.Pos", action, Dbpos.ON, test=True) == ACCEPTED
            newest = made.newest("GGIO1.Pos")
            assert newest is None or newest.value is not Dbpos.ON

    asyncio.run(main())
