"""What a commanded object stands for: its point, and the value as the point has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from models.errors import LocalProtocolError
from models.point import Cdc, Dbpos, Iec104Address, PointSpec
from protocols.iec104.application.asdu import ElementValue
from protocols.iec104.application.variant import asked


class Commanded(NamedTuple):
    """A point, and the one of its command addresses by which it is reached."""

    spec: PointSpec
    address: Iec104Address

    def value(self, value: ElementValue) -> bool | Dbpos | int | float:
        """As the point has it. LocalProtocolError, with the point's name, where it is no value of the point."""
        name = self.spec.name
        if not isinstance(value, bool | int | float):
            raise LocalProtocolError(f"{name}: {value!r} is no value of a command")
        try:
            return asked(self.address, value, self.spec.cdc is Cdc.DPC)
        except LocalProtocolError as error:
            raise LocalProtocolError(f"{name}: {error}") from error


def commanded(specs: Iterable[PointSpec]) -> dict[tuple[int, int], Commanded]:
    """By common and object address."""
    return {
        (address.common_address, address.object_address): Commanded(spec, address)
        for spec in specs
        for address in spec.commands
    }
