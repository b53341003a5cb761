"""Substitution at the device: subVal, subID and subEna, functional constraint SV (IEC 61850-7-3, IEC 61850-8-1).

The device then tells our value to everybody, with the source 'substituted', until it is told to stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from open61850.data import (
    BitStringData,
    BoolData,
    FloatData,
    IECData,
    IntData,
    StructureData,
    UIntData,
    VisibleStringData,
)
from open61850.mms import DataAccessError, MmsClient, MmsReject, MmsType, ObjectName, ServiceError
from open61850.mms.types import PrimitiveType, StructureType

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.errors import LinkError, words_of
from models.point import Dbpos, Handle, Value
from protocols.iec61850.association import LIBRARY_ERRORS
from protocols.iec61850.worker import Worker

_VALUES = ("subVal", "subMag")
"""Where the value stands: of a state, of a measured value."""
_IDENTITY_OCTETS = 64
_REFUSED = (DataAccessError, ServiceError, MmsReject)


class Substitutions:
    """Of one association. references: of every point (`IED1LD0/CSWI1.Pos`)."""

    def __init__(self, client: MmsClient, worker: Worker, references: Mapping[Handle, str], timeout_s: float) -> None:
        self._client, self._worker, self._references, self._timeout_s = client, worker, references, timeout_s

    async def execute(self, command: Command) -> CommandResult:
        """SUBSTITUTE or RESTORE. Refusals and silence are results, never exceptions."""
        reference = self._references.get(command.handle)
        if reference is None:
            return CommandResult(
                Outcome.REFUSED, AddCause.NOT_SUPPORTED, "the link has no such point; nothing was sent"
            )
        work = partial(
            _substitute if command.action is Action.SUBSTITUTE else _restore, self._client, reference, command
        )
        try:
            refusal = await self._worker.call(work, 4 * self._timeout_s)  # some requests, one after the other
        except LinkError as error:
            return CommandResult(Outcome.REFUSED, AddCause.UNKNOWN, f"{error}; nothing was sent")
        except LIBRARY_ERRORS as error:
            text = f"no answer about the substitution of {reference}: {words_of(error)}"
            return CommandResult(Outcome.UNKNOWN, AddCause.UNKNOWN, text)
        if refusal:
            return CommandResult(Outcome.REFUSED, AddCause.NOT_SUPPORTED, refusal)
        return CommandResult(Outcome.ACCEPTED)


def _substitute(client: MmsClient, reference: str, command: Command) -> str:
    """On the worker; why not, or ''. subEna comes last: before it nothing shows."""
    name = _name(reference)
    try:
        members = client.get_type(name)
    except _REFUSED as error:
        return f"{reference} cannot be substituted in the device ({error})"
    found = next(((each, _component(members, each)) for each in _VALUES if _component(members, each)), None)
    if found is None or _component(members, "subEna") is None:
        return f"{reference} cannot be substituted in the device: it has no subEna, or none of {', '.join(_VALUES)}"
    attribute, kind = found
    data = encoded(kind, command.value)
    if data is None:
        return f"{attribute} of {reference} does not take {command.value!r}"
    writes: list[tuple[str, IECData]] = [(attribute, data)]
    if _component(members, "subID") is not None:
        identity = command.originator.identity.encode("ascii", "replace").decode()[:_IDENTITY_OCTETS]
        writes.append(("subID", VisibleStringData(identity)))
    return _written(client, name, reference, [*writes, ("subEna", BoolData(True))])


def _restore(client: MmsClient, reference: str, command: Command) -> str:
    return _written(client, _name(reference), reference, [("subEna", BoolData(False))])


def _written(client: MmsClient, name: ObjectName, reference: str, writes: list[tuple[str, IECData]]) -> str:
    for attribute, data in writes:
        target = ObjectName(f"{name.item}${attribute}", name.domain)
        try:
            client.write(target, data)
            if attribute == "subEna" and client.read(target) != data:
                return f"the device took subEna of {reference} and does not show it"
        except _REFUSED as error:
            return f"the device refuses {attribute} of {reference}: {error}"
    return ""


def _name(reference: str) -> ObjectName:
    domain, _, path = reference.partition("/")
    node, _, data_object = path.replace(".", "$").partition("$")
    return ObjectName(f"{node}$SV${data_object}", domain)


def _component(members: MmsType | None, name: str) -> MmsType | None:
    return members.component(name) if isinstance(members, StructureType) else None


def encoded(kind: MmsType | None, value: Value) -> IECData | None:
    """The value as the type wants it; None where it does not fit."""
    if isinstance(kind, StructureType):
        real = kind.component("f")
        data = None if real is None or len(kind.components) != 1 else encoded(real, value)
        return None if data is None else StructureData([data])
    encode = _ENCODERS.get(kind.kind) if isinstance(kind, PrimitiveType) else None
    return None if encode is None else encode(value)


def _position(value: Value) -> IECData | None:
    return BitStringData(bytes([value << 6]), 6) if isinstance(value, Dbpos) else None


def _boolean(value: Value) -> IECData | None:
    return BoolData(value) if isinstance(value, bool) else None


def _integer(value: Value) -> IECData | None:
    return IntData(value) if isinstance(value, int) and not isinstance(value, bool | Dbpos) else None


def _unsigned(value: Value) -> IECData | None:
    data = _integer(value)
    return UIntData(data.value) if isinstance(data, IntData) and data.value >= 0 else None


def _real(value: Value) -> IECData | None:
    return FloatData(float(value)) if isinstance(value, int | float) and not isinstance(value, bool | Dbpos) else None


_ENCODERS: dict[str, Callable[[Value], IECData | None]] = {
    "bit-string": _position,
    "boolean": _boolean,
    "integer": _integer,
    "unsigned": _unsigned,
    "float": _real,
}
