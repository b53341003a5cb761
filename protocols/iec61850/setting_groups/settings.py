"""The settings of the active group (functional constraint SG), read and compared with what the SCL gives that group.

Every function that takes a client blocks for the device.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from open61850.data import BoolData, FloatData, IECData, IntData, StructureData, UIntData, VisibleStringData
from open61850.mms import OBJECT_CLASS_NAMED_VARIABLE, DataAccessError, MmsClient, ObjectName
from open61850.mms.types import MmsType, StructureType

Setting = bool | int | float | str
_CONSTRAINT = "SG"
_SAME_SHARE = 1e-6
"""Of a value: what a 32-bit floating point number loses on the wire, and a little more."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One setting, `PTOC1.StrVal.setMag.f`. device: None where it cannot be read; scl: None where the SCL is silent."""

    name: str
    device: Setting | None
    scl: str | None

    @property
    def differs(self) -> bool:
        return self.scl is not None and not _same(self.device, self.scl)


def read_active(client: MmsClient, domain: str) -> dict[str, Setting | None]:
    """Every setting of the active group by its name (`PTOC1.StrVal.setMag.f`); None: not readable."""
    found: dict[str, Setting | None] = {}
    for name in client.get_name_list(OBJECT_CLASS_NAMED_VARIABLE, domain):
        node, _, rest = name.partition("$")
        if rest != _CONSTRAINT:  # a whole logical node's settings: one read instead of one per attribute
            continue
        target = ObjectName(name, domain)
        answer = client.read_many([target])[0]
        if isinstance(answer, DataAccessError):
            found[node] = None
        else:
            found.update((f"{node}.{path}", value) for path, value in _leaves(client.get_type(target), answer))
    return found


def compare(device: Mapping[str, Setting | None], scl: Mapping[str, str]) -> tuple[Comparison, ...]:
    """Both by name; what only one of them has is in the list too."""
    names = sorted({*device, *scl})
    return tuple(Comparison(name, device.get(name), scl.get(name)) for name in names)


def _leaves(mms_type: MmsType, data: IECData) -> Iterator[tuple[str, Setting | None]]:
    if isinstance(mms_type, StructureType) and isinstance(data, StructureData):
        for (name, each), member in zip(mms_type.components, data.members, strict=False):
            for path, value in _leaves(each, member):
                yield f"{name}.{path}" if path else name, value
    else:
        yield "", _plain(data)


def _plain(data: IECData) -> Setting | None:
    if isinstance(data, BoolData | IntData | UIntData | FloatData | VisibleStringData):
        return data.value
    return None


def _same(device: Setting | None, scl: str) -> bool:
    text = scl.strip()
    if isinstance(device, bool):
        return text.casefold() in (("true", "1") if device else ("false", "0"))
    if isinstance(device, int | float):
        try:
            wanted = float(text)
        except ValueError:
            return False
        return abs(wanted - device) <= _SAME_SHARE * max(abs(wanted), abs(device))
    return device == text


def differing(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    return tuple(each for each in comparisons if each.differs)
