"""Everything that the SCL says of a device, beside the device: once for a configuration, remembered over connections.

| what                                     | when                                                               |
|---|---|
| control models, reports, their data sets | of points and of blocks to enable: before these, at each connection |
| all of it, with every type               | then, at the first connection and when names or configRev have changed |
"""

from __future__ import annotations

from collections.abc import Generator
from hashlib import blake2b

from open61850.mms import MmsClient

from models.difference import Difference
from models.scl.expected import ExpectedDevice
from models.scl.expected_text import unpack
from protocols.iec61850.comparison.control_models import compare_control_models
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.comparison.plates import compare_groups, compare_plates, revisions
from protocols.iec61850.comparison.report_blocks import compare_data_sets, compare_reports
from protocols.iec61850.comparison.services import compare_services
from protocols.iec61850.comparison.structure import compare_structure

Steps = Generator[None, None, tuple[Difference, ...]]
"""Each step asks the device once or twice and blocks meanwhile: between two of them others have their turn."""


def compare_device(client: MmsClient, names: Names, expected: ExpectedDevice) -> Steps:
    """The differences, the worst first; a step raises one of LIBRARY_ERRORS."""
    found = Differences(expected)
    yield from compare_control_models(client, names, expected, found)
    yield from compare_reports(client, names, expected, found)
    yield from compare_data_sets(client, names, expected, found)
    yield from compare_structure(client, names, expected, found)
    yield from compare_groups(client, names, expected, found)
    yield from compare_plates(client, names, expected, found)
    compare_services(client, expected, found)
    return found.found


class Comparison:
    """Of one link, over its connections. text: `models.scl.expected_text`; '' where nothing is known of the device.

    found: what is known to differ, of the last comparison with the device.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._mark = b""
        self.found: tuple[Difference, ...] = ()

    def expected(self) -> ExpectedDevice:
        """Made anew each time: a thousand links do not keep it."""
        return unpack(self._text) if self._text else ExpectedDevice()

    def steps(self, client: MmsClient, names: Names) -> Steps:
        """What differs; out of memory while the device has the names and revisions that it had at the last look."""
        if not self._text:
            return ()
        made = blake2b(names.digest(), digest_size=16)
        for revision in revisions(client, names):
            made.update(revision.encode())
        yield
        if self._mark != made.digest():
            self.found = yield from compare_device(client, names, self.expected())
            self._mark = made.digest()
        return self.found


def merged(early: tuple[Difference, ...], late: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Both, each subject once: what was found for points and blocks, and what the whole device says."""
    known = {each.subject for each in late}
    gone = [each for each in late if each.device == _ABSENT]
    more = [
        each
        for each in early
        if each.subject not in known
        and not (each.device == _ABSENT and all(any(one.concerns(it) for one in gone) for it in each.touches))
    ]
    return (*more, *late)


_ABSENT = "absent"
