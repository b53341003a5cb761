"""Commands at the controlled station: select, execute, cancel, one outstanding per object (IEC 60870-5-101 7.4, -5-5).

Nothing is decided here: what passes the checks of the protocol becomes a CommandRequest; who answers for the process
completes it. A selection that expires, or whose control centre is gone, is cancelled by a request of our own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Protocol

from models.command import Action
from models.driver import Clock
from models.errors import LocalProtocolError
from models.point import Dbpos
from protocols.iec104.application.asdu import Asdu, ElementValue, Order
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.codec import mirror
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.controlled_station.points import ControlPoint, check_address
from protocols.iec104.controlled_station.settings import GroupSettings


class Phase(Enum):
    IDLE = "idle"
    SELECTING = "being selected"
    SELECTED = "selected"
    OPERATING = "in execution"
    CANCELLING = "being cancelled"


SELECT_FIRST: dict[tuple[Phase, Action], Phase] = {
    (Phase.IDLE, Action.SELECT): Phase.SELECTING,
    (Phase.SELECTED, Action.OPERATE): Phase.OPERATING,
    (Phase.SELECTED, Action.CANCEL): Phase.CANCELLING,
}
DIRECT: dict[tuple[Phase, Action], Phase] = {(Phase.IDLE, Action.OPERATE): Phase.OPERATING}
"""What is not in the table of an object's control model is answered negatively."""

