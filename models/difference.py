"""What a device has otherwise than its SCL file says, as it travels from the driver to the unit and to people."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import ConfigError
from models.scl.findings import Finding, Severity

MOST = 500
"""Differences of one device that are told; another device behind the address differs in everything."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One line. subject: what differs, `ctlModel of IED1LD0/CSWI1.Pos`; expected, device: the two values in words.

    file, line: where the SCL says so ('' and None: its settings, not the file). touches: references of points
    (`IED1LD0/CSWI1.Pos`), or what stands above them; automation on these is blocked. DANGER: something could be
    switched or shown wrongly; LOSS: something is missing; REMARK: blocks nothing.
    """

    severity: Severity
    subject: str
    expected: str
    device: str
    remedy: str
    file: str = ""
    line: int | None = None
    touches: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether automation on what it touches has to wait for people."""
        return self.severity is not Severity.REMARK and bool(self.touches)

    @property
    def text(self) -> str:
        """Without place and remedy: `ctlModel of IED1LD0/CSWI1.Pos is 4 in the SCL, 1 in the device`."""
        return f"{self.subject} is {self.expected} in the SCL, {self.device} in the device"

    @property
    def where(self) -> str:
        """'scd.xml:120'; '' where no file says it."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def concerns(self, reference: str) -> bool:
        """Whether it touches the point of this reference."""
        return any(_stands_in(reference, each) or _stands_in(each, reference) for each in self.touches)

    def as_finding(self, link: str) -> ConfigError:
        """With place and remedy, as the problems of a file are told."""
        return Finding(self.severity, self.file or f"link {link}", self.line, f"{link}: {self.text}", self.remedy)


def _stands_in(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}/"))
