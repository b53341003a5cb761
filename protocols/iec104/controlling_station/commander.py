"""Commands of the controlling station: one outstanding per object, matched with its confirmation.

A confirmation is the device's answer, not success; an answer that does not come is an outcome that nobody knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.errors import LocalProtocolError
from models.point import ControlModel, Dbpos, Iec104Address, PointSpec, Value
from protocols.iec104.application import codec
from protocols.iec104.application.asdu import Asdu, Order
from protocols.iec104.application.cause import REFUSALS, Cause
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import TYPES, Kind, type_name
from protocols.iec104.application.variant import choose

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


_PULSED = (Kind.SINGLE_COMMAND, Kind.DOUBLE_COMMAND, Kind.STEP_COMMAND)
_MOST_QUALIFIER = {Kind.BITSTRING_COMMAND: 0} | dict.fromkeys(_PULSED, 31)
_MOST_SET_POINT_QUALIFIER = 127
_ALL_BITS = 0xFFFFFFFF
_WHOLE = (Kind.SCALED_SETPOINT, Kind.BITSTRING_COMMAND)
_ROUNDING = 1e-9


def unit_of(command: Command, spec: PointSpec, originator: int, pulse: int = 0) -> Asdu:
    """The ASDU of a command. LocalProtocolError with the reason when there is none.

    pulse: QU of switching and step commands that come without qualifier, as the device wants it.
    """
    address = spec.command
    row = TYPES.get(address.type_id) if address is not None else None
    if address is None or row is None or not row.kind.is_command or spec.control_model is ControlModel.STATUS_ONLY:
        raise LocalProtocolError(f"{spec.name} cannot be commanded over IEC 104")
    if command.action not in _REQUESTS:
        raise LocalProtocolError(f"IEC 104 has no service {command.action.value}")
    cause, _, select = _REQUESTS[command.action]
    if row.kind is Kind.BITSTRING_COMMAND and command.action is not Action.OPERATE:
        raise LocalProtocolError(f"a {row.kind.value} is neither selected nor cancelled")
    address, sent = choose(spec.commands, command.value)  # a value may be spread over several objects
    value, qualifier = _value(sent, row.kind), command.qualifier or (pulse if row.kind in _PULSED else 0)
    if not 0 <= qualifier <= _MOST_QUALIFIER.get(row.kind, _MOST_SET_POINT_QUALIFIER):
        raise LocalProtocolError(f"a {row.kind.value} has no qualifier {qualifier}")
    order = Order(address.object_address, value, select, qualifier, command.issued_ns if row.tagged else None)
    return Asdu(address.type_id, cause, address.common_address, (order,), originator, test=command.test)


def _value(value: Value, kind: Kind) -> bool | Dbpos | int | float:
    """The value, if it is of the type that the kind carries; the ranges of set-points are checked by the codec."""
    if isinstance(value, str):
        raise LocalProtocolError("IEC 104 commands carry no text")
    if kind in _WHOLE and isinstance(value, float):
        value = _whole(value, kind)
    exactly = type(value)  # a Dbpos and a bool are ints too, and no set-points
    if exactly not in _VALUES[kind] or (exactly is Dbpos and value not in (Dbpos.OFF, Dbpos.ON)):
        raise LocalProtocolError(f"{value!r} is no value for a {kind.value}")
    if kind is Kind.BITSTRING_COMMAND and not 0 <= value <= _ALL_BITS:
        raise LocalProtocolError(f"{value} does not fit into 32 bits")
    return value


def _whole(value: float, kind: Kind) -> int:
    """The whole number that a scale has made a fraction of; another one is nobody's set-point."""
    if not math.isfinite(value) or abs(value - round(value)) > _ROUNDING * max(1.0, abs(value)):
        raise LocalProtocolError(f"{value!r} is no whole number, which a {kind.value} carries")
    return round(value)


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
    _running: set[tuple[int, int]] = field(default_factory=set)  # confirmed operations without a termination

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

    @property
    def is_waiting(self) -> bool:
        """Something has not been confirmed yet."""
        return bool(self._pending)

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
        if pending.action is Action.OPERATE and not asdu.negative:
            self._running.add((asdu.common_address, order.address))
        self._resolve(pending, _refusal(pending.action) if asdu.negative else CommandResult(Outcome.ACCEPTED))
        return True

    def oddity(self, asdu: Asdu) -> str:
        """What is to be told of an answer that nobody waits for; '' for terminations as they should be.

        P/N = 1 in a termination says that the operation has not reached its end: the feedback decides, people are told.
        """
        order = asdu.objects[0] if asdu.objects else None
        key = (asdu.common_address, order.address if isinstance(order, Order) else 0)
        what = f"{type_name(asdu.type_id)} of object {key[0]}/{key[1]}"
        if asdu.cause == Cause.TERMINATION:
            running = key in self._running
            self._running.discard(key)
            which = "a confirmed operation" if running else "an operation that nobody waits for"
            return f"{what}: the device ended {which} negatively (COT 10, P/N 1)" if asdu.negative else ""
        if asdu.cause == Cause.DEACTIVATION_CON and not asdu.negative:
            return ""
        return f"{what} with cause {asdu.cause} answers no command that waits"

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
        try:
            return codec.encode(cancel, self.tags)
        except LocalProtocolError:
            return None  # what it confirms (no time, no station) nobody can have selected

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


_NEGATIVE = {
    Action.SELECT: AddCause.SELECT_FAILED,
    Action.OPERATE: AddCause.UNKNOWN,  # the protocol has no word for the reason
    Action.CANCEL: AddCause.OBJECT_NOT_SELECTED,
}


def _refusal(action: Action) -> CommandResult:
    return refused(_NEGATIVE[action], "the device refused (negative confirmation)")
