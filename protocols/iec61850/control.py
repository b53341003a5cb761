"""Controls: one service of the control model per Command (IEC 61850-7-2 clause 20, IEC 61850-8-1 clause 20).

    SELECT   SBO_NORMAL reads SBO, SBO_ENHANCED writes SBOw
    OPERATE  writes Oper; with enhanced security the device's CommandTermination is the answer
    CANCEL   writes Cancel

A positive answer is no success: that is the confirmed position (SAFETY S21). Nothing here repeats or falls back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from open61850.data import (
    IECData,
    IntData,
    StructureData,
    UIntData,
    VisibleStringData,
)
from open61850.mms import (
    DataAccessError,
    InformationReport,
    LastApplError,
    MmsClient,
    MmsReject,
    ObjectName,
    ServiceError,
)
from open61850.mms.control import LAST_APPL_ERROR
from open61850.mms.types import StructureType

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.errors import LinkError, LocalProtocolError
from models.point import ControlModel, Handle, PointSpec
from protocols.iec61850.association import LIBRARY_ERRORS
from protocols.iec61850.blocks import mismatch
from protocols.iec61850.parameters import ControlObject, command_value, kind_of
from protocols.iec61850.worker import Worker

LAST_APPL_ERROR_GRACE_S = 0.5
"""LastApplError precedes the negative answer; some devices send it after."""

_Result = TypeVar("_Result")
_ENHANCED = (ControlModel.DIRECT_ENHANCED, ControlModel.SBO_ENHANCED)
_ADD_CAUSES = {int(cause): cause for cause in AddCause}

_ATTRIBUTES: dict[tuple[Action, ControlModel], str] = {
    (Action.SELECT, ControlModel.SBO_NORMAL): "SBO",
    (Action.SELECT, ControlModel.SBO_ENHANCED): "SBOw",
    (Action.OPERATE, ControlModel.DIRECT_NORMAL): "Oper",
    (Action.OPERATE, ControlModel.DIRECT_ENHANCED): "Oper",
    (Action.OPERATE, ControlModel.SBO_NORMAL): "Oper",
    (Action.OPERATE, ControlModel.SBO_ENHANCED): "Oper",
    (Action.CANCEL, ControlModel.SBO_NORMAL): "Cancel",
    (Action.CANCEL, ControlModel.SBO_ENHANCED): "Cancel",
    (Action.CANCEL, ControlModel.DIRECT_ENHANCED): "Cancel",
}
"""The attribute of the control object that a service writes (SBO: reads); what is absent does not exist."""


@dataclass(slots=True)
class _Pending:
    """A command on its way, and what the device says of it outside the answers to our requests."""

    control: ControlObject
    number: int
    refusal: asyncio.Future[LastApplError] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    termination: asyncio.Future[LastApplError | str | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )  # None: positive; a text: the link ended first


def describe_controls(client: MmsClient, points: Sequence[tuple[Handle, PointSpec]]) -> dict[Handle, ControlObject]:
    """Read ctlModel and the Oper type of every controllable point (blocks). LinkError where the SCL says otherwise."""
    controllable = [(handle, spec) for handle, spec in points if spec.control_model is not ControlModel.STATUS_ONLY]
    return {handle: _describe(client, spec) for handle, spec in controllable}


def _describe(client: MmsClient, spec: PointSpec) -> ControlObject:
    domain, _, path = spec.reference.partition("/")
    logical_node, _, data_object = path.replace(".", "$").partition("$")
    model = client.read(ObjectName(f"{logical_node}$CF${data_object}$ctlModel", domain))
    actual = model.value if isinstance(model, IntData | UIntData) else None
    if actual != spec.control_model:
        raise mismatch(f"ctlModel of {spec.reference}", int(spec.control_model), actual)
    name = ObjectName(f"{logical_node}$CO${data_object}", domain)
    oper = client.get_type(ObjectName(f"{name.item}$Oper", domain))
    if not isinstance(oper, StructureType):
        raise mismatch(f"Oper of {spec.reference}", "a structure", "something else")
    kind = kind_of(oper.component("ctlVal"))
    return ControlObject(name, spec.control_model, tuple(component for component, _ in oper.components), kind)


class Controller:
    """Executes commands over one association. All methods run on the loop; only requests go to the worker."""

    def __init__(
        self,
        client: MmsClient,
        worker: Worker,
        controls: dict[Handle, ControlObject],
        timeout_s: float,
        termination_s: float,
    ) -> None:
        self._client = client
        self._worker = worker
        self._controls = controls
        self._timeout_s = timeout_s
        self._termination_s = termination_s
        self._pending: list[_Pending] = []
        self._ended = ""

    def heard(self, message: InformationReport) -> None:
        """A report on no data set: LastApplError, CommandTermination or both."""
        error = _last_appl_error(message)
        for pending in self._pending:
            if _terminates(message, pending):
                _settle(pending.termination, error)
            elif error is not None and _concerns(error, pending):
                _settle(pending.refusal, error)

    def end(self, reason: str) -> None:
        """The association is gone: nobody waits any longer for a termination."""
        self._ended = reason
        for pending in self._pending:
            _settle(pending.termination, reason)

    async def execute(self, command: Command) -> CommandResult:
        """Carry out one service; refusals and silence are results, never exceptions."""
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
        pending = _Pending(control, command.number & 0xFF)
        self._pending.append(pending)
        try:
            return await self._serve(pending, name, None if name == "SBO" else value)
        finally:
            self._pending.remove(pending)

    async def _serve(self, pending: _Pending, name: str, value: StructureData | None) -> CommandResult:
        target = pending.control.attribute(name)
        try:
            refusal = await self._worker.call(lambda: _request(self._client, target, value), self._timeout_s)
        except LinkError as error:
            return _refused(AddCause.UNKNOWN, f"{error}; nothing was sent")
        except LIBRARY_ERRORS as error:  # TimeoutError is an OSError
            return _unknown(f"no answer to {name} of {pending.control.name}: {error or type(error).__name__}")
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
        return _refused(_add_cause(error), f"{name} refused: {error.add_cause_name}")

    async def _termination(self, pending: _Pending) -> CommandResult:
        try:
            async with asyncio.timeout(self._termination_s):
                end = await pending.termination
        except TimeoutError:
            return _unknown(f"no CommandTermination of {pending.control.name} within {self._termination_s:g} s")
        if isinstance(end, str):
            return _unknown(f"the link ended before the CommandTermination of {pending.control.name}: {end}")
        if end is not None:
            return _refused(_add_cause(end), f"terminated: {end.add_cause_name}")
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


def _last_appl_error(message: InformationReport) -> LastApplError | None:
    for name, result in _pairs(message):
        if name == LAST_APPL_ERROR and isinstance(result, StructureData):
            try:
                return LastApplError.from_data(result)
            except (ValueError, TypeError):
                return None
    return None


def _concerns(error: LastApplError, pending: _Pending) -> bool:
    reference = error.control_object.replace(".", "$")
    wanted = str(pending.control.name)
    return (reference == wanted or reference.startswith(wanted + "$")) and error.ctl_num == pending.number


def _terminates(message: InformationReport, pending: _Pending) -> bool:
    """True for the CommandTermination of this very command, recognised by object and ctlNum."""
    oper = pending.control.attribute("Oper")
    place = pending.control.components.index("ctlNum") if "ctlNum" in pending.control.components else None
    for name, result in _pairs(message):
        if name != oper:
            continue
        if place is None or not isinstance(result, StructureData) or place >= len(result.members):
            return True
        number = result.members[place]
        return not isinstance(number, IntData | UIntData) or number.value == pending.number
    return False


def _pairs(message: InformationReport) -> Iterable[tuple[ObjectName, IECData | DataAccessError]]:
    return zip(message.variables, message.results, strict=False)


def _add_cause(error: LastApplError) -> AddCause:
    return _ADD_CAUSES.get(error.add_cause, AddCause.UNKNOWN)


def _settle(future: asyncio.Future[_Result], result: _Result) -> None:
    if not future.done():
        future.set_result(result)


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)


def _unknown(reason: str) -> CommandResult:
    return CommandResult(Outcome.UNKNOWN, AddCause.UNKNOWN, reason)
