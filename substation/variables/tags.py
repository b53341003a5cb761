"""Tags that people place and remove through the data interface (SAFETY S4, S17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from models.driver import Clock
from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.authority.agreeing import Agree, alone
from substation.authority.four_eyes import Weighty
from substation.control.request import Request
from substation.exchange.access import Identity, Right
from substation.exchange.variables import RefusedError, WriteResult
from substation.tag_board import TagBoard
from substation.tags import TagKind
from substation.variables.removal import MOST_TEXT, not_by, number_and_reason
from substation.variables.write_only import WriteOnly, originator_of, told

KINDS = {kind.value: kind for kind in TagKind if kind is not TagKind.FAULT_ISOLATION}
"""What people place; the tag of fault isolation is the server's alone."""


class TagWrites(WriteOnly):
    """`Tag.Place` at an element: its kind, or `{"kind", "reference"}`; a work permit is
    `{"kind", "reference": number of the permit, "permit_holder": name}`.

    `Tag.Remove`: number of the tag, or `{"number", "reason"}`: who has not placed it says why.
    """

    def __init__(
        self,
        board: TagBoard,
        elements: frozenset[str],
        clock: Clock,
        told: Callable[[str, str], None],
        agree: Agree = alone,
        overtaken: Callable[[], Iterable[Request]] = tuple,
    ) -> None:
        """overtaken: commands that tags forbid, and that were on their way before."""
        self._board, self._elements, self._clock, self._tell, self._agree = board, elements, clock, told, agree
        self._overtaken = overtaken
        self._verbs = {"Tag.Place": self._place, "Tag.Remove": self._remove}

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verb = self._verbs.get(variable)
        if verb is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable}; one of {', '.join(self._verbs)}")
        if location not in self._elements:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"the network has no element {location}")
        try:
            return await verb(location, value, requester)
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error

    async def _place(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        kind, reference = _wanted(value)
        if not await self._board.place(kind, [location], requester.name, self._clock(), reference):
            return told(f"{location} bears the tag '{kind.value}' already")
        said = f" ({reference})" if reference else ""
        self._tell(location, f"tag '{kind.value}' placed by {requester.name}{said}")
        return WriteResult(Code.OK, self._warned(kind))

    def _warned(self, kind: TagKind) -> str:
        """S17: a tag calls nothing back. Whoever relies on it has to know what is still on its way."""
        lines = []
        for each in self._overtaken():
            lines.append(
                f"{each} by {each.originator.identity} went out before the tag '{kind.value}' and may still be carried "
                "out: wait for its end and look at the position"
            )
            self._tell(each.point.location, f"S17: {lines[-1]}")
        return "; ".join(lines)

    async def _remove(self, location: str, value: WireValue, requester: Identity) -> WriteResult:
        number, reason = number_and_reason(value, "Tag.Remove")
        tag = next((tag for tag in self._board.on(location) if tag.id == number), None)
        if tag is None:
            return told(f"{location} has no tag number {number}")
        if tag.kind is not TagKind.FAULT_ISOLATION and (refusal := not_by(tag.holder, requester.name, reason)):
            return told(refusal)
        text = f"tag '{tag.kind.value}' of {tag.holder} removed"
        agreement = await self._agree(Weighty.TAG_REMOVAL, requester, text, location, Right.OPERATE)
        if agreement.refusal:
            return told(agreement.refusal)
        refusal = await self._board.remove(number, originator_of(requester))
        if not refusal:
            why = f": {reason}" if reason else ""
            self._tell(location, f"{text} by {requester.name}{agreement.words}{why}")
        return told(refusal)


def _wanted(value: WireValue) -> tuple[TagKind, str]:
    """Kind and reference. RemoteProtocolError where something is missing."""
    if isinstance(value, str) or not isinstance(value, dict):
        value = {"kind": value}
    fields = PlainFields({"reference": "", "permit_holder": ""} | value, "Tag.Place")
    kind, reference = fields.text("kind"), fields.text("reference").strip()[:MOST_TEXT]
    permit_holder = fields.text("permit_holder").strip()[:MOST_TEXT]
    fields.done()
    if kind not in KINDS:
        raise RemoteProtocolError(f"Tag.Place takes one of {', '.join(KINDS)}")
    if KINDS[kind] is not TagKind.WORK_PERMIT:
        return KINDS[kind], reference
    if not reference or not permit_holder:
        raise RemoteProtocolError("S17: a work permit has a number ('reference') and a holder ('permit_holder')")
    return TagKind.WORK_PERMIT, f"{reference}, {permit_holder}"
