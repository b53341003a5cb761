"""A controllable data object as the device describes it, read once per association (IEC 61850-7-3, IEC 61850-8-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from open61850.data import FloatData, IECData, IntData, StructureData, UIntData
from open61850.mms import DataAccessError, MmsClient, MmsReject, MmsType, ObjectName, ServiceError
from open61850.mms.types import PrimitiveType, StructureType

from models.difference import Difference
from models.point import Cdc, ControlModel, Handle, PointSpec
from models.scl.findings import Severity
from protocols.iec61850.comparison.control_models import in_words
from protocols.iec61850.comparison.findings import Differences

IDENTITY_OCTETS = 64
"""What orIdent of IEC 61850-8-1 may have; the command gate cuts to fewer, since devices have crashed on long ones."""

_OPTIONAL = ("sboTimeout", "operTimeout", "minVal", "maxVal", "sVC$scaleFactor", "sVC$offset")
_STEPPED = (Cdc.BSC,)


class Scaling(NamedTuple):
    """sVC of IEC 61850-7-3: value = integer times factor plus offset."""

    factor: float
    offset: float


@dataclass(frozen=True, slots=True)
class ControlObject:
    """components: the members of Oper, in order. value_kind: of its ctlVal, as `kind_of` says it.

    steps: ctlVal is a step (Tcmd). least, greatest: minVal and maxVal, None where the device says nothing. scaling: of
    an integer AnalogueValue. select_s: how long the device keeps a selection (sboTimeout). operate_s: within which it
    has to end a command (operTimeout).
    """

    name: ObjectName
    model: ControlModel
    components: tuple[str, ...]
    value_kind: str
    steps: bool = False
    least: float | None = None
    greatest: float | None = None
    scaling: Scaling | None = None
    select_s: float | None = None
    operate_s: float | None = None

    def attribute(self, name: str) -> ObjectName:
        """`CSWI1$CO$Pos`, `Oper` gives `CSWI1$CO$Pos$Oper`."""
        return ObjectName(f"{self.name.item}${name}", self.name.domain)


def kind_of(value_type: MmsType | None) -> str:
    """What a ctlVal is: an MMS type, or the members of a structure (AnalogueValue of IEC 61850-7-3: 'i', 'f')."""
    if isinstance(value_type, PrimitiveType):
        return value_type.kind
    if isinstance(value_type, StructureType):
        return f"structure of {', '.join(name for name, _ in value_type.components)}"
    return "nothing"


class Controls(NamedTuple):
    """objects: by the points that can be operated. objections: why others cannot, in words."""

    objects: dict[Handle, ControlObject]
    objections: dict[Handle, str]


def describe_controls(client: MmsClient, points: Sequence[tuple[Handle, PointSpec]], found: Differences) -> Controls:
    """Every controllable point (blocks for the device). One that the SCL gives otherwise is not operated."""
    controllable = [(handle, spec) for handle, spec in points if spec.control_model is not ControlModel.STATUS_ONLY]
    made = Controls({}, {})
    for handle, spec in controllable:
        described = _describe(client, spec, found)
        if isinstance(described, ControlObject):
            made.objects[handle] = described
        else:
            made.objections[handle] = described.text
    return made


def _describe(client: MmsClient, spec: PointSpec, found: Differences) -> ControlObject | Difference:
    try:
        return _described(client, spec, found)
    except (ServiceError, MmsReject, DataAccessError) as error:
        return _differs(found, spec, f"control of {spec.reference}", "present", f"not to be had ({error})")


def _differs(found: Differences, spec: PointSpec, subject: str, expected: str, device: str) -> Difference:
    return found.add(Severity.DANGER, subject, expected, device, spec.line, (spec.reference,))


def _described(client: MmsClient, spec: PointSpec, found: Differences) -> ControlObject | Difference:
    domain, _, path = spec.reference.partition("/")
    logical_node, _, data_object = path.replace(".", "$").partition("$")
    facts = _configuration(client, ObjectName(f"{logical_node}$CF${data_object}", domain))
    actual = facts["ctlModel"]
    if actual != spec.control_model:
        device = "not readable" if actual is None else in_words(int(actual))
        return _differs(found, spec, f"ctlModel of {spec.reference}", in_words(spec.control_model), device)
    name = ObjectName(f"{logical_node}$CO${data_object}", domain)
    oper = client.get_type(ObjectName(f"{name.item}$Oper", domain))
    if not isinstance(oper, StructureType):
        return _differs(found, spec, f"Oper of {spec.reference}", "a structure", kind_of(oper))
    factor, offset = facts["sVC$scaleFactor"], facts["sVC$offset"]
    return ControlObject(
        name,
        spec.control_model,
        tuple(component for component, _ in oper.components),
        kind_of(oper.component("ctlVal")),
        steps=spec.cdc in _STEPPED,
        least=facts["minVal"],
        greatest=facts["maxVal"],
        scaling=Scaling(factor, offset or 0.0) if factor else None,
        select_s=_seconds(facts["sboTimeout"]),
        operate_s=_seconds(facts["operTimeout"]),
    )


def _configuration(client: MmsClient, name: ObjectName) -> dict[str, float | None]:
    """ctlModel and what else the device configures, in one request; ctlModel alone where it refuses to be asked."""
    wanted = ("ctlModel", *_OPTIONAL)
    names = [ObjectName(f"{name.item}${each}", name.domain) for each in wanted]
    try:
        found = dict(zip(wanted, client.read_many(names), strict=True))
    except (ServiceError, MmsReject):
        found = {"ctlModel": client.read(names[0])}
    return {each: _number(found.get(each)) for each in wanted}


def _number(data: IECData | DataAccessError | None) -> float | None:
    """A number, or that of an AnalogueValue with one member; None for anything else."""
    if isinstance(data, StructureData) and len(data.members) == 1:
        data = data.members[0]
    return data.value if isinstance(data, IntData | UIntData | FloatData) else None


def _seconds(milliseconds: float | None) -> float | None:
    """A time-out of 0 or less means that there is none."""
    return milliseconds / 1000 if milliseconds is not None and milliseconds > 0 else None
