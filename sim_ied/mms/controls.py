"""Controls of a simulated IED: open61850's engine, and what a device of edition 2 does beyond it.

- Mod/Beh and Test (IEC 61850-7-4, behaviour): see MODES. A command that passes is carried out, test or not.
- With select-with-value, Oper must repeat what was selected (inconsistent-parameters otherwise).
- stSeld, origin and ctlNum of the object follow the command, where its type has them.
- sboClass operate-many keeps the selection; Cancel ends a command that waits for its operTm, and none that moves.
- Analogue set-points and steps have a behaviour of their own where nobody gives them one (`echo`).
"""

from __future__ import annotations

import functools
import logging
import time
from typing import TYPE_CHECKING

from open61850.data import BoolData, IECData, IntData, StructureData, UIntData, VisibleStringData
from open61850.mms.pdu import ObjectName
from open61850.server import ServerConnection
from open61850.server.control import (
    ADD_CAUSE_BLOCKED_BY_MODE,
    ADD_CAUSE_COMMAND_IN_EXECUTION,
    ADD_CAUSE_INCONSISTENT_PARAMETERS,
    ADD_CAUSE_UNKNOWN,
    IN_EXECUTION,
    SBO_ENHANCED,
    Command,
    ControlEngine,
)
from open61850.server.model import ACCESS_TYPE_INCONSISTENT, Node, _fits

from models.command import AddCause
from models.errors import RingmainError
from sim_ied.mms.control_fields import Key, command_of, fields_of, key_of, service_of
from sim_ied.mms.echo import echo
from sim_ied.mms.reports import Reports

if TYPE_CHECKING:
    from sim_ied.mms.server import Server

logger = logging.getLogger(__name__)

MODES: dict[int, tuple[frozenset[bool], bool]] = {
    1: (frozenset({False}), True),
    2: (frozenset({False}), False),
    3: (frozenset({True}), True),
    4: (frozenset({True}), False),
    5: (frozenset(), False),
}
"""By Beh (on, on-blocked, test, test/blocked, off): which Test bits pass, and whether the order reaches the process."""

_ANY = (frozenset({False, True}), True)
_ON = 1
_REPEATED = ("ctlVal", "operTm", "origin", "ctlNum", "Test", "Check")


