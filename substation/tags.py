"""Tags on elements of the grid (SAFETY S4, S17): they forbid operations until a person removes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TagKind(Enum):
    """FAULT_ISOLATION is placed by the server on the boundary of an isolated fault; the others by people."""

    FAULT_ISOLATION = "fault isolation, do not close"
    DO_NOT_OPERATE = "do not operate"
    LIVE_LINE_WORK = "live-line work"
    WORK_PERMIT = "work permit"
    TEMPORARY_EARTH = "temporary earth"
    CAUTION = "caution"

    @property
    def forbids_closing(self) -> bool:
        return self is not TagKind.CAUTION

    @property
    def forbids_opening(self) -> bool:
        return self in (TagKind.DO_NOT_OPERATE, TagKind.WORK_PERMIT)


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag on one element. holder: who placed it (a person, or 'FDIR'). reference: order or permit number."""

    id: int
    kind: TagKind
    element: str
    holder: str
    placed_ns: int
    reference: str = ""
