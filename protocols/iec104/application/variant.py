"""A point's value and what its object carries: inverted, scaled, or one value of several (IEC 61850-80-1)."""

from __future__ import annotations

from models.errors import LocalProtocolError
from models.point import Dbpos, Iec104Address, Value
from models.quality import Quality

_OPPOSITE = {Dbpos.OFF: Dbpos.ON, Dbpos.ON: Dbpos.OFF}


def to_object(address: Iec104Address, value: Value) -> Value:
    """What an object carries while the point has this value. LocalProtocolError for text."""
    if isinstance(value, str):
        raise LocalProtocolError(f"{address}: IEC 104 carries no text")
    if address.expected is not None:
        # Off is 1, on is 2, both contacts at once are the contradictory 3.
        on = bool(value & address.expected) if isinstance(value, Dbpos) else int(value) == address.expected
        return on is not address.inverted
    return _inverted(value) if address.inverted else (value - address.offset) / address.scale


def to_point(address: Iec104Address, value: bool | int | float) -> bool | int | float:
    """What the point has while its only object carries this value."""
    return _inverted(value) if address.inverted else value * address.scale + address.offset


def is_on(address: Iec104Address, value: bool) -> bool:
    """Whether an object that is one of several says that the point has its value."""
    return value is not address.inverted


def choose(addresses: tuple[Iec104Address, ...], value: Value) -> tuple[Iec104Address, Value]:
    """The object that commands a value, and what to send to it. LocalProtocolError when there is none."""
    first = addresses[0]
    if first.expected is None:
        return first, value if first.is_plain else to_object(first, value)
    for address in addresses:
        if not isinstance(value, str) and int(value) == address.expected:
            return address, not address.inverted
    raise LocalProtocolError(f"no object commands the value {value!r}; its addresses have others (expectedValue)")


def asked(address: Iec104Address, value: bool | int | float, is_double: bool) -> bool | int | float:
    """What a command to an object asks of the point. LocalProtocolError for the off of one object of several."""
    if address.is_plain:
        return value
    if address.expected is None:
        return to_point(address, value)
    if not isinstance(value, bool) or not is_on(address, value):
        raise LocalProtocolError(
            f"only {'off' if address.inverted else 'on'} is a command here; the other does nothing"
        )
    return Dbpos(address.expected) if is_double else address.expected


def doubted(quality: int, doubt: int) -> int:
    """Add a doubt; invalid stays invalid."""
    return quality | (doubt & ~3) | (0 if quality & 3 == int(Quality.INVALID) else doubt & 3)


def _inverted(value: bool | int | float) -> bool | int | float:
    return not value if isinstance(value, bool) else _OPPOSITE.get(Dbpos(int(value)), Dbpos(int(value)))
