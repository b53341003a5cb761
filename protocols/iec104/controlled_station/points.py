"""What a controlled station offers: its points and controllable objects by IEC 104 address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models.errors import LocalProtocolError
from models.point import ControlModel, Iec104Address, PointSpec
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS
from protocols.iec104.application.types import TYPES


@dataclass(frozen=True, slots=True)
class OutstationPoint:
    """A monitored point. type_id: of its event (tagged) or of its static value, either names both.

    is_event: events are kept until acknowledged, measurands send their latest value. group: 1..16 for group
    interrogation, 0 for none.
    """

    common_address: int
    object_address: int
    type_id: int
    is_event: bool = True
    group: int = 0


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A controllable object. type_id: of its command, with or without time tag; select: select before operate."""

    common_address: int
    object_address: int
    type_id: int
    select: bool = False


def monitored(specs: Iterable[PointSpec]) -> list[OutstationPoint]:
    """The points that have an IEC 104 address in monitor direction."""
    return [
        OutstationPoint(
            spec.monitor.common_address, spec.monitor.object_address, spec.monitor.type_id, spec.cdc.is_event
        )
        for spec in specs
        if spec.monitor is not None
    ]


def controllable(specs: Iterable[PointSpec]) -> list[ControlPoint]:
    """The points that may be commanded (control model other than status-only) and have a command address."""
    return [
        ControlPoint(
            spec.command.common_address,
            spec.command.object_address,
            spec.command.type_id,
            spec.control_model.selects,
        )
        for spec in specs
        if spec.command is not None and spec.control_model is not ControlModel.STATUS_ONLY
    ]


def check_address(point: OutstationPoint | ControlPoint) -> None:
    """LocalProtocolError where an address cannot be sent or the type does not fit."""
    address = Iec104Address(point.common_address, point.object_address, point.type_id)
    if not 1 <= point.common_address < 0xFFFF or not 1 <= point.object_address <= MAX_OBJECT_ADDRESS:
        raise LocalProtocolError(f"{address}: common address 1..65534 and object address 1..16777215 are allowed")
    row = TYPES.get(point.type_id)
    fits = row is not None and (row.kind.is_command if isinstance(point, ControlPoint) else row.kind.is_monitored)
    if not fits:
        raise LocalProtocolError(f"{address}: type {point.type_id} cannot be used for a {type(point).__name__}")
