"""What stands in the way of a command before anybody gives it: the variable `Interlocking` at a switch.

All rules are asked, for opening and for closing, as the gate asks them at the command itself; the answer binds nobody,
since the gate judges again.
"""

from __future__ import annotations

from models.command import Originator, OriginatorCategory
from models.control_causes import CAUSES
from models.driver import Clock
from models.point import ControlModel, Dbpos
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.control.gate import Gate
from substation.control.request import Refusal, Request
from substation.exchange.access import Identity
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.register import PointRegister

VARIABLE = "Interlocking"
_WAYS = {"open": Dbpos.OFF, "close": Dbpos.ON}
_SOMEBODY = Originator(OriginatorCategory.STATION_CONTROL, "")


class Hindrances:
    """Read-only, one switch at a time: each answer costs what a command costs."""

    def __init__(self, gate: Gate, register: PointRegister, clock: Clock) -> None:
        self._gate, self._register, self._clock = gate, register, clock

    async def read(self, selection: Selection) -> list[Instance]:
        switch = selection.location
        handle = self._register.positions.get(switch)
        if handle is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"{switch} is no switch; {VARIABLE} is asked switch by switch")
        spec = self._register.spec(handle)
        ways: dict[str, WireValue] = {}
        for way, target in _WAYS.items():
            refusals = self._gate.refusals(Request(spec.name, target, _SOMEBODY))
            ways[way] = [_plain(each) for each in refusals]
        value: dict[str, WireValue] = {
            **ways,
            "remote": spec.control_model is not ControlModel.STATUS_ONLY,
            "held": self._gate.held,
        }
        return [Instance(VARIABLE, switch, value, self._clock())]

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.NOT_ALLOWED, f"{VARIABLE} is worked out when it is asked for: query it")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        raise RefusedError(Code.NOT_ALLOWED, f"{variable} follows from rules and values; it cannot be written")


def _plain(refusal: Refusal) -> WireValue:
    cause = CAUSES[refusal.add_cause]
    return {
        "rule": refusal.rule,
        "text": refusal.text,
        "cause": cause.name,
        "remedy": cause.remedy,
    }
