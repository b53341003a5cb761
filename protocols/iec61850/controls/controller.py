"""Controls: one service of the control model per Command (IEC 61850-7-2 clause 20, IEC 61850-8-1 clause 20).

    SELECT   SBO_NORMAL reads SBO, SBO_ENHANCED writes SBOw
    OPERATE  writes Oper; with enhanced security the device's CommandTermination is the answer
    CANCEL   writes Cancel

A positive answer is no success: that is the confirmed position (SAFETY S21). Nothing here repeats or falls back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeVar

from open61850.data import IECData, StructureData, VisibleStringData
from open61850.mms import (
    DataAccessError,
    InformationReport,
    LastApplError,
    MmsClient,
    MmsReject,
    ObjectName,
    ServiceError,
)

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.errors import LinkError, LocalProtocolError, words_of
from models.point import ControlModel, Handle
from protocols.iec61850.association import LIBRARY_ERRORS
from protocols.iec61850.controls.control_object import ControlObject
from protocols.iec61850.controls.hearing import Numbered, add_cause, cause_text, last_appl_error
from protocols.iec61850.controls.selections import Objection, Selections
from protocols.iec61850.controls.structures import command_value
from protocols.iec61850.controls.substitution import Substitutions
from protocols.iec61850.setting_groups.active_groups import ActiveGroups
from protocols.iec61850.worker import Worker

LAST_APPL_ERROR_GRACE_S = 0.5
"""LastApplError precedes the negative answer; some devices send it after."""
_REMEMBERED = 16  # commands that have ended, by which a late or second termination is recognised

_Result = TypeVar("_Result")
_ENHANCED = (ControlModel.DIRECT_ENHANCED, ControlModel.SBO_ENHANCED)

_ATTRIBUTES: dict[tuple[Action, ControlModel], str] = {
    (Action.SELECT, ControlModel.SBO_NORMAL): "SBO",
    (Action.SELECT, ControlModel.SBO_ENHANCED): "SBOw",
    (Action.OPERATE, ControlModel.DIRECT_NORMAL): "Oper",
    (Action.OPERATE, ControlModel.SBO_NORMAL): "Oper",
    (Action.OPERATE, ControlModel.DIRECT_ENHANCED): "Oper",
    (Action.OPERATE, ControlModel.SBO_ENHANCED): "Oper",
    (Action.CANCEL, ControlModel.SBO_NORMAL): "Cancel",
    (Action.CANCEL, ControlModel.SBO_ENHANCED): "Cancel",
    (Action.CANCEL, ControlModel.DIRECT_ENHANCED): "Cancel",
}
"""The attribute of the control object that a service writes (SBO: reads); what is absent does not exist."""


@dataclass(slots=True)
class _Pending:
    """A command on its way, and what the device says of it outside the answers to our requests."""

    command: Numbered
    refusal: asyncio.Future[LastApplError] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    termination: asyncio.Future[LastApplError | str | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )  # None: positive; a text: the link ended first

    @property
    def control(self) -> ControlObject:
        return self.command.control


class Controller:
    """Executes commands over one association. All methods run on the loop; only requests go to the worker.

    notice: takes one line about an oddity of the device. groups, substitutions: what executes commands of these.
    objections: why a point is not operated, in words: device and SCL differ.
    """

    def __init__(
        self,
        client: MmsClient,
        worker: Worker,
        controls: Mapping[Handle, ControlObject],
        timeout_s: float,
        termination_s: float,
        notice: Callable[[str], None] = lambda text: None,
        groups: ActiveGroups | None = None,
        substitutions: Substitutions | None = None,
        objections: Mapping[Handle, str] = MappingProxyType({}),
    ) -> None:
        self._client, self._worker, self._controls = client, worker, controls
        self._timeout_s, self._termination_s = timeout_s, termination_s
        self._notice, self._groups, self._substitutions = notice, groups, substitutions
        self._objections = objections
        self._pending: list[_Pending] = []
        self._selections = Selections()
        self._over: deque[tuple[Numbered, bool]] = deque(maxlen=_REMEMBERED)  # True: its termination had come
        self._ended = ""

    def heard(self, message: InformationReport) -> None:
        """A report on no data set: LastApplError, CommandTermination or both."""
        error = last_appl_error(message)
        for pending in self._pending:
            if pending.command.is_ended_by(message):
                if pending.termination.done():
                    self._notice_of(pending.command, True)
                _settle(pending.termination, error)
                if error is not None:  # some devices refuse with what is a negative termination
                    _settle(pending.refusal, error)
                return
            if error is not None and pending.command.is_concerned(error):
                _settle(pending.refusal, error)
                return
        self._too_late(message)

    def _too_late(self, message: InformationReport) -> None:
        """Nobody waits for it: the outcome has been told, and what the position says of it counts."""
        for command, had_come in self._over:
            if command.is_ended_by(message):
                self._notice_of(command, had_come)
                return

    def _notice_of(self, command: Numbered, had_come: bool) -> None:
        how = "came twice" if had_come else "came when nobody waited for it any more"
        self._notice(f"the CommandTermination of {command.control.name} {how}; the position decides")

    def end(self, reason: str) -> None:
        """The association is gone: nobody waits any longer for a termination."""
        self._ended = reason
        for pending in self._pending:
            _settle(pending.termination, reason)

    async def execute(self, command: Command) -> CommandResult:
        """Carry out one service; refusals and silence are results, never exceptions."""
        if command.action in (Action.SUBSTITUTE, Action.RESTORE) and self._substitutions is not None:
            return await self._substitutions.execute(command)
        if self._groups is not None and self._groups.serves(command.handle):
            return await self._groups.execute(command)
        if objection := self._objections.get(command.handle):
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{objection}; nothing was sent")
        control = self._controls.get(command.handle)
        name = _ATTRIBUTES.get((command.action, control.model)) if control else None
        if control is None or name is None:
            return _refused(
                AddCause.NOT_SUPPORTED, f"the control model has no {command.action.value}; nothing was sent"
            )
        try:
            value = command_value(control, command)  # made for a read of SBO too: nothing is selected in vain
        except LocalProtocolError as error:
            return _refused(AddCause.INCONSISTENT_PARAMETERS, f"{error}; nothing was sent")
        if self._ended:
            return _refused(AddCause.UNKNOWN, f"the link is down ({self._ended}); nothing was sent")
        fitting = self._selections.fitting(control, command.action, value)
        if isinstance(fitting, Objection):
            return _refused(fitting.cause, f"{fitting.text}; nothing was sent")
        return await self._attended(_Pending(Numbered(control, command.number & 0xFF)), name, fitting)

    async def _attended(self, pending: _Pending, name: str, value: StructureData) -> CommandResult:
        """Serve while what the device says of it is heard; afterwards remember it and what is selected."""
        self._pending.append(pending)
        try:
            result = await self._serve(pending, name, None if name == "SBO" else value)
        finally:
            self._pending.remove(pending)
            if name == "Oper" and pending.control.model in _ENHANCED:
                had_come = pending.termination.done() and not pending.termination.cancelled()
                self._over.append((pending.command, had_come))
            self._selections.released(pending.control)
        if name in ("SBO", "SBOw") and result.accepted:
            self._selections.selected(pending.control, value)
        return result

    async def _serve(self, pending: _Pending, name: str, value: StructureData | None) -> CommandResult:
        target = pending.control.attribute(name)
        try:
            refusal = await self._worker.call(lambda: _request(self._client, target, value), self._timeout_s)
        except LinkError as error:
            return _refused(AddCause.UNKNOWN, f"{error}; nothing was sent")
        except LIBRARY_ERRORS as error:  # TimeoutError is an OSError
            return _unknown(f"no answer to {name} of {pending.control.name}: {words_of(error)}")
        if refusal:
            return await self._refusal(pending, name, refusal)
        if name == "Oper" and pending.control.model in _ENHANCED:
            return await self._termination(pending)
        return CommandResult(Outcome.ACCEPTED)

    async def _refusal(self, pending: _Pending, name: str, refusal: str) -> CommandResult:
        """A negative answer, with the AddCause of the LastApplError that belongs to it."""
        try:
            async with asyncio.timeout(LAST_APPL_ERROR_GRACE_S):
                error = await pending.refusal
        except TimeoutError:
            return _refused(AddCause.UNKNOWN, f"{name} refused: {refusal}; the device gives no cause")
        return _refused(add_cause(error), f"{name} refused: {cause_text(error)}")

    async def _termination(self, pending: _Pending) -> CommandResult:
        """What ended the command. A negative end comes after a beginning: nobody knows how far it went."""
        patience_s = max(self._termination_s, pending.control.operate_s or 0.0)
        try:
            async with asyncio.timeout(patience_s):
                end = await pending.termination
        except TimeoutError:
            return _unknown(f"no CommandTermination of {pending.control.name} within {patience_s:g} s")
        if isinstance(end, str):
            return _unknown(f"the link ended before the CommandTermination of {pending.control.name}: {end}")
        if end is not None:
            return CommandResult(Outcome.FAILED, add_cause(end), f"terminated: {cause_text(end)}")
        return CommandResult(Outcome.ACCEPTED)


def _request(client: MmsClient, target: ObjectName, value: StructureData | None) -> str:
    """One request on the worker; the words of a negative answer, or nothing."""
    try:
        if value is None:
            return "" if _selected(client.read(target)) else "the device does not select the object"
        client.write(target, value)
    except (DataAccessError, ServiceError, MmsReject) as error:
        return str(error)
    return ""


def _selected(answer: IECData) -> bool:
    """A read of SBO selects and answers with the object's reference; an empty string is a refusal (8-1 20.2)."""
    return isinstance(answer, VisibleStringData) and bool(answer.value)


def _settle(future: asyncio.Future[_Result], result: _Result) -> None:
    if not future.done():
        future.set_result(result)


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)


def _unknown(reason: str) -> CommandResult:
    return CommandResult(Outcome.UNKNOWN, AddCause.UNKNOWN, reason)
