"""The mailbox of an IED: order, coalescing, freeze, stop."""

from models.command import AddCause
from models.point import PointName
from sim_ied.board import Change
from sim_ied.mailbox import Mailbox
from sim_ied.world import Completion

TRIP, POWER = PointName("OBR1/K1/E03", "PTRC1.Tr"), PointName("OBR1/K1/E03", "MMXU1.TotW")


def test_events_keep_their_order_and_measurands_their_latest_value() -> None:
    box = Mailbox()
    for number, value in enumerate((True, False, True)):
        box.put(Change(TRIP, value, 0, number), True)
        box.put(Change(POWER, float(number), 0, number), False)
    box.put_completion(Completion(TRIP, True, AddCause.NONE, 3))
    letters = box.take()
    assert letters is not None
    assert [change.value for change in letters.events] == [True, False, True]
    assert [change.value for change in letters.measurands] == [2.0]
    assert len(letters.completions) == 1


def test_a_frozen_box_keeps_its_letters_and_a_stopped_one_ends() -> None:
    box = Mailbox()
    box.freeze(True)
    box.put(Change(TRIP, True, 0, 0), True)
    frozen = box.take()
    assert frozen is not None
    assert (frozen.freeze, frozen.events) == (True, [])
    box.freeze(False)
    box.wait_for_thaw()
    thawed = box.take()
    assert thawed is not None
    assert (thawed.freeze, len(thawed.events)) == (False, 1)
    box.stop()
    assert box.take() is None
