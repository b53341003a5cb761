"""What is compared at every connection before it is used: reports to enable, points to read.

A report whose data set, confRev or members are others is not enabled, and its points are not read either: they stay
invalid, since nobody knows what the device means by them now. Everything else of the link lives.
"""

from __future__ import annotations

from collections.abc import Iterator

from open61850.mms import MmsClient, MmsReject, ObjectName, ServiceError

from models.point import PointSpec
from models.scl.expected import ExpectedDevice
from models.scl.findings import Severity
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.comparison.report_blocks import compare_members, reference_of
from protocols.iec61850.reports.survey import Seen
from protocols.iec61850.settings import LinkSettings


class Agreement:
    """One life of a link; blocks for the device. found: all differences so far. dynamic: of data sets that we make."""

    def __init__(self, client: MmsClient, settings: LinkSettings, expected: ExpectedDevice) -> None:
        self._client, self._settings = client, settings
        self._sets, self.dynamic = expected.data_sets, expected.dynamic
        self._reports = {name.replace("$", "."): each for name, each in expected.reports.items()}
        self.found = Differences(expected)
        self._members: dict[str, tuple[ObjectName, ...]] = {}
        self._barred: set[str] = set()

    def members(self, data_set: str) -> tuple[ObjectName, ...]:
        """Of the device's data set `IED1LD0/LLN0$dsStatus`, asked for once; () for none."""
        domain, _, item = data_set.partition("/")
        if not item:
            return ()
        if data_set not in self._members:
            try:
                self._members[data_set] = tuple(self._client.get_data_set_members(ObjectName(item, domain)))
            except (ServiceError, MmsReject):
                self._members[data_set] = ()  # its block has nothing to report
        return self._members[data_set]

    def fits(self, report: str, seen: Seen) -> bool:
        """Whether a block is what the SCL says; else its points are barred, and why stands in `found`."""
        touches = self._touched(report, seen)
        if not (self._data_set_fits(report, seen, touches) and self._members_fit(seen)):
            self._barred.update(touches)
            self._barred.update(above for each in touches for above in _above(each))
            return False
        return True

    def absent(self, report: str) -> None:
        """The device has no instance of it; its points are read instead."""
        known = self._reports.get(report)
        data_set = known.data_set if known else ""
        touches = tuple(map(reference_of, self._sets[data_set].members)) if data_set in self._sets else ()
        line = known.line if known else None
        self.found.add(Severity.LOSS, f"report {report}", "present", "absent", line, touches)

    def lacks(self, spec: PointSpec) -> None:
        """The device has nothing of a point."""
        self.found.add(
            Severity.LOSS, f"data object {spec.reference}", "present", "absent", spec.line, (spec.reference,)
        )

    def bars(self, spec: PointSpec) -> bool:
        """Whether the point stands in a report that does not fit."""
        return any(each in self._barred for each in (spec.reference, *_above(spec.reference)))

    def _touched(self, report: str, seen: Seen) -> tuple[str, ...]:
        """What the SCL and what the device put into it."""
        known = self._reports.get(report)
        expected = self._sets.get(known.data_set) if known else None
        names = (*(expected.members if expected else ()), *map(str, self.members(seen.data_set)))
        return tuple(dict.fromkeys(map(reference_of, names)))

    def _data_set_fits(self, report: str, seen: Seen, touches: tuple[str, ...]) -> bool:
        line = self._reports[report].line if report in self._reports else None
        wanted = self._settings.data_sets.get(report)
        actual = seen.data_set.rpartition("/")[2].replace("$", ".")
        if wanted is not None and wanted.rpartition("/")[2] != actual:
            self.found.add(Severity.DANGER, f"data set of {report}", wanted, actual or "none", line, touches)
            return False
        revision = self._settings.conf_revs.get(report)
        if revision is not None and revision != seen.conf_rev:
            self.found.add(Severity.DANGER, f"confRev of {report}", revision, seen.conf_rev, line, touches)
            return False
        return True

    def _members_fit(self, seen: Seen) -> bool:
        wanted = self._sets.get(seen.data_set)
        if wanted is None:
            return True
        members = tuple(map(str, self.members(seen.data_set)))
        return compare_members(seen.data_set, wanted, members, True, self.found)


def _above(reference: str) -> Iterator[str]:
    """`IED1LD0/MMXU1.A.phsA`: IED1LD0/MMXU1.A; the logical node is no data object."""
    domain, _, path = reference.partition("/")
    while "." in (path := path.rpartition(".")[0]):
        yield f"{domain}/{path}"
