"""Name plates and setting groups: SCL against device (IEC 61850-7-3, LPL; IEC 61850-7-2, SGCB)."""

from __future__ import annotations

from collections.abc import Iterator

from open61850.data import IntData, MmsStringData, UIntData, VisibleStringData
from open61850.mms import MmsClient, ObjectName

from models.scl.expected import ExpectedDevice
from models.scl.findings import Severity
from protocols.iec61850.comparison.control_models import read_all
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.setting_groups.group_point import SUFFIX

_REVISION = "$configRev"
_GROUPS = "LLN0$SP$SGCB$NumOfSG"


def compare_plates(client: MmsClient, names: Names, expected: ExpectedDevice, found: Differences) -> Iterator[None]:
    """A step blocks for the device. Another configRev tells of another configuration; the rest are remarks."""
    wanted = [each for each in expected.plates if each in names]
    answers = read_all(client, [_object(each) for each in wanted])
    for name, answer in zip(wanted, answers, strict=True):
        text, line = expected.plates[name]
        device = answer.value.strip() if isinstance(answer, VisibleStringData | MmsStringData) else "not readable"
        if device != text:
            severity = Severity.LOSS if name.endswith(_REVISION) else Severity.REMARK
            found.add(severity, _told(name), f"'{text}'", f"'{device}'", line)
        yield


def revisions(client: MmsClient, names: Names) -> tuple[str, ...]:
    """configRev of every logical device, as text. Blocks for the device."""
    plates = [ObjectName("LLN0$DC$NamPlt$configRev", domain) for domain in sorted(names.variables)]
    return tuple(map(str, read_all(client, [each for each in plates if str(each) in names])))


def compare_groups(client: MmsClient, names: Names, expected: ExpectedDevice, found: Differences) -> Iterator[None]:
    """A step blocks for the device."""
    for domain, (groups, line) in expected.groups.items():
        touches = (f"{domain}{SUFFIX}",)
        name = ObjectName(_GROUPS, domain)
        if domain not in names.variables:
            continue
        if str(name) not in names:
            found.add(Severity.LOSS, f"setting group control block of {domain}", "present", "absent", line, touches)
            continue
        answer = next(read_all(client, [name]))
        device = answer.value if isinstance(answer, IntData | UIntData) else None
        if device != groups:
            told = "not readable" if device is None else device
            found.add(Severity.LOSS, f"number of setting groups of {domain}", groups, told, line, touches)
        yield


def _object(name: str) -> ObjectName:
    domain, _, item = name.partition("/")
    return ObjectName(item, domain)


def _told(name: str) -> str:
    head, _, rest = name.partition("$")
    return f"{head}.{rest.partition('$')[2].replace('$', '.')}"
