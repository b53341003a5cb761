"""What people put on the grid and take away, through the data interface (SAFETY S17, S14)."""

from __future__ import annotations

from collections.abc import Callable

from models.driver import Clock
from models.errors import RemoteProtocolError, StorageError
from models.plain import PlainFields
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.authority.agreeing import Agree, alone
from substation.authority.four_eyes import Weighty
from substation.control.numerics import Numerics
from substation.exchange.access import Identity, Right
from substation.exchange.variables import RefusedError, WriteResult
from substation.image import ProcessImage
from substation.placements.board import PlacementBoard
from substation.placements.judgement import Faults, not_placeable, not_removable
from substation.placements.placement import POSITIONS, Placement, PlacementKind
from substation.variables.removal import MOST_TEXT, not_by, number_and_reason
from substation.variables.write_only import OK, WriteOnly, told

KINDS = {kind.value: kind for kind in PlacementKind}
MOST_RATED_W = 50e6


class PlacementWrites(WriteOnly):
    """`Placement.Place` at an element: `{"kind", "other", "reference", "rated_power_w"}`, all but the kind optional.

    `Placement.Remove` at the element: `{"number", "reason"}`; the reason may be left out by who has placed it.
    """

    def __init__(
        self,
        board: PlacementBoard,
        numerics: Numerics,
        view: Callable[[], ProcessImage],
        faults: Callable[[], Faults],
        clock: Clock,
        tell: Callable[[str, str], None],
        agree: Agree = alone,
    ) -> None:
        self._board, self._numerics, self._view, self._faults = board, numerics, view, faults
        self._clock, self._tell, self._agree = clock, tell, agree

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verbs = {"Placement.Place": self._place, "Placement.Remove": self._remove}
        if variable not in verbs:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; one of {', '.join(verbs)}")
        try:
            return await verbs[variable](location, value, requester)
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error
        except StorageError as error:
            return WriteResult(Code.FAILED, str(error))

    async def _place(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        wanted = self._wanted(location, value, requester)
        placed = await self._board.place(
            wanted, lambda each: not_placeable(each, self._numerics, self._view(), self._faults())
        )
        if isinstance(placed, str):
            return told(placed)
        self._tell(location, f"{placed} placed")
        return OK

    def _wanted(self, location: str, value: WireValue, requester: Identity) -> Placement:
        given = {"kind": value} if isinstance(value, str) else value
        defaults: dict[str, WireValue] = {"other": "", "reference": "", "rated_power_w": 0.0}
        fields = PlainFields(defaults | given if isinstance(given, dict) else given, "Placement.Place")
        kind = fields.one_of("kind", PlacementKind)
        other, reference = fields.text("other"), fields.text("reference").strip()[:MOST_TEXT]
        rated_power_w = float(fields.number("rated_power_w"))
        fields.done()
        if kind is PlacementKind.MOBILE_GENERATOR and not 0.0 < rated_power_w <= MOST_RATED_W:
            raise RemoteProtocolError(f"Placement.Place: a mobile generator has 'rated_power_w' up to {MOST_RATED_W:g}")
        if kind in POSITIONS and not reference:
            raise RemoteProtocolError("Placement.Place: say in 'reference' who has seen the position, and how")
        return Placement(0, kind, location, requester.name, self._clock(), other, reference, rated_power_w)

    async def _remove(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        number, reason = number_and_reason(value, "Placement.Remove")
        placement = self._board.get(number)
        if placement is None or placement.element != location:
            return told(f"{location} has no placement number {number}")
        if refusal := not_by(placement.holder, requester.name, reason):
            return told(refusal)
        agreement = await self._agree(
            Weighty.PLACEMENT_REMOVAL, requester, f"{placement} taken away", location, Right.OPERATE
        )
        if agreement.refusal:
            return told(agreement.refusal)
        removed = await self._board.remove(
            number, lambda each: not_removable(each, self._numerics, self._view(), self._faults())
        )
        if isinstance(removed, str):
            return told(removed)
        why = f": {reason}" if reason else ""
        self._tell(location, f"{removed} taken away by {requester.name}{agreement.words}{why}")
        return OK
