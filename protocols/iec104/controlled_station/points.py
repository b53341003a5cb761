"""What a controlled station offers: its points and controllable objects by IEC 104 address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from models.errors import LocalProtocolError
from models.point import ControlModel, Iec104Address, PointSpec
from protocols.iec104.application.asdu import MAX_OBJECT_ADDRESS
from protocols.iec104.application.types import TYPES, Kind


@dataclass(frozen=True, slots=True)
class OutstationPoint:
    """A monitored point. type_id: of its event (tagged) or of its static value, either names both.

    is_event: events are kept until acknowledged, measurands send their latest value. group: 1..16 for group
    interrogation, 0 for none. name: by which settings and commands mean the point.
    """

    common_address: int
    object_address: int
    type_id: int
    is_event: bool = True
    group: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A controllable object. type_id: of its command, with or without time tag; select: select before operate.

    name: of the point, for people. qualifiers: QU or QL that it takes; empty for all that the standard defines.
    """

    common_address: int
    object_address: int
    type_id: int
    select: bool = False
    name: str = ""
    qualifiers: frozenset[int] = frozenset()

    def __str__(self) -> str:
        name = f" ({self.name})" if self.name else ""
        return f"object {self.common_address}/{self.object_address}{name}"


def monitored(specs: Iterable[PointSpec]) -> list[OutstationPoint]:
    """The points that have an IEC 104 address in monitor direction."""
    return [
        OutstationPoint(each.common_address, each.object_address, each.type_id, spec.cdc.is_event, name=str(spec.name))
        for spec in specs
        for each in spec.monitors
    ]


def all_qualifiers(spec: PointSpec) -> frozenset[int]:
    """Whatever the standard defines for the type."""
    return frozenset()


def controllable(
    specs: Iterable[PointSpec], qualifiers: Callable[[PointSpec], frozenset[int]] = all_qualifiers
) -> list[ControlPoint]:
    """The points that may be commanded (control model other than status-only) and have a command address.

    A bit string has no S/E bit (IEC 60870-5-101 7.2.6.13): it is always commanded directly.
    """
    return [
        ControlPoint(
            each.common_address,
            each.object_address,
            each.type_id,
            spec.control_model.selects and TYPES[each.type_id].kind is not Kind.BITSTRING_COMMAND,
            str(spec.name),
            qualifiers(spec),
        )
        for spec in specs
        if spec.control_model is not ControlModel.STATUS_ONLY
        for each in spec.commands
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
