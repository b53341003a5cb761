"""Control of the unit asked for, handed over and taken; and the word of a second operator (SAFETY S18)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from models.errors import RemoteProtocolError
from models.plain import PlainFields
from models.wire.cbor import WireValue
from models.wire.messages import Code
from substation.authority.agreeing import Agree
from substation.authority.authority import Level
from substation.authority.board import AuthorityBoard
from substation.authority.four_eyes import Weighty
from substation.authority.second_operators import SecondOperators
from substation.exchange.access import Identity, Right
from substation.exchange.variables import RefusedError, WriteResult
from substation.variables.removal import MOST_TEXT
from substation.variables.write_only import WriteOnly, told

TAKE_OVER = "Authority.TakeOver"
_Verb = Callable[[WireValue, Identity], Awaitable[str]]


class AuthorityWrites(WriteOnly):
    """At the unit: `Authority.Request` (value: why, or nothing), `.HandOver` (nothing: to who has asked; or
    `{"level": "remote" | "local" | "station", "to": name}`), `.Refuse`, `.Release`; `.TakeOver` (value: why)."""

    def __init__(self, unit: str, board: AuthorityBoard, centres: frozenset[str], agree: Agree) -> None:
        """centres: control centres that may be given control."""
        self._unit, self._board, self._centres, self._agree = unit, board, centres, agree
        self._verbs: Mapping[str, _Verb] = {
            "Authority.Request": lambda value, who: self._board.ask(who.name, _text(value)),
            "Authority.HandOver": self._hand_over,
            "Authority.Refuse": lambda _, who: self._board.refuse(who.name),
            "Authority.Release": lambda _, who: self._board.release(who.name),
            TAKE_OVER: self._take_over,
        }

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verb = self._verbs.get(variable)
        if verb is None or location != self._unit:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} at {location}; one of {', '.join(self._verbs)}")
        try:
            return told(await verb(value, requester))
        except RemoteProtocolError as error:
            raise RefusedError(Code.BAD_REQUEST, str(error)) from error

    async def _hand_over(self, value: WireValue, who: Identity) -> str:
        if value in (None, ""):
            return await self._board.hand_over(who.name, Level.STATION, "")
        fields = PlainFields(value, "Authority.HandOver")
        level, to = fields.one_of("level", Level), fields.text("to").strip()[:MOST_TEXT]
        fields.done()
        if level is Level.FREE or not to:
            raise RemoteProtocolError("Authority.HandOver: name a level and who is to have control; else release it")
        if level is Level.REMOTE and to not in self._centres:
            raise RemoteProtocolError(f"Authority.HandOver: {to!r} is no control centre of this unit")
        return await self._board.hand_over(who.name, level, to)

    async def _take_over(self, value: WireValue, who: Identity) -> str:
        why = _text(value)
        if not why:
            raise RemoteProtocolError("Authority.TakeOver takes why, in words")
        text = f"control of the unit taken over from {self._board.present}"
        agreement = await self._agree(Weighty.TAKE_OVER, who, text, self._unit, Right.APPROVE)
        if agreement.refusal:
            return agreement.refusal
        return await self._board.take_over(who.name, f"{why}{agreement.words}")


class SecondOperatorWrites(WriteOnly):
    """`SecondOperator.Agree` and `SecondOperator.Refuse` at the unit; value: number of what waits."""

    def __init__(self, unit: str, seconds: SecondOperators) -> None:
        self._unit, self._seconds = unit, seconds

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        verdict = {"SecondOperator.Agree": True, "SecondOperator.Refuse": False}.get(variable)
        if verdict is None or location != self._unit:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{variable} at {location}; SecondOperator.Agree or .Refuse")
        if type(value) is not int:
            raise RefusedError(Code.BAD_REQUEST, f"{variable} takes the number of what waits")
        return told(self._seconds.say(value, requester, verdict))


def _text(value: WireValue) -> str:
    return value.strip()[:MOST_TEXT] if isinstance(value, str) else ""
