"""What a device says of a command beside its answers: LastApplError and CommandTermination (IEC 61850-8-1). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from open61850.data import IECData, IntData, StructureData, UIntData
from open61850.mms import DataAccessError, InformationReport, LastApplError, ObjectName
from open61850.mms.control import CONTROL_ERRORS, LAST_APPL_ERROR

from models.command import AddCause
from protocols.iec61850.controls.control_object import ControlObject

_ADD_CAUSES = {int(cause): cause for cause in AddCause}
_CONSTRAINT = "CO"
_SERVICES = ("Oper", "SBOw", "SBO", "Cancel")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A command as a device names it: its object and its ctlNum."""

    control: ControlObject
    number: int

    def is_concerned(self, error: LastApplError) -> bool:
        return _object_of(error.control_object) == _object_of(str(self.control.name)) and error.ctl_num == self.number

    def is_ended_by(self, message: InformationReport) -> bool:
        """True for the CommandTermination of this very command, recognised by object and ctlNum."""
        oper = self.control.attribute("Oper")
        place = self.control.components.index("ctlNum") if "ctlNum" in self.control.components else None
        for name, result in _pairs(message):
            if name != oper:
                continue
            if place is None or not isinstance(result, StructureData) or place >= len(result.members):
                return True
            number = result.members[place]
            return not isinstance(number, IntData | UIntData) or number.value == self.number
        return False


def last_appl_error(message: InformationReport) -> LastApplError | None:
    """The LastApplError in a report, None where there is none that can be read."""
    for name, result in _pairs(message):
        if name == LAST_APPL_ERROR and isinstance(result, StructureData):
            try:
                return LastApplError.from_data(result)
            except (ValueError, TypeError):
                return None
    return None


def add_cause(error: LastApplError) -> AddCause:
    """UNKNOWN for a number that IEC 61850-7-2 does not have."""
    return _ADD_CAUSES.get(error.add_cause, AddCause.UNKNOWN)


def cause_text(error: LastApplError) -> str:
    """As the device said it; a test that was not passed is named too."""
    test = CONTROL_ERRORS.get(error.error, str(error.error)) if error.error > 1 else ""
    return f"{error.add_cause_name} ({test})" if test else error.add_cause_name


def _object_of(reference: str) -> tuple[str, ...]:
    """Domain, logical node and data object, however the device writes them: `LD/CSWI1$CO$Pos$Oper`, `LD/CSWI1.Pos`."""
    domain, _, item = reference.replace(".", "$").partition("/")
    names = [name for place, name in enumerate(item.split("$")) if not (place == 1 and name == _CONSTRAINT)]
    return (domain, *(names[:-1] if names[-1] in _SERVICES else names))


def _pairs(message: InformationReport) -> Iterable[tuple[ObjectName, IECData | DataAccessError]]:
    return zip(message.variables, message.results, strict=False)
