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
from protocols.iec104.application.asdu import Asdu, ElementValue, Order
from protocols.iec104.application.cause import Cause
from protocols.iec104.application.codec import mirror
from protocols.iec104.application.cp56 import TimeTags
from protocols.iec104.application.types import TYPES
from protocols.iec104.controlled_station.commands.checks import Asked, fault
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


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One service that a control centre asks for. number: what `complete` and `terminate` take.

    client: the control centre as `group host`, empty when the station itself cancels; centre: its group alone. where:
    the object by address and name, for people. test: the T bit, nothing moves.
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
    centre: str = ""
    where: str = ""


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
    executed: Order | None = None  # the last one that was carried out, if it had a time tag

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
        reason = self._busy(target, client, action) or fault(self._asked(target, client, action, asdu, order))
        if reason or self.on_request is None:
            client.answer(mirror(raw, _CONFIRMATIONS[action], negative=True))
            self.on_refusal(
                f"{client.name}: {SERVICES[action]} of {target.point} refused: "
                f"{reason or 'nobody carries out commands here'} (originator address {asdu.originator})"
            )
            return
        target.phase = _table(target)[target.phase, action]
        target.client, target.raw, target.test = client, raw, asdu.test
        target.order = target.order if action is Action.CANCEL else order
        self._selected.discard(target)
        self._hand_on(target, action, client, asdu.originator)

    @staticmethod
    def _busy(target: _Object, client: Client, action: Action) -> str:
        """Why the object cannot take this service now; '' when it can."""
        if target.phase is Phase.SELECTED and target.client is not client:
            holder = target.client.name if target.client is not None else "another control centre"
            return f"{holder} has selected it"
        if (target.phase, action) in _table(target):
            return ""
        if target.phase is Phase.IDLE and action is Action.CANCEL:
            return "the object is idle, there is nothing to cancel"
        if target.phase is Phase.IDLE:
            return "the object is idle and " + ("must be selected first" if target.point.select else "is not selected")
        return f"the object is {target.phase.value}; one command at a time"

    def _asked(self, target: _Object, client: Client, action: Action, asdu: Asdu, order: Order) -> Asked:
        row = TYPES[asdu.type_id]
        selected = target.order if target.phase is Phase.SELECTED else None
        return Asked(
            row.kind,
            row.tagged,
            action,
            order,
            asdu.test,
            target.point.qualifiers,
            None if selected is None else (selected, target.test),
            target.executed,
            self._clock(),
            client.settings.command_window_s,
        )

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
                client.settings.name if client is not None else "",
                str(point),
            )
        )

    def complete(self, number: int, positive: bool, now_s: float) -> None:
        """Confirm or refuse a request. A confirmed operation stays outstanding until `terminate`."""
        target, action, client, raw = self._take(number)
        if client is not None:
            client.answer(mirror(raw, _CONFIRMATIONS[action], negative=not positive))
        if action is Action.OPERATE and positive:
            target.executed = target.order if target.order is not None and target.order.time_ns is not None else None
            self._pending[number] = (target, action, client, raw)
        elif action is Action.SELECT and positive:
            target.phase, target.deadline_s = Phase.SELECTED, now_s + self._select_timeout_s
            self._selected.add(target)
            if target.client is None:  # the control centre went away meanwhile
                self._cancel(target)
        else:
            target.release()

    def terminate(self, number: int, positive: bool = True) -> None:
        """The operation has ended; P/N = 1 tells that it has not reached what was commanded, or that nobody knows."""
        target, _, client, raw = self._take(number)
        if client is not None:
            client.answer(mirror(raw, Cause.TERMINATION, negative=not positive))
        target.release()

    def _take(self, number: int) -> tuple[_Object, Action, Client | None, bytes]:
        if number not in self._pending:
            raise LocalProtocolError(f"command request {number} is not outstanding; complete each one once")
        return self._pending.pop(number)

    def leave(self, client: Client) -> None:
        """The connection is gone or stopped: its selections are cancelled, its answers are sent to nobody."""
        for number, (target, action, owner, raw) in list(self._pending.items()):
            if owner is client:
                self._pending[number] = (target, action, None, raw)
        for target in self._objects.values():
            if target.client is client:
                target.client = None
                if target.phase is Phase.SELECTED:
                    self._cancel(target)

    def busy(self) -> str:
        """The first object that is selected or in execution, in words; '' when there is none."""
        busy = (target for target in self._objects.values() if target.phase is not Phase.IDLE)
        return next((f"{target.point} is {target.phase.value}" for target in busy), "")

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
SERVICES = {Action.SELECT: "select", Action.OPERATE: "execute", Action.CANCEL: "cancel"}
"""As IEC 60870-5-101 calls them."""

_CONFIRMATIONS = {
    Action.SELECT: Cause.ACTIVATION_CON,
    Action.OPERATE: Cause.ACTIVATION_CON,
    Action.CANCEL: Cause.DEACTIVATION_CON,
}


def _table(target: _Object) -> dict[tuple[Phase, Action], Phase]:
    return SELECT_FIRST if target.point.select else DIRECT
