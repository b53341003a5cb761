"""A person says at the unit that the trip of a feeder has been examined (SAFETY S10)."""

from __future__ import annotations

from collections.abc import Callable

from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.control.trip_board import TripBoard
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.variables.write_only import WriteOnly, originator_of, told


class TripWrites(WriteOnly):
    """`Trip.Examined` at a feeder bay; the value is the person's statement, which goes to the event list and audit."""

    def __init__(self, board: TripBoard, tell: Callable[[str, str], None]) -> None:
        self._board, self._tell = board, tell

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if variable != "Trip.Examined":
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; there is Trip.Examined")
        if not isinstance(value, str) or not value.strip():
            raise RefusedError(Code.BAD_REQUEST, "Trip.Examined takes what was found, in words")
        refusal = await self._board.examined(location, originator_of(requester))
        if not refusal:
            self._tell(location, f"trip of {location} examined by {requester.name}: {value.strip()}")
        return told(refusal)
