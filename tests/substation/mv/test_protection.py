"""What counts as a trip or pickup: also one that is over already, and not what a lost device tags anew."""

from __future__ import annotations

from models.point import Cdc, Handle, PointName, PointSpec, Sample
from models.quality import Quality
from substation.image import ProcessImage
from substation.mv.protection import Seen, fired
from substation.register import PointRegister

BAY = "OBR1/K1/E03"
TRIP = PointName(BAY, "PTRC1.Tr")
PICKUP = PointName(BAY, "PTOC1.Str")
HANDLE, OTHER = Handle(7), Handle(8)
REGISTER = PointRegister(
    [(HANDLE, PointSpec(TRIP, Cdc.ACT, link="bay")), (OTHER, PointSpec(PICKUP, Cdc.ACD, link="bay"))]
)
SECOND_NS = 1_000_000_000


def told(value: bool, at_s: int, quality: int = 0, pickup_s: int = 1) -> ProcessImage:
    """The trip and its time tag, and the time tag of a pickup that is clear."""
    now_ns, pickup_ns = at_s * SECOND_NS, pickup_s * SECOND_NS
    trip = Sample(HANDLE, value, quality, now_ns, now_ns)
    return ProcessImage(now_ns, REGISTER, {HANDLE: trip, OTHER: Sample(OTHER, False, quality, pickup_ns, now_ns)})


LOST = told(False, 3, int(Quality.INVALID | Quality.OLD_DATA))


def follow(*images: ProcessImage) -> list[dict[PointName, int]]:
    """What fires at each."""
    seen: Seen = {}
    found = []
    for image in images:
        times_ns, seen = fired(image, (BAY,), seen)
        found.append(times_ns)
    return found


def test_a_trip_that_was_over_before_anybody_looked() -> None:
    assert follow(told(False, 1), told(False, 1), told(False, 2)) == [{}, {}, {TRIP: 2 * SECOND_NS}]


def test_a_device_that_comes_back_and_tags_everything_anew_has_not_tripped() -> None:
    assert follow(told(False, 1), LOST, told(False, 5, pickup_s=5)) == [{}, {}, {}]
    assert follow(told(False, 1), LOST, LOST, told(False, 5, pickup_s=5), told(False, 6, pickup_s=5))[-1] == {
        TRIP: 6 * SECOND_NS
    }


def test_a_trip_that_is_told_late() -> None:
    """Of what did not act the time tag stays as it was."""
    assert follow(told(False, 1), LOST, told(False, 5)) == [{}, {}, {TRIP: 5 * SECOND_NS}]


def test_a_trip_that_stands_when_a_device_comes_back_is_one() -> None:
    assert follow(told(False, 1), LOST, told(True, 4)) == [{}, {}, {TRIP: 4 * SECOND_NS}]
    assert follow(told(True, 1), LOST, told(True, 1)) == [{}, {}, {}]
    assert follow(told(True, 1), LOST, told(True, 4)) == [{}, {}, {TRIP: 4 * SECOND_NS}]
