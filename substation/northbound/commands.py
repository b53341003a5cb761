"""Commands of control centres on their way to the gate: select, operate and cancel as IEC 104 asks for them.

Whatever is refused here or by the gate stands in the event list and in the audit log with the control centre's name,
its originator address, the point and the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.command import Action, AddCause, CommandResult, OriginatorCategory, Outcome
from models.point import Dbpos, PointName, PointSpec
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.server import Confirm
from substation.control.gate import Gate
from substation.control.operation import AnyRequest
from substation.control.regulation import REGULATED, WHOLE, RegulatingRequest, Regulation, SetPoint, StepCommand
from substation.control.request import Ending, GateResult, Refusal, Request
from substation.control.rule_settings import RuleSettings
from substation.northbound.agreed.command_rights import CommandRights
from substation.register import PointRegister

_OUTCOMES = {
    Ending.ACCEPTED: Outcome.ACCEPTED,
    Ending.CONFIRMED: Outcome.ACCEPTED,
    Ending.REFUSED: Outcome.REFUSED,
    Ending.FAILED: Outcome.REFUSED,
    Ending.UNKNOWN: Outcome.UNKNOWN,
}
_PULSES = {1: "short pulse", 2: "long pulse", 3: "persistent output"}
_IDENTITY_LENGTH = 24
_STEPS = {Dbpos.OFF: StepCommand.LOWER, Dbpos.ON: StepCommand.RAISE}

LinkFault = Callable[[str], str]
"""Why the link of that name carries no commands now; '' when it does."""


@dataclass(frozen=True, slots=True)
class CentreOrder:
    """One service as a control centre asked for it.

    value: as the point has it. client: `centre host:port`, '' when the outstation itself gives a selection back.
    originator_address: OA, 0 for none. test: nothing may move. objection: why this connection may not ask, and fault:
    why the value is none; '' when there is nothing of the kind.
    """

    action: Action
    point: PointName
    value: bool | Dbpos | int | float
    centre: str
    client: str
    originator_address: int
    qualifier: int = 0
    test: bool = False
    objection: str = ""
    fault: str = ""

    @property
    def why(self) -> str:
        """For journal, event list and audit log."""
        who = f"control centre {self.client or self.centre}, originator address {self.originator_address}"
        pulse = f", {_PULSES.get(self.qualifier, f'qualifier {self.qualifier}')}" if self.qualifier else ""
        return f"{who}{pulse}{', in test' if self.test else ''}"


class CentreCommands:
    """Carries one service. A direct control point is executed at once, the others in the two steps of a person.

    rights: by control centre. A link that is down refuses at once, so that nobody waits for a device that cannot hear.
    """

    def __init__(
        self,
        gate: Gate,
        register: PointRegister,
        rights: Mapping[str, CommandRights],
        link_fault: LinkFault,
        rules: RuleSettings = RuleSettings(),  # noqa: B008
    ) -> None:
        """rules: a control centre with a contract commands as a market service (SAFETY S20)."""
        self._gate, self._register, self._rights, self._link_fault = gate, register, rights, link_fault
        self._rules = rules

    async def carry(self, order: CentreOrder, confirm: Confirm) -> None:
        """`confirm` hears the device's answer to an operate, and again how it has ended once the feedback tells."""
        handle = self._register.handle(order.point)
        spec = None if handle is None else self._register.spec(handle)
        request = _requested(order, spec, self._rules)
        refusal = self._refusal(order, spec)
        if refusal is not None:
            confirm(_answer(self._gate.refuse(request, refusal)))
        elif order.test:
            confirm(_answer(self._in_test(order.action, request)))
        else:
            confirm(_answer(await self._serve(order.action, request, spec, confirm)))

    def _refusal(self, order: CentreOrder, spec: PointSpec | None) -> Refusal | None:
        """What keeps the order from the gate. A selection may always be given back."""
        if order.action is Action.CANCEL:
            return None
        if reason := self._rights.get(order.centre, CommandRights(())).forbids(order.centre, order.point):
            return Refusal("S18", reason, AddCause.NO_ACCESS_AUTHORITY)
        if order.objection:
            return Refusal("S18", order.objection, AddCause.NO_ACCESS_AUTHORITY)
        if order.fault:
            return Refusal("S21", order.fault, AddCause.INCONSISTENT_PARAMETERS)
        if spec is not None and (reason := self._link_fault(spec.link)):
            return Refusal("S21", f"link {spec.link} is down: {reason}", AddCause.ABORTION_BY_COMMUNICATION_LOSS)
        return None

    def _in_test(self, action: Action, request: AnyRequest) -> GateResult:
        if action is Action.CANCEL:
            return GateResult(Ending.ACCEPTED, "nothing was selected in test")
        return self._gate.examine(request)

    async def _serve(self, action: Action, request: AnyRequest, spec: PointSpec | None, confirm: Confirm) -> GateResult:
        if action is Action.SELECT:
            return await self._gate.select(request)
        if action is Action.CANCEL:
            return await self._gate.cancel(request)
        if spec is not None and (not spec.control_model.selects or _has_no_select(spec)):
            return await self._gate.execute(request, confirm)
        return await self._gate.operate(request, confirm)


def _has_no_select(spec: PointSpec) -> bool:
    """A bit string comes in one step, whatever the device wants behind the gate."""
    return spec.command is not None and TYPES[spec.command.type_id].kind is Kind.BITSTRING_COMMAND


def _requested(order: CentreOrder, spec: PointSpec | None, rules: RuleSettings) -> AnyRequest:
    """The gate's own request; it refuses what does not fit the point."""
    originator = rules.originator(OriginatorCategory.REMOTE_CONTROL, order.centre[:_IDENTITY_LENGTH])
    value, regulated = order.value, spec is not None and spec.cdc in REGULATED
    if not regulated and (isinstance(value, bool) or (isinstance(value, Dbpos) and value in _STEPS)):
        return Request(order.point, value, originator, why=order.why, qualifier=order.qualifier)
    wanted = _regulation(value, spec)
    return RegulatingRequest(order.point, wanted, originator, why=order.why, qualifier=order.qualifier)


def _regulation(value: bool | Dbpos | int | float, spec: PointSpec | None) -> Regulation:
    if isinstance(value, Dbpos):
        return _STEPS.get(value, SetPoint(int(value)))
    if isinstance(value, float) and value.is_integer() and spec is not None and spec.cdc in WHOLE:
        value = int(value)  # a scaled address computes with floating point numbers
    return SetPoint(value, spec.unit if spec is not None else "")


def _answer(result: GateResult) -> CommandResult:
    return CommandResult(_OUTCOMES[result.ending], result.add_cause, result.reason)
