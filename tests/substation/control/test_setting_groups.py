"""A setting group is switched through the gate like any set-point: within what the device has, read back from it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from models.command import Action, Command, CommandResult, Outcome
from models.point import Cdc, ControlModel, Handle, Limits, PointName, PointSpec, Sample
from substation.control.database import Database
from substation.control.gate import Gate
from substation.control.journal import Journal
from substation.control.leases import Leases
from substation.control.regulation import RegulatingRequest, SetPoint
from substation.control.request import Ending
from substation.image import Image
from substation.order_store import OrderStore
from substation.orders import OrderDesk
from substation.register import PointRegister
from substation.tag_board import TagBoard
from tests.substation.control.bench import PERSON, TIMERS
from tests.substation.control.world import INTERLOCKING, NOW_NS

GROUP = PointName("OBR1/K1/E03", "LLN0.ActSG")
HANDLE = Handle(1)
SPEC = PointSpec(
    GROUP,
    Cdc.INC,
    "OBR1E03",
    reference="OBR1E03LD0/LLN0.SGCB",
    control_model=ControlModel.DIRECT_NORMAL,
    limits=Limits(1, 3, 1),
)


@pytest.mark.parametrize(
    ("group", "follows", "ending"),
    [(2, True, Ending.CONFIRMED), (2, False, Ending.UNKNOWN), (4, True, Ending.REFUSED)],
)
def test_s15_a_group_is_switched_and_confirmed_by_reading_back(
    tmp_path: Path, group: int, follows: bool, ending: Ending
) -> None:
    async def main() -> None:
        image = Image(PointRegister([(HANDLE, SPEC)]))
        image.apply([Sample(HANDLE, 1, 0, None, NOW_NS)])
        sent: list[Command] = []

        async def device(command: Command) -> CommandResult:
            sent.append(command)
            if follows:
                image.apply([Sample(HANDLE, command.value, 0, None, NOW_NS)])
            return CommandResult(Outcome.ACCEPTED)

        database = await Database.open(tmp_path / "control.sqlite")
        try:
            journal, tags = await Journal.open(database), await TagBoard.open(database)
            desk = await OrderDesk.open(await OrderStore.open(database), lambda: NOW_NS, lambda event: None)
            route = lambda handle: device  # noqa: E731
            clock = lambda: NOW_NS  # noqa: E731
            gate = Gate(
                image.register, image, INTERLOCKING, journal, Leases(), tags, desk, route, clock, TIMERS, lambda _: None
            )
            result = await gate.execute(RegulatingRequest(GROUP, SetPoint(group), PERSON, why="other network"))
        finally:
            await database.close()
        assert result.ending is ending, result.reason
        assert [each.action for each in sent] == ([] if ending is Ending.REFUSED else [Action.OPERATE])

    asyncio.run(main())