class Controls(ControlEngine):
    """The controllable objects of a server."""

    server: Server

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._chosen: dict[Key, dict[str, IECData]] = {}
        self._moving: set[Key] = set()
        self._unanswered: set[Key] = set()
        self._cancelled: list[Command] = []

    def finish(self, reference: str, cause: int | None = None) -> bool:
        with self._lock:
            self._moving.discard(key_of(reference))
            return super().finish(reference, cause)

    def _on_read(self, connection: object, name: ObjectName) -> IECData | int | None:
        answer = super()._on_read(connection, name)
        if service_of(name) == "SBO" and isinstance(answer, VisibleStringData) and answer.value:
            self._show_selection(key_of(str(name)), True)
        return answer

    def _on_write(self, connection: object, name: ObjectName, value: IECData) -> int | bool | None:
        service = service_of(name)
        node = self.model.node(name) if service in ("Oper", "SBOw", "Cancel") else None
        if node is None:
            return super()._on_write(connection, name, value)
        if not isinstance(value, StructureData) or not _fits(node.mms_type, value):
            return ACCESS_TYPE_INCONSISTENT
        fields, key = fields_of(node, value), key_of(str(name))
        with self._lock:
            held = self._selections.get(key)
            cause = self._objection(connection, key, service, fields)
            if cause is not None:
                return self._refuse(connection, name, command_of(connection, key, fields), cause)
            result = super()._on_write(connection, name, value)
            if result is True and service == "Oper" and held is not None and self._number(key, "sboClass"):
                self._selections[key] = held
            if result is True:
                self._begin_when_answered(connection, key)
                self._follow(key, service, fields)
            return result

    def _begin_when_answered(self, connection: object, key: Key) -> None:
        """With enhanced security the library begins when the answer has gone; it never does if the client has gone."""
        if isinstance(connection, ServerConnection) and connection.after_response:
            self._unanswered.add(key)
            connection.after_response.insert(0, functools.partial(self._unanswered.discard, key))

    def _objection(self, connection: object, key: Key, service: str, fields: dict[str, IECData]) -> int | None:
        """What speaks against a service that the library would let pass."""
        if service == "Cancel" and key in self._executions:
            return self._cancel(key, connection)
        selected = self._selected_by(key) is connection
        if service == "Oper" and selected and self._number(key, "ctlModel") == SBO_ENHANCED:
            chosen = self._chosen.get(key, fields)
            if any(chosen.get(each) != fields.get(each) for each in _REPEATED):
                return ADD_CAUSE_INCONSISTENT_PARAMETERS
        return None

    def _cancel(self, key: Key, connection: object) -> int | None:
        """A command that waits for its time ends; one that moves the process cannot be called back."""
        execution = self._executions[key]
        if execution.client is not connection:
            return int(AddCause.LOCKED_BY_OTHER_CLIENT)
        if key in self._moving:
            return ADD_CAUSE_COMMAND_IN_EXECUTION
        self._cancelled.append(execution.command)
        self.finish("/".join(key), int(AddCause.ABORTION_BY_CANCEL))
        return None

    def _follow(self, key: Key, service: str, fields: dict[str, IECData]) -> None:
        """After a positive answer: what the object shows of it."""
        if service == "SBOw":
            self._chosen[key] = fields
        self._show_selection(key, self._selected_by(key) is not None)

    def _show_selection(self, key: Key, selected: bool) -> None:
        if self._node(key, "ST", "stSeld") is None:
            return
        self._show(key, "ST", "stSeld", BoolData(selected), notify=True)
        if selected and isinstance(self.server.reports, Reports):
            _, logical_node, name = _split(key)
            due = time.monotonic() + self._sbo_timeout(key[0], logical_node, name) + 0.01
            self.server.reports.later(due, functools.partial(self._lapse, key))

    def _lapse(self, key: Key) -> None:
        with self._lock:
            if self._selected_by(key) is None:
                self._show(key, "ST", "stSeld", BoolData(False), notify=True)

    def _on_close(self, connection: object) -> None:
        with self._lock:
            held = [key for key, selection in self._selections.items() if selection.client is connection]
            never = [key for key in self._unanswered if self._executions[key].client is connection]
            super()._on_close(connection)
            for key in never:
                self._unanswered.discard(key)
                self.finish("/".join(key))
            for key in held:
                self._show_selection(key, False)

    def blocked(self, command: Command) -> bool:
        """Whether an accepted order must not reach the process."""
        _, reaches_process = self._mode((command.domain, command.object_item))
        return not reaches_process

    def _mode(self, key: Key) -> tuple[frozenset[bool], bool]:
        """What passes; Mod itself always does, or nobody could leave a mode."""
        return _ANY if key[1].endswith("$CO$Mod") else MODES.get(self._behaviour(key), MODES[_ON])

    def _check(self, key: Key, command: Command) -> int | None:
        passing, _ = self._mode(key)
        return super()._check(key, command) if command.test in passing else ADD_CAUSE_BLOCKED_BY_MODE

    def _execute(self, command: Command) -> int | None:
        key = (command.domain, command.object_item)
        if command.origin is not None:
            self._show(key, "ST", "origin", command.origin)
        self._show(key, "ST", "ctlNum", UIntData(command.ctl_num))
        handler = self.handlers.get(key)
        if handler is None and self.blocked(command):
            return None
        try:
            return handler(command) if handler is not None else echo(self.model, command)
        except (RingmainError, TimeoutError, RuntimeError, ValueError, TypeError) as error:
            logger.warning("%s/%s: command failed: %s", *key, error)
            return ADD_CAUSE_UNKNOWN

    def _run(self, connection: object, name: ObjectName, command: Command, oper: IECData, enhanced: bool) -> int | None:
        key = (command.domain, command.object_item)
        with self._lock:
            if self._forget_cancelled(command):
                return IN_EXECUTION  # its end has been told when it was cancelled
            self._moving.add(key)
            cause = super()._run(connection, name, command, oper, enhanced)
            if cause != IN_EXECUTION:
                self._moving.discard(key)
            return cause

    def _forget_cancelled(self, command: Command) -> bool:
        before = len(self._cancelled)
        self._cancelled = [each for each in self._cancelled if each is not command]
        return len(self._cancelled) < before

    # --- what the model says of an object

    def _behaviour(self, key: Key) -> int:
        """Beh of its logical node, else of its logical device; on where neither says anything."""
        domain, logical_node, _ = _split(key)
        for holder in (logical_node, "LLN0"):
            node = self.model.node(ObjectName(f"{holder}$ST$Beh$stVal", domain))
            if node is not None and isinstance(node.value, IntData) and node.value.value:
                return node.value.value
        return _ON

    def _number(self, key: Key, attribute: str) -> int:
        node = self._node(key, "CF", attribute)
        return node.value.value if node is not None and isinstance(node.value, IntData | UIntData) else 0

    def _node(self, key: Key, constraint: str, attribute: str) -> Node | None:
        domain, logical_node, name = _split(key)
        return self.model.node(ObjectName(f"{logical_node}${constraint}${name}${attribute}", domain))

    def _show(self, key: Key, constraint: str, attribute: str, value: IECData, *, notify: bool = False) -> None:
        node = self._node(key, constraint, attribute)
        if node is not None and _fits(node.mms_type, value):
            self.model.set(ObjectName(node.item, key[0]), value, notify=notify)


def _split(key: Key) -> tuple[str, str, str]:
    """Domain, logical node, data object (with its sub data objects)."""
    logical_node, _, name = key[1].split("$", 2)
    return key[0], logical_node, name
