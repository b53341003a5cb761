"""A person's commands through the data interface: `....Pos.SBOw`, `.Oper` and `.Cancel` at the switch [UI1]."""

from __future__ import annotations

from models.command import Action, Originator, OriginatorCategory
from models.point import Cdc, Dbpos, PointName
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.control.gate import Gate
from substation.control.request import Ending, GateResult, Request
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.register import PointRegister

SERVICES = tuple(f"*.{action.value}" for action in Action)

_CODES = {
    Ending.ACCEPTED: Code.OK,
    Ending.CONFIRMED: Code.OK,
    Ending.REFUSED: Code.REFUSED,
    Ending.FAILED: Code.FAILED,
    Ending.UNKNOWN: Code.FAILED,
}


class CommandVariables:
    """Write-only. The result comes when the position is confirmed, refused, or known to be unknown."""

    def __init__(self, gate: Gate, register: PointRegister) -> None:
        self._gate, self._register = gate, register

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} is a command and has no value")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} is a command and has no value")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        point, _, service = variable.rpartition(".")
        name = PointName(location, point)
        originator = Originator(OriginatorCategory.STATION_CONTROL, requester.name)
        request = Request(name, self._value(name, value), originator, why="by hand")
        result = await self._services(Action(service), request)
        cause = None if result.ending in (Ending.ACCEPTED, Ending.CONFIRMED) else int(result.add_cause)
        return WriteResult(_CODES[result.ending], result.reason, cause)

    async def _services(self, action: Action, request: Request) -> GateResult:
        match action:
            case Action.SELECT:
                return await self._gate.select(request)
            case Action.OPERATE:
                return await self._gate.operate(request)
            case Action.CANCEL:
                return await self._gate.cancel(request)

    def _value(self, name: PointName, value: WireValue) -> Dbpos | bool:
        handle = self._register.handle(name)
        if handle is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"no device has the point {name}")
        if self._register.spec(handle).cdc is Cdc.SPC and isinstance(value, bool):
            return value
        if type(value) is int and value in (Dbpos.OFF, Dbpos.ON):
            return Dbpos(value)
        raise RefusedError(Code.BAD_REQUEST, f"{name} takes 1 (open) or 2 (close), or true and false, not {value!r}")
