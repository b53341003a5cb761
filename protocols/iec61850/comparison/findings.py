"""Collects differences of one device: each subject once, a bounded number, with the lines of its SCL file."""

from __future__ import annotations

from models.difference import MOST, Difference
from models.scl.expected import ExpectedDevice
from models.scl.findings import Severity

_LOAD = "load the same SCL in both"
_ORDER = (Severity.DANGER, Severity.LOSS, Severity.REMARK)


class Differences:
    """expected: for the file that it is told with."""

    def __init__(self, expected: ExpectedDevice) -> None:
        self._file = expected.file
        self._found: dict[str, Difference] = {}

    def add(
        self,
        severity: Severity,
        subject: str,
        expected: object,
        device: object,
        line: int | None = None,
        touches: tuple[str, ...] = (),
        remedy: str = _LOAD,
    ) -> Difference:
        """The first of one subject counts."""
        made = Difference(severity, subject, str(expected), str(device), remedy, self._file, line or None, touches)
        return self._found.setdefault(subject, made)

    def take(self, others: tuple[Difference, ...]) -> None:
        for each in others:
            self._found.setdefault(each.subject, each)

    def remove(self, subject: str) -> None:
        self._found.pop(subject, None)

    @property
    def found(self) -> tuple[Difference, ...]:
        """The worst first; what is beyond `MOST` is one line."""
        ordered = sorted(self._found.values(), key=lambda each: _ORDER.index(each.severity))
        kept, rest = ordered[:MOST], ordered[MOST:]
        if not rest:
            return tuple(kept)
        touches = tuple(dict.fromkeys(reference for each in rest if each.blocks for reference in each.touches))
        worst = rest[0].severity
        remedy = "correct those above first"
        return (
            *kept,
            Difference(
                worst,
                "more of the device",
                "otherwise",
                f"{len(rest)} times different",
                remedy,
                self._file,
                None,
                touches,
            ),
        )