_QUALIFIERS = {
    Kind.SINGLE_COMMAND: range(4),  # none, short pulse, long pulse, persistent; the others are reserved
    Kind.DOUBLE_COMMAND: range(4),
    Kind.STEP_COMMAND: range(4),
}
_TWO_STATES = (Kind.DOUBLE_COMMAND, Kind.STEP_COMMAND)


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One service that a control centre asks for. number: what `complete` and `terminate` take.

    client: the control centre as `group host`, empty when the station itself cancels. test: the T bit, nothing moves.
    """

    number: int
    client: str
    action: Action
    common_address: int
    object_address: int
    value: ElementValue
    qualifier: int
    originator: int
    test: bool


class Client(Protocol):
    """A connection that commands, with what was agreed with its control centre."""

    name: str
    settings: GroupSettings
    tags: TimeTags

    def answer(self, octets: bytes) -> None:
        """Send an ASDU; nothing happens when the connection is gone."""


@dataclass(slots=True, eq=False)
class _Object:
    point: ControlPoint
    phase: Phase = Phase.IDLE
    client: Client | None = None
    order: Order | None = None  # as selected, or in execution
    test: bool = False
    raw: bytes = b""
    deadline_s: float = math.inf  # of the selection

    def release(self) -> None:
        self.phase, self.client, self.order, self.deadline_s = Phase.IDLE, None, None, math.inf


class Control:
    """All controllable objects of a station. times: monotonic seconds; `clock` dates commands that carry a time tag."""

    def __init__(self, points: Iterable[ControlPoint], select_timeout_s: float, clock: Clock) -> None:
        self.on_request: Callable[[CommandRequest], None] | None = None
        self.on_refusal: Callable[[str], None] = lambda text: None
        self._select_timeout_s, self._clock = select_timeout_s, clock
        self._objects: dict[tuple[int, int], _Object] = {}
        self._selected: set[_Object] = set()
        self._pending: dict[int, tuple[_Object, Action, Client | None, bytes]] = {}
        self._numbers = count(1)
        for point in points:
            self._add(point)

    def _add(self, point: ControlPoint) -> None:
        check_address(point)
        key = (point.common_address, point.object_address)
        if key in self._objects:
            raise LocalProtocolError(f"two controllable objects have common address {key[0]}, object address {key[1]}")
        self._objects[key] = _Object(point)

    @property
    def common_addresses(self) -> set[int]:
        return {common_address for common_address, _ in self._objects}

    def has(self, type_id: int, common_address: int, object_address: int) -> bool:
        """Whether the object exists and takes commands of this kind, with or without time tag."""
        target = self._objects.get((common_address, object_address))
        return target is not None and TYPES[target.point.type_id].kind is TYPES[type_id].kind

    def request(self, client: Client, asdu: Asdu, order: Order, raw: bytes) -> None:
        """A command (cause 6 or 8) to an object that `has` confirmed: refuse it, or hand it on as a CommandRequest."""
        target = self._objects[asdu.common_address, order.address]
        action = Action.CANCEL if asdu.cause == Cause.DEACTIVATION else _ACTIVATIONS[order.select]
        reason = self._refusal(target, client, action, asdu, order)
        if reason or self.on_request is None:
            client.answer(mirror(raw, _CONFIRMATIONS[action], negative=True))
            self.on_refusal(
                f"{client.name}: {action.value} of object {asdu.common_address}/{order.address} refused: "
                f"{reason or 'nobody carries out commands here'}"
            )
            return
        table = SELECT_FIRST if target.point.select else DIRECT
        target.phase = table[target.phase, action]
        target.client, target.raw, target.test = client, raw, asdu.test
        target.order = target.order if action is Action.CANCEL else order
        self._selected.discard(target)
        self._hand_on(target, action, client, asdu.originator)

    def _refusal(self, target: _Object, client: Client, action: Action, asdu: Asdu, order: Order) -> str:
        """Why the protocol itself forbids it, in words; empty when it does not."""
        table = SELECT_FIRST if target.point.select else DIRECT
        if (target.phase, action) not in table:
            return f"the object is {target.phase.value}" + ("" if target.point.select else " and takes direct commands")
        if target.phase is Phase.SELECTED and target.client is not client:
            return "another control centre has selected it"
        kind = TYPES[asdu.type_id].kind
        if order.qualifier not in _QUALIFIERS.get(kind, range(128)):
            return f"qualifier {order.qualifier} is reserved"
        if not _is_possible(kind, order.value):
            return f"{order.value} is no value for a {kind.value}"
        if action is Action.OPERATE and not _is_as_selected(target, order, asdu.test):
            return "value, qualifier or test bit differ from the selection"
        return self._age(asdu.type_id, order, client.settings.command_window_s)

    def _age(self, type_id: int, order: Order, window_s: float) -> str:
        if not TYPES[type_id].tagged:
            return ""
        if order.time_ns is None or order.quality:
            return "the time tag is invalid"
        age_s = (self._clock() - order.time_ns) / 1e9
        return "" if abs(age_s) <= window_s else f"the time tag is {age_s:.1f} s old"

    def _hand_on(self, target: _Object, action: Action, client: Client | None, originator: int) -> None:
        if self.on_request is None or target.order is None:
            target.release()
            return
        number = next(self._numbers)
        self._pending[number] = (target, action, client, target.raw)
        point, order = target.point, target.order
        self.on_request(
            CommandRequest(
                number,
                client.name if client is not None else "",
                action,
                point.common_address,
                point.object_address,
                order.value,
                order.qualifier,
                originator,
                target.test,
            )
        )

    def complete(self, number: int, positive: bool, now_s: float) -> None:
        """Confirm or refuse a request. A confirmed operation stays outstanding until `terminate`."""
        target, action, client, raw = self._take(number)
        if client is not None:
            client.answer(mirror(raw, _CONFIRMATIONS[action], negative=not positive))
        if action is Action.OPERATE and positive:
            self._pending[number] = (target, action, client, raw)
        elif action is Action.SELECT and positive:
            target.phase, target.deadline_s = Phase.SELECTED, now_s + self._select_timeout_s
            self._selected.add(target)
            if target.client is None:  # the control centre went away meanwhile
                self._cancel(target)
        else:
            target.release()

    def terminate(self, number: int) -> None:
        """The operation has ended, whatever its result: the position tells that."""
        target, _, client, raw = self._take(number)
        if client is not None:
            client.answer(mirror(raw, Cause.TERMINATION))
        target.release()

    def _take(self, number: int) -> tuple[_Object, Action, Client | None, bytes]:
        if number not in self._pending:
            raise LocalProtocolError(f"command request {number} is not outstanding; complete each one once")
        return self._pending.pop(number)

    def leave(self, client: Client) -> None:
        """The connection is gone: its selections are cancelled, its answers are sent to nobody."""
        for number, (target, action, owner, raw) in list(self._pending.items()):
            if owner is client:
                self._pending[number] = (target, action, None, raw)
        for target in self._objects.values():
            if target.client is client:
                target.client = None
                if target.phase is Phase.SELECTED:
                    self._cancel(target)

    def next_deadline_s(self) -> float:
        """When the first selection expires."""
        return min((target.deadline_s for target in self._selected), default=math.inf)

    def tick(self, now_s: float) -> None:
        """Cancel the selections that have expired."""
        for target in [target for target in self._selected if target.deadline_s <= now_s]:
            self._cancel(target)

    def _cancel(self, target: _Object) -> None:
        self._selected.discard(target)
        target.phase, target.client = Phase.CANCELLING, None
        self._hand_on(target, Action.CANCEL, None, 0)


_ACTIVATIONS = {True: Action.SELECT, False: Action.OPERATE}
_CONFIRMATIONS = {
    Action.SELECT: Cause.ACTIVATION_CON,
    Action.OPERATE: Cause.ACTIVATION_CON,
    Action.CANCEL: Cause.DEACTIVATION_CON,
}


def _is_possible(kind: Kind, value: ElementValue) -> bool:
    if kind in _TWO_STATES:
        return value in (Dbpos.OFF, Dbpos.ON)
    return not isinstance(value, float) or math.isfinite(value)


def _is_as_selected(target: _Object, order: Order, test: bool) -> bool:
    """True too where nothing is selected first."""
    selected = target.order
    return selected is None or (selected.value, selected.qualifier, target.test) == (order.value, order.qualifier, test)
