"""Steps and set-points over MMS: what can be written is, everything else is refused before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from open61850.data import BitStringData, FloatData, IECData, IntData, StructureData
from open61850.mms import MmsClient, MmsType, ObjectName
from open61850.mms.types import PrimitiveType, StructureType

from models.command import Action, AddCause, Command, Originator, OriginatorCategory, Outcome
from models.errors import LocalProtocolError
from models.point import ControlModel, Dbpos, Handle, Value
from protocols.iec61850.controls.control_object import ControlObject, kind_of
from protocols.iec61850.controls.controller import Controller
from protocols.iec61850.controls.structures import command_value
from protocols.iec61850.worker import Worker

COMPONENTS = ("ctlVal", "origin", "ctlNum", "T", "Test", "Check")
TAP, LIMIT = Handle(1), Handle(2)
FLOAT = PrimitiveType("float", 32)
ANALOGUE = StructureType([("f", FLOAT)])
SCALED = StructureType([("i", PrimitiveType("integer", 32)), ("f", FLOAT)])


def control(value_type: MmsType | None, model: ControlModel = ControlModel.SBO_NORMAL) -> ControlObject:
    return ControlObject(ObjectName("YLTC1$CO$TapChg", "IED1LD0"), model, COMPONENTS, kind_of(value_type))


def order(value: Value, action: Action = Action.OPERATE, handle: Handle = TAP) -> Command:
    return Command(1, handle, action, value, Originator(OriginatorCategory.STATION_CONTROL, "Ada"), 0)


@pytest.mark.parametrize(
    ("value_type", "value", "expected"),
    [
        (PrimitiveType("bit-string", 2), Dbpos.OFF, BitStringData(b"\x40", 6)),  # Tcmd: lower
        (PrimitiveType("bit-string", 2), Dbpos.ON, BitStringData(b"\x80", 6)),  # Tcmd: higher
        (PrimitiveType("integer", 32), -3, IntData(-3)),
        (ANALOGUE, 50_000.0, StructureData([FloatData(50_000.0)])),
        (ANALOGUE, 50_000, StructureData([FloatData(50_000.0)])),
    ],
)
def test_steps_and_set_points_as_the_device_describes_them(
    value_type: MmsType, value: Value, expected: IECData
) -> None:
    assert command_value(control(value_type), order(value)).members[0] == expected


@pytest.mark.parametrize(
    ("value_type", "value", "words"),
    [
        (SCALED, 50_000.0, r"ctlVal of IED1LD0/YLTC1\$CO\$TapChg is structure of i, f, which this side cannot write"),
        (PrimitiveType("visible-string", 20), 1, "is visible-string, which this side cannot write"),
        (None, 1, "is nothing, which this side cannot write"),
        (PrimitiveType("integer", 32), Dbpos.ON, r"\(integer\) cannot be commanded to"),
        (PrimitiveType("bit-string", 2), 1, r"\(bit-string\) cannot be commanded to 1"),
        (PrimitiveType("bit-string", 2), Dbpos.BAD, r"\(bit-string\) cannot be commanded to"),
    ],
)
def test_what_cannot_be_written_is_told_in_words(value_type: MmsType | None, value: Value, words: str) -> None:
    with pytest.raises(LocalProtocolError, match=words):
        command_value(control(value_type), order(value))


class _Nobody(Worker):
    """The wire behind it must not be reached."""

    async def call(self, work: Callable[[], object], timeout_s: float) -> object:  # type: ignore[override]
        raise AssertionError("something was sent")


@pytest.mark.parametrize("model", [model for model in ControlModel if model is not ControlModel.STATUS_ONLY])
def test_an_order_that_this_driver_cannot_carry_never_leaves(model: ControlModel) -> None:
    async def main() -> None:
        controls = {TAP: control(PrimitiveType("integer", 32), model), LIMIT: control(SCALED, model)}
        controller = Controller(MmsClient.__new__(MmsClient), _Nobody.__new__(_Nobody), controls, 1.0, 1.0)
        for action in Action:
            for handle, value in ((TAP, Dbpos.ON), (LIMIT, 50_000.0)):
                result = await controller.execute(order(value, action, handle))
                assert result.outcome is Outcome.REFUSED
                assert result.add_cause in (AddCause.INCONSISTENT_PARAMETERS, AddCause.NOT_SUPPORTED)
                assert result.reason.endswith("nothing was sent")

    asyncio.run(main())
