"""Settings of one group beside what the SCL gives that group. Pure, and free of the library: the unit loads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Setting = bool | int | float | str
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


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """What one logical device tells. settings: by name, None: not readable. problem: why nothing is known, else ''."""

    link: str
    domain: str
    active: int = 0
    groups: int = 0
    settings: Mapping[str, Setting | None] = field(default_factory=dict)
    problem: str = ""


def compare(device: Mapping[str, Setting | None], scl: Mapping[str, str]) -> tuple[Comparison, ...]:
    """Both by name; what only one of them has is in the list too."""
    names = sorted({*device, *scl})
    return tuple(Comparison(name, device.get(name), scl.get(name)) for name in names)


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
