"""What a reader finds wrong in an SCL file: each with file, line, meaning and remedy, and how bad it is."""

from __future__ import annotations

from enum import Enum

from models.errors import ConfigError

MOST = 1000
"""Findings of one severity that are kept of one file; a broken export repeats itself, and memory is bounded."""


class Severity(Enum):
    """How bad a finding is. A unit starts with remarks only."""

    DANGER = "danger"
    """Two readings are possible, and one of them may switch or show the wrong thing."""

    LOSS = "loss"
    """Something that the file means to give cannot be used and will be missing."""

    REMARK = "remark"
    """Odd, and used all the same; how, the text says."""


class Finding(ConfigError):  # noqa: N818 - it is found, nobody raises it
    """A ConfigError that knows its severity."""

    def __init__(self, severity: Severity, file: str, line: int | None, problem: str, remedy: str) -> None:
        super().__init__(file, line, problem, remedy)
        self.severity = severity


class Findings:
    """Collects the findings of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._kept: dict[Severity, list[ConfigError]] = {each: [] for each in Severity}
        self._more: dict[Severity, int] = dict.fromkeys(Severity, 0)

    def danger(self, line: int | None, problem: str, remedy: str) -> None:
        self.add(Finding(Severity.DANGER, self.file, line, problem, remedy))

    def loss(self, line: int | None, problem: str, remedy: str) -> None:
        self.add(Finding(Severity.LOSS, self.file, line, problem, remedy))

    def remark(self, line: int | None, problem: str, remedy: str) -> None:
        self.add(Finding(Severity.REMARK, self.file, line, problem, remedy))

    def add(self, found: ConfigError) -> None:
        """A plain ConfigError counts as a loss."""
        severity = severity_of(found)
        if len(self._kept[severity]) < MOST:
            self._kept[severity].append(found)
        else:
            self._more[severity] += 1

    @property
    def blocking(self) -> tuple[ConfigError, ...]:
        """Dangers and losses in the order of their lines: a unit does not start with them."""
        found = [*self._kept[Severity.DANGER], *self._kept[Severity.LOSS]]
        more = self._more[Severity.DANGER] + self._more[Severity.LOSS]
        return (*sorted(found, key=_line), *self._rest(Severity.LOSS, more))

    @property
    def remarks(self) -> tuple[ConfigError, ...]:
        return (
            *sorted(self._kept[Severity.REMARK], key=_line),
            *self._rest(Severity.REMARK, self._more[Severity.REMARK]),
        )

    def _rest(self, severity: Severity, more: int) -> tuple[ConfigError, ...]:
        if not more:
            return ()
        what = "remarks" if severity is Severity.REMARK else "problems"
        return (Finding(severity, self.file, None, f"{more} more {what}", "correct those above first"),)


def severity_of(found: ConfigError) -> Severity:
    return found.severity if isinstance(found, Finding) else Severity.LOSS


def _line(found: ConfigError) -> int:
    return found.line or 0


def named(names: list[str], most: int = 3) -> str:
    """'a, b, c and 4 more'."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
