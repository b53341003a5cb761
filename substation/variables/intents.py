"""Commands without outcome, released through the data interface by who has read the positions (SAFETY S22)."""

from __future__ import annotations

from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.control.gate import Gate
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.variables.write_only import OK, WriteOnly, originator_of


class IntentWrites(WriteOnly):
    """`Commands.Release` at the unit; value: the list of command numbers."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        numbers = [number for number in value if type(number) is int] if isinstance(value, list) else []
        if not numbers or not isinstance(value, list) or len(numbers) != len(value):
            raise RefusedError(Code.BAD_REQUEST, "Commands.Release takes the list of command numbers")
        await self._gate.release(tuple(numbers), originator_of(requester))
        return OK
