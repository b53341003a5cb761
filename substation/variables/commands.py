"""A person's commands through the data interface: `....Pos.SBOw`, `.Oper` and `.Cancel` at the switch [UI1].

The same services step a tap changer (`....TapChg.Oper`, 1 lower, 2 higher as Tcmd of IEC 61850-7-3) and give set-points
(a number in the unit of the point). A switch is always operated in two steps; what is regulated directly in one, or in
two by whoever selects it first.
"""

from __future__ import annotations

from dataclasses import replace

from models.command import CONTROL_SERVICES, Action, AddCause, OriginatorCategory
from models.point import Cdc, Dbpos, PointName, PointSpec
from models.wire.cbor import WireValue
from models.wire.instance import Instance
from models.wire.messages import Code
from substation.authority.agreeing import Agreement
from substation.authority.second_operators import SecondOperators
from substation.control.gate import Gate
from substation.control.operation import AnyRequest
from substation.control.regulation import REGULATED, RegulatingRequest, Regulation, SetPoint, StepCommand
from substation.control.request import Ending, GateResult, Request
from substation.control.rule_settings import RuleSettings
from substation.exchange.access import Identity, Right, Role
from substation.exchange.variables import Cancel, RefusedError, Selection, Subscriber, WriteResult
from substation.register import PointRegister

SERVICES = tuple(f"*.{action.value}" for action in CONTROL_SERVICES)

_CODES = {
    Ending.ACCEPTED: Code.OK,
    Ending.CONFIRMED: Code.OK,
    Ending.REFUSED: Code.REFUSED,
    Ending.FAILED: Code.FAILED,
    Ending.UNKNOWN: Code.FAILED,
}
_STEPS = {int(Dbpos.OFF): StepCommand.LOWER, int(Dbpos.ON): StepCommand.RAISE}
_BY_HAND = "by hand"


class CommandVariables:
    """Write-only. The result comes when the position is confirmed, refused, or known to be unknown."""

    def __init__(
        self,
        gate: Gate,
        register: PointRegister,
        rules: RuleSettings = RuleSettings(),  # noqa: B008
        seconds: SecondOperators | None = None,
    ) -> None:
        """rules: who has a contract commands as a market service (SAFETY S20). seconds: asks second operators (S18)."""
        self._gate, self._register, self._rules, self._seconds = gate, register, rules, seconds

    async def read(self, selection: Selection) -> list[Instance]:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} is a command and has no value")

    def subscribe(self, selection: Selection, subscriber: Subscriber, initial: bool) -> Cancel:
        raise RefusedError(Code.UNKNOWN_VARIABLE, f"{selection.variable} is a command and has no value")

    async def write(self, variable: str, location: str, value: WireValue, requester: Identity) -> WriteResult:
        point, _, service = variable.rpartition(".")
        name = PointName(location, point)
        originator = self._rules.originator(OriginatorCategory.STATION_CONTROL, requester.name)
        if requester.role is Role.MARKET:  # without a contract it commands nothing (S20)
            originator = replace(originator, category=OriginatorCategory.AUTOMATIC_REMOTE, market=True)
        spec = self._spec(name)
        request: AnyRequest
        if spec.cdc in REGULATED:
            request = RegulatingRequest(name, _regulation(spec, value), originator, why=_BY_HAND)
        else:
            request = Request(name, _switching(spec, value), originator, why=_BY_HAND)
            if service == Action.SELECT.value and self._seconds is not None:
                agreement = await self._seconded(request, requester, self._seconds)
                if agreement.refusal:
                    return WriteResult(Code.REFUSED, agreement.refusal, int(AddCause.NO_ACCESS_AUTHORITY))
                request = replace(request, second=agreement.second)
        result = await self._services(Action(service), request, spec)
        cause = None if result.ending in (Ending.ACCEPTED, Ending.CONFIRMED) else int(result.add_cause)
        return WriteResult(_CODES[result.ending], result.reason, cause, told=True)

    async def _seconded(self, request: Request, requester: Identity, seconds: SecondOperators) -> Agreement:
        """The second operator's word before the selection, where that is all that it lacks."""
        if not self._gate.lacks_second(request):
            return Agreement()
        return await seconds.agree(requester, str(request), request.point.location, Right.OPERATE)

    async def _services(self, action: Action, request: AnyRequest, spec: PointSpec) -> GateResult:
        match action:
            case Action.SELECT:
                return await self._gate.select(request)
            case Action.OPERATE if self._in_one_step(request, spec):
                return await self._gate.execute(request)
            case Action.OPERATE:
                return await self._gate.operate(request)
            case Action.CANCEL:
                return await self._gate.cancel(request)
            case Action.SUBSTITUTE | Action.RESTORE:
                raise RefusedError(Code.UNKNOWN_VARIABLE, "a value is substituted with Substitute.Set")

    def _in_one_step(self, request: AnyRequest, spec: PointSpec) -> bool:
        direct = spec.cdc in REGULATED and not spec.control_model.selects
        return direct and not self._gate.holds(request.point, request.originator)

    def _spec(self, name: PointName) -> PointSpec:
        handle = self._register.handle(name)
        if handle is None:
            raise RefusedError(Code.UNKNOWN_VARIABLE, f"no device has the point {name}")
        return self._register.spec(handle)


def _switching(spec: PointSpec, value: WireValue) -> Dbpos | bool:
    if spec.cdc is Cdc.SPC and isinstance(value, bool):
        return value
    if type(value) is int and value in (Dbpos.OFF, Dbpos.ON):
        return Dbpos(value)
    takes = "true or false, or 1 (false) or 2 (true)" if spec.cdc is Cdc.SPC else "1 (open) or 2 (close)"
    raise RefusedError(Code.BAD_REQUEST, f"{spec.name} takes {takes}, not {value!r}")


def _regulation(spec: PointSpec, value: WireValue) -> Regulation:
    if REGULATED[spec.cdc] is StepCommand:
        if type(value) is int and value in _STEPS:
            return _STEPS[value]
        raise RefusedError(Code.BAD_REQUEST, f"{spec.name} takes 1 (lower) or 2 (higher), not {value!r}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(Code.BAD_REQUEST, f"{spec.name} takes a number{_in(spec.unit)}, not {value!r}")
    return SetPoint(value, spec.unit)


def _in(unit: str) -> str:
    return f" in {unit}" if unit else ""
