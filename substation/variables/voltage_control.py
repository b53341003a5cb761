"""`VVC.Mode` at the unit, `VVC.Release` at a transformer: a person's say in voltage control."""

from __future__ import annotations

from collections.abc import Callable

from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.access import Identity, Right
from substation.exchange.variables import RefusedError, Route, WriteResult
from substation.mv.vvc.settings import MODES
from substation.variables.write_only import OK, WriteOnly
from substation.voltage_control import VoltageControl


class VoltageControlWrites(WriteOnly):
    """Mode: off, advisory, automatic. Release: what was found, in words, which goes to the event list."""

    def __init__(self, unit: str, control: VoltageControl, tell: Callable[[str, str], None]) -> None:
        self._unit, self._control, self._tell = unit, control, tell

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        writes = {"VVC.Mode": self._mode, "VVC.Release": self._release}
        if variable not in writes:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; there are {', '.join(writes)}")
        return await writes[variable](location, value, requester)

    async def _mode(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if location != self._unit:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"VVC.Mode stands at {self._unit}")
        if not isinstance(value, str) or value not in MODES:
            raise RefusedError(Code.BAD_REQUEST, f"VVC.Mode takes one of {', '.join(MODES)}, not {value!r}")
        trouble = await self._control.set_mode(MODES[value])
        text = f"voltage control set to {value} by {requester.name}"
        self._tell(location, f"{text}, but it cannot be kept: {trouble}" if trouble else text)
        return WriteResult(Code.FAILED, trouble) if trouble else OK

    async def _release(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if location not in self._control.locked:
            raise RefusedError(Code.REFUSED, f"voltage control of {location} is not locked")
        if not isinstance(value, str) or not value.strip():
            raise RefusedError(Code.BAD_REQUEST, "VVC.Release takes what was found, in words")
        self._control.release(location)
        self._tell(location, f"voltage control released by {requester.name}: {value.strip()}")
        return OK


def voltage_control_routes(unit: str, control: VoltageControl, tell: Callable[[str, str], None]) -> tuple[Route, ...]:
    """What can be written; what is shown stands in the variable `VVC`."""
    return (Route("VVC.*", "*", VoltageControlWrites(unit, control, tell), write=Right.OPERATE),)
