"""Tags that people place and remove through the data interface (SAFETY S4, S17)."""

from __future__ import annotations

from collections.abc import Callable

from models.driver import Clock
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.exchange.access import Identity
from substation.exchange.variables import RefusedError, WriteResult
from substation.tag_board import TagBoard
from substation.tags import TagKind
from substation.variables.write_only import OK, WriteOnly, originator_of, told

KINDS = {kind.value: kind for kind in TagKind if kind is not TagKind.FAULT_ISOLATION}
"""What people place; the tag of fault isolation is the server's alone."""


class TagWrites(WriteOnly):
    """`Tag.Place` (value: kind) and `Tag.Remove` (value: number of the tag) at an element."""

    def __init__(
        self, board: TagBoard, elements: frozenset[str], clock: Clock, told: Callable[[str, str], None]
    ) -> None:
        self._board, self._elements, self._clock, self._tell = board, elements, clock, told
        self._verbs = {"Tag.Place": self._place, "Tag.Remove": self._remove}

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verb = self._verbs.get(variable)
        if verb is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; one of {', '.join(self._verbs)}")
        if location not in self._elements:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"the network has no element {location}")
        return await verb(location, value, requester)

    async def _place(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        if not isinstance(value, str) or value not in KINDS:
            raise RefusedError(Code.BAD_REQUEST, f"Tag.Place takes one of {', '.join(KINDS)}")
        if not await self._board.place(KINDS[value], [location], requester.name, self._clock()):
            return told(f"{location} bears the tag '{value}' already")
        self._tell(location, f"tag '{value}' placed by {requester.name}")
        return OK

    async def _remove(self, location: str, number: WireValue, requester: Identity) -> WriteResult:
        if type(number) is not int:
            raise RefusedError(Code.BAD_REQUEST, "Tag.Remove takes the number of the tag")
        tag = next((tag for tag in self._board.on(location) if tag.id == number), None)
        if tag is None:
            return told(f"{location} has no tag number {number}")
        refusal = await self._board.remove(number, originator_of(requester))
        if not refusal:
            self._tell(location, f"tag '{tag.kind.value}' removed by {requester.name}")
        return told(refusal)
