"""What the protection of a bay says: pickups and trips, also short ones, breaker position, reclosing (SAFETY S9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from models.network.elements import Feeder
from models.point import Dbpos, PointName
from substation.grid.positions import position_of
from substation.image import Missing, ProcessImage
from substation.mv.reading import exists, flag, number, time_of

STARTS = ("PTOC1.Str", "PTOC2.Str", "PTEF1.Str")
TRIPS = ("PTRC1.Tr", "PTOC1.Op", "PTOC2.Op", "PTEF1.Op")
FORBIDDING = ("RBRF1.OpEx", "PDIF1.Op")
"""Trips by breaker failure and differential protection: never a start for automation (SAFETY S9)."""
LOCAL = ("LLN0.Loc", "CSWI1.Loc", "XCBR1.Loc", "XSWI1.Loc")

Seen = Mapping[str, tuple[bool, int]]
"""Value and time of every protection point as last seen, by point name; the time is negative once it is lost."""


class Reclosing(Enum):
    """Groups of AutoReclosingKind (IEC 61850-7-4); FINAL: no reclosing will come."""

    NOT_FITTED = "has no automatic reclosing"
    BLOCKED = "reclosing is blocked"
    FINAL = "reclosing is locked out or not ready"
    READY = "reclosing is ready"
    IN_PROGRESS = "reclosing is in progress"
    SUCCESSFUL = "reclosing was successful"
    UNKNOWN = "reclosing state is not known"

    @property
    def ends(self) -> bool:
        """The trip is final as far as reclosing goes."""
        return self in (Reclosing.NOT_FITTED, Reclosing.BLOCKED, Reclosing.FINAL)


_AUTO_REC_ST = {
    1: Reclosing.READY,
    2: Reclosing.IN_PROGRESS,
    3: Reclosing.SUCCESSFUL,
    4: Reclosing.IN_PROGRESS,  # waits for trip
    5: Reclosing.IN_PROGRESS,  # trip issued by protection
    6: Reclosing.IN_PROGRESS,  # fault disappeared
    7: Reclosing.IN_PROGRESS,  # wait to complete
    8: Reclosing.IN_PROGRESS,  # breaker closed
    9: Reclosing.FINAL,  # cycle unsuccessful
    10: Reclosing.FINAL,  # unsuccessful
    11: Reclosing.FINAL,  # aborted
    12: Reclosing.FINAL,  # not ready
}


@dataclass(frozen=True, slots=True)
class BayView:
    """A feeder bay now. breaker: position, or why it is in doubt. local: '' or who says that control is local."""

    breaker: Dbpos | str
    reclosing: Reclosing
    reclosing_words: str
    picked_up: bool
    local: str


def view_bay(image: ProcessImage, feeder: Feeder) -> BayView:
    reclosing, words = _reclosing(image, feeder.id)
    return BayView(
        breaker=position_of(image, feeder.breaker),
        reclosing=reclosing,
        reclosing_words=words,
        picked_up=any(flag(image, feeder.id, start) is True for start in STARTS),
        local=local_control(image, feeder.breaker),
    )


def _reclosing(image: ProcessImage, bay: str) -> tuple[Reclosing, str]:
    if not exists(image, bay, "RREC1.AutoRecSt"):
        return Reclosing.NOT_FITTED, f"{bay} {Reclosing.NOT_FITTED.value}"
    if flag(image, bay, "RREC1.BlkRec") is True:
        return Reclosing.BLOCKED, f"{bay}: {Reclosing.BLOCKED.value}"
    state = number(image, bay, "RREC1.AutoRecSt")
    if isinstance(state, Missing):
        return Reclosing.UNKNOWN, state.reason
    kind = _AUTO_REC_ST.get(int(state), Reclosing.UNKNOWN)
    return kind, f"{bay}: {kind.value} (AutoRecSt {int(state)})"


def local_control(image: ProcessImage, switch: str) -> str:
    """Why remote control is not given at the switch, its bay or its station (SAFETY S18); '' when it is."""
    path = switch
    while path:
        for variable in LOCAL:
            if exists(image, path, variable):
                local = flag(image, path, variable)
                if isinstance(local, Missing):
                    return f"who has control at {path} is not known: {local.reason}"
                if local:
                    return f"{path} is switched to local control"
        path = path.rpartition("/")[0]
    return ""


def fired(image: ProcessImage, bays: Iterable[str], seen: Seen) -> tuple[dict[PointName, int], Seen]:
    """Pickups and trips since `seen`, with their times (ns UTC); and what is seen now.

    A point that was clear and is clear again with a newer time tag has been set in between: the image holds only the
    newest sample, and a trip lasts a tenth of a second. At first sight nothing fires.
    """
    found: dict[PointName, int] = {}
    now = dict(seen)
    for bay in bays:
        found |= _fired_at(image, bay, seen, now)
    return found, now


def _fired_at(image: ProcessImage, bay: str, seen: Seen, now: dict[str, tuple[bool, int]]) -> dict[PointName, int]:
    """A device that was lost and tags every point anew while none is set has started anew: that tells of no trip."""
    found: dict[PointName, int] = {}
    points = anew = 0
    for variable in (*STARTS, *TRIPS, *FORBIDDING):
        name = PointName(bay, variable)
        sample, before = image.read(name), seen.get(str(name))
        if isinstance(sample, Missing):
            if before is not None:
                now[str(name)] = (before[0], -abs(before[1]))
            continue
        value, at_ns = bool(sample.value), time_of(sample)
        tagged = sample.source_time_ns is not None
        now[str(name)] = (value, at_ns if value or tagged or not before else abs(before[1]))
        points += 1
        if before is None:
            continue
        newer = at_ns > abs(before[1])
        anew += not value and newer and before[1] < 0
        if (value and (newer or not before[0])) or (not value and not before[0] and newer and tagged):
            found[name] = at_ns
    return {} if anew == points else found
