"""Commands of the controlling station: one outstanding per object, matched with its confirmation.

A confirmation is the device's answer, not success; an answer that does not come is an outcome that nobody knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.errors import LocalProtocolError
from models.point import ControlModel, Dbpos, Iec104Address, PointSpec
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Order
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import TYPES, Kind, type_name

Resolve = Callable[[CommandResult], None]

_VALUES: dict[Kind, tuple[type, ...]] = {
    Kind.SINGLE_COMMAND: (bool,),
    Kind.DOUBLE_COMMAND: (Dbpos,),
    Kind.STEP_COMMAND: (Dbpos,),  # OFF lower, ON higher, as Tcmd of IEC 61850-7-3 and RCS of 101 code them
    Kind.NORMALISED_SETPOINT: (int, float),
    Kind.SCALED_SETPOINT: (int,),
    Kind.FLOAT_SETPOINT: (int, float),
    Kind.BITSTRING_COMMAND: (int,),
}
_REQUESTS = {
    Action.SELECT: (Cause.ACTIVATION, Cause.ACTIVATION_CON, True),
    Action.OPERATE: (Cause.ACTIVATION, Cause.ACTIVATION_CON, False),
    # S/E stays set: a device that overlooks the cause would take a cancelled execute for an execute.
    Action.CANCEL: (Cause.DEACTIVATION, Cause.DEACTIVATION_CON, True),
}
"""Per service: cause of the request, cause of its confirmation, S/E."""


def refused(add_cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, add_cause, reason)


def unknown(reason: str) -> CommandResult:
    return CommandResult(Outcome.UNKNOWN, AddCause.ABORTION_BY_COMMUNICATION_LOSS, reason)


def unit_of(command: Command, spec: PointSpec, originator: int) -> Asdu:
    """The ASDU of a command. LocalProtocolError with the reason when there is none."""
    address = spec.command
    row = TYPES.get(address.type_id) if address is not None else None
    if address is None or row is None or not row.kind.is_command or spec.control_model is ControlModel.STATUS_ONLY:
        raise LocalProtocolError(f"{spec.name} cannot be commanded over IEC 104")
    fits = isinstance(command.value, _VALUES[row.kind]) and isinstance(command.value, bool) is (
        row.kind is Kind.SINGLE_COMMAND
    )
    if not fits or command.value in (Dbpos.INTERMEDIATE, Dbpos.BAD) and isinstance(command.value, Dbpos):
        raise LocalProtocolError(f"{command.value!r} is no value for a {row.kind.value}")
    cause, _, select = _REQUESTS[command.action]
    order = Order(address.object_address, _wire(command), select, 0, command.issued_ns if row.tagged else None)
    return Asdu(address.type_id, cause, address.common_address, (order,), originator, test=command.test)


def _wire(command: Command) -> bool | Dbpos | int | float:
    if isinstance(command.value, str):
        raise LocalProtocolError("IEC 104 commands carry no text")
    return command.value


@dataclass(slots=True, eq=False)
class Pending:
    """A command on its way. sent: octets may have left, so that the device may have acted."""

    address: Iec104Address
    action: Action
    octets: bytes
    order: Order
    resolve: Resolve
    deadline_s: float = math.inf
    sent: bool = False


@dataclass(slots=True)
class Commander:
    """timeout_s: how long a confirmation may take. Times are monotonic seconds."""

    timeout_s: float
    tags: TimeTags
    _pending: dict[tuple[int, int], Pending] = field(default_factory=dict)

    def request(self, unit: Asdu, action: Action, resolve: Resolve, now_s: float) -> Pending | None:
        """A command to be sent now; None when it was refused at once. LocalProtocolError: the value cannot be sent."""
        order = unit.objects[0]
        if not isinstance(order, Order):
            raise LocalProtocolError(f"{type_name(unit.type_id)} is no command")
        key = (unit.common_address, order.address)
        if key in self._pending:
            resolve(refused(AddCause.COMMAND_ALREADY_IN_EXECUTION, "the last command to it is not answered yet"))
            return None
        address = Iec104Address(*key, unit.type_id)
        octets = codec.encode(unit, self.tags)
        [mirrored] = codec.decode(octets, self.tags).objects  # 0.1 comes back as the nearest 32-bit number
        if not isinstance(mirrored, Order):
            raise LocalProtocolError(f"{type_name(unit.type_id)} is no command")
        pending = Pending(address, action, octets, mirrored, resolve, now_s + self.timeout_s)
        self._pending[key] = pending
        return pending

    def is_outstanding(self, pending: Pending) -> bool:
        key = (pending.address.common_address, pending.address.object_address)
        return self._pending.get(key) is pending

    def answer(self, asdu: Asdu) -> bool:
        """A mirror of a command. False when it belongs to no command that waits (late, or a termination)."""
        order = asdu.objects[0] if asdu.objects else None
        if not isinstance(order, Order):
            return False
        pending = self._pending.get((asdu.common_address, order.address))
        if pending is None or TYPES[pending.address.type_id].kind is not TYPES[asdu.type_id].kind:
            return False
        if asdu.cause in REFUSALS:
            self._resolve(pending, refused(AddCause.NOT_SUPPORTED, REFUSALS[asdu.cause]))
            return True
        _, confirmation, select = _REQUESTS[pending.action]
        same = order.value == pending.order.value and (order.select is select or pending.action is Action.CANCEL)
        if asdu.cause != confirmation or not same:
            return False
        self._resolve(pending, _refusal(pending.action) if asdu.negative else CommandResult(Outcome.ACCEPTED))
        return True

    def give_back(self, asdu: Asdu) -> bytes | None:
        """The cancel of a selection that the device confirms when nobody waits for it any more; None: it is none.

        Left alone, it would keep everybody from the object until it expires in the device.
        """
        order = asdu.objects[0] if asdu.objects else None
        if not isinstance(order, Order) or not order.select or asdu.negative or asdu.cause != Cause.ACTIVATION_CON:
            return None
        if (asdu.common_address, order.address) in self._pending:
            return None
        cancel = Asdu(asdu.type_id, Cause.DEACTIVATION, asdu.common_address, (order,), asdu.originator)
        return codec.encode(cancel, self.tags)

    def next_deadline_s(self) -> float:
        return min((pending.deadline_s for pending in self._pending.values()), default=math.inf)

    def tick(self, now_s: float) -> None:
        """Give up commands that nobody confirms."""
        for pending in [pending for pending in self._pending.values() if pending.deadline_s <= now_s]:
            waited = f"within {self.timeout_s} s"
            if pending.sent:
                self._resolve(pending, unknown(f"the device did not confirm {waited}"))
            else:
                self._resolve(pending, refused(AddCause.TIME_LIMIT_OVER, f"the command could not be sent {waited}"))

    def closed(self) -> None:
        """The link is gone."""
        for pending in list(self._pending.values()):
            if pending.sent:
                self._resolve(pending, unknown("the link broke before the device confirmed"))
            else:
                self._resolve(pending, refused(AddCause.ABORTION_BY_COMMUNICATION_LOSS, "link is down"))

    def _resolve(self, pending: Pending, result: CommandResult) -> None:
        del self._pending[pending.address.common_address, pending.address.object_address]
        pending.resolve(result)


def _refusal(action: Action) -> CommandResult:
    cause = AddCause.SELECT_FAILED if action is Action.SELECT else AddCause.UNKNOWN
    return refused(cause, "the device refused (negative confirmation)")
