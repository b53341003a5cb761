"""Data sets and report control blocks: SCL against device (IEC 61850-7-2, DATA-SET and REPORT-CONTROL-BLOCK)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from open61850.mms import OBJECT_CLASS_NAMED_VARIABLE_LIST, MmsClient, MmsReject, ObjectName, ServiceError

from models.scl.expected import ExpectedDevice, ExpectedReport, ExpectedSet
from models.scl.findings import Severity
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.mapping import data_reference
from protocols.iec61850.reports.survey import Seen, survey

_OTHER = {"BR": "RP", "RP": "BR"}


def compare_data_sets(client: MmsClient, names: Names, expected: ExpectedDevice, found: Differences) -> Iterator[None]:
    """A step blocks for the device: one request per data set."""
    reported = {each.data_set for each in expected.reports.values()}
    for domain in expected.domains:
        if domain not in names.variables:
            continue
        there = {f"{domain}/{each}" for each in client.get_name_list(OBJECT_CLASS_NAMED_VARIABLE_LIST, domain)}
        for name, wanted in expected.data_sets.items():
            if name.partition("/")[0] == domain:
                members = _members(client, name) if name in there else None
                compare_members(name, wanted, members, name in reported, found)
                yield
        for name in sorted(there - expected.data_sets.keys()):
            found.add(Severity.REMARK, f"data set {_dotted(name)}", "absent", "present", expected.domains[domain])


def compare_members(
    name: str, wanted: ExpectedSet, members: Sequence[str] | None, reported: bool, found: Differences
) -> bool:
    """Whether they are the same. members: None where the device has no such data set."""
    subject, line = f"data set {_dotted(name)}", wanted.line
    touches = tuple(map(reference_of, wanted.members)) if reported else ()
    if members is None:
        found.add(Severity.LOSS, subject, "present", "absent", line, touches)
        return False
    if any("(" in each for each in wanted.members) or tuple(members) == wanted.members:
        return True  # elements of arrays have names that devices write in several ways
    expected, device = _difference(wanted.members, members)
    more = tuple(reference_of(each) for each in members if each not in wanted.members)
    severity = Severity.DANGER if reported else Severity.LOSS
    found.add(severity, f"members of {subject}", expected, device, line, (*touches, *more) if reported else ())
    return False


def _difference(wanted: Sequence[str], members: Sequence[str]) -> tuple[str, str]:
    """The first place where they part: `member 3 of 12: IED1LD0/CSWI1$ST$Pos`."""
    at = next((i for i, pair in enumerate(zip(wanted, members, strict=False)) if pair[0] != pair[1]), None)
    if at is None:
        return f"{len(wanted)} members", f"{len(members)} members"
    return f"member {at + 1} of {len(wanted)}: {wanted[at]}", f"member {at + 1} of {len(members)}: {members[at]}"


def _members(client: MmsClient, name: str) -> tuple[str, ...] | None:
    domain, _, item = name.partition("/")
    try:
        return tuple(map(str, client.get_data_set_members(ObjectName(item, domain))))
    except (ServiceError, MmsReject):
        return None


def compare_reports(client: MmsClient, names: Names, expected: ExpectedDevice, found: Differences) -> Iterator[None]:
    """A step blocks for the device: a request for a few instances."""
    for name, wanted in expected.reports.items():
        if name.partition("/")[0] not in names.variables:
            continue
        there = [each for each in _instances(name, wanted) if each in names]
        if not there:
            _absent(name, wanted, names, expected, found)
            continue
        if len(there) < wanted.instances:
            subject = f"instances of {_dotted(name)}"
            found.add(Severity.REMARK, subject, wanted.instances, len(there), wanted.line)
        for seen in survey(client, [_object(each) for each in there]):
            compare_instance(name, wanted, seen, expected, found)
        yield


def _absent(name: str, wanted: ExpectedReport, names: Names, expected: ExpectedDevice, found: Differences) -> None:
    head, kind, tail = name.split("$", 2)
    other = f"{head}${_OTHER[kind]}${tail}"
    if any(each in names for each in _instances(other, wanted)):
        kinds = {"BR": "buffered", "RP": "unbuffered"}
        wants, has = kinds[kind], kinds[_OTHER[kind]]
    else:
        wants, has = "present", "absent"
    touches = touched(wanted.data_set, expected)
    found.add(Severity.LOSS, f"report {_dotted(name)}", wants, has, wanted.line, touches)


def compare_instance(
    name: str, wanted: ExpectedReport, seen: Seen, expected: ExpectedDevice, found: Differences
) -> None:
    """DatSet and ConfRev of an instance; one whose data set differs is of another revision anyway."""
    touches = touched(wanted.data_set, expected)
    if seen.data_set != wanted.data_set and wanted.data_set:
        device = _dotted(seen.data_set) or "none"
        found.add(
            Severity.DANGER, f"data set of {_dotted(name)}", _dotted(wanted.data_set), device, wanted.line, touches
        )
    elif wanted.conf_rev and seen.conf_rev != wanted.conf_rev:
        found.add(Severity.DANGER, f"confRev of {_dotted(name)}", wanted.conf_rev, seen.conf_rev, wanted.line, touches)


def touched(data_set: str, expected: ExpectedDevice) -> tuple[str, ...]:
    """References of what a data set of the SCL holds."""
    found = expected.data_sets.get(data_set)
    return () if found is None else tuple(map(reference_of, found.members))


def _instances(name: str, wanted: ExpectedReport) -> list[str]:
    """Indexed ones have two digits (IEC 61850-6); some devices with a single instance leave them out."""
    if not wanted.indexed:
        return [name]
    return [*(f"{name}{number:02}" for number in range(1, wanted.instances + 1)), name]


def reference_of(member: str) -> str:
    """`IED1LD0/CSWI1$ST$Pos`: IED1LD0/CSWI1.Pos."""
    return data_reference(_object(member))


def _object(name: str) -> ObjectName:
    domain, _, item = name.partition("/")
    return ObjectName(item, domain)


def _dotted(name: str) -> str:
    return name.replace("$", ".")
