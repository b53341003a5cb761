"""Controllers and switches: commands, what holds them back, and how switches fail."""

from __future__ import annotations

import pytest

from models.command import AddCause
from models.point import Dbpos
from sim_ied.nodes.change import ControlRequest
from tests.sim_ied.nodes.bay_file import bay_file
from tests.sim_ied.nodes.rig import REMOTE, Rig

BREAKER, CONTROLLER = "F1LD0/XCBR1.Pos.stVal[ST]", "F1LD0/CSWI1.Pos"


def test_a_command_moves_the_breaker_through_intermediate_and_ends() -> None:
    rig = Rig()
    assert rig.command(CONTROLLER, False, interlock_check=True).accepted
    rig.run(0.02)
    assert rig.value(BREAKER) is Dbpos.INTERMEDIATE
    assert not rig.ended
    rig.run(0.1)
    assert rig.values_of(BREAKER) == [Dbpos.ON, Dbpos.INTERMEDIATE, Dbpos.OFF]
    assert rig.values_of("F1LD0/CSWI1.Pos.stVal[ST]")[-2:] == [Dbpos.INTERMEDIATE, Dbpos.OFF]
    assert [(each.reference, each.accepted) for each in rig.ended] == [(CONTROLLER, True)]
    assert rig.value("F1LD0/XCBR1.OpCnt.stVal[ST]") == 1


@pytest.mark.parametrize(
    ("kind", "position", "cause"),
    [
        ("does not move", Dbpos.ON, AddCause.NONE),
        ("stops midway", Dbpos.INTERMEDIATE, AddCause.TIME_LIMIT_OVER),
    ],
)
def test_a_failing_drive_still_ends_the_command(kind: str, position: Dbpos, cause: AddCause) -> None:
    rig = Rig()
    rig.disturb(kind, "F1LD0/XCBR1")
    assert rig.command(CONTROLLER, False).accepted
    rig.run(1)
    assert rig.value(BREAKER) is position
    assert [each.add_cause for each in rig.ended] == [cause]


def test_a_stuck_breaker_refuses_by_its_health() -> None:
    rig = Rig()
    rig.disturb("stuck", "S/K1/F1/QA1")
    assert rig.command(CONTROLLER, False).add_cause is AddCause.BLOCKED_BY_HEALTH
    assert rig.value("F1LD0/XCBR1.EEHealth.stVal[ST]") == 3
    rig.disturb("sound", "S/K1/F1/QA1")
    assert rig.command(CONTROLLER, False).accepted


def test_refusals_name_their_cause() -> None:
    rig = Rig()
    device = rig.devices["F1"]

    def cause(reference: str, value: bool, interlock: bool = False, test: bool = False) -> AddCause:
        control = ControlRequest(reference, value, REMOTE, interlock_check=interlock, test=test)
        return device.check(control, rig.now_ns).add_cause

    assert cause(CONTROLLER, True) is AddCause.POSITION_REACHED
    assert cause(CONTROLLER, False, test=True) is AddCause.BLOCKED_BY_MODE
    assert cause("F1LD0/CSWI2.Pos", False, interlock=True) is AddCause.BLOCKED_BY_INTERLOCKING
    assert cause("F1LD0/CSWI2.Pos", False) is AddCause.NONE
    assert cause("F1LD0/PTOC1.Op", True) is AddCause.NOT_SUPPORTED
    assert rig.command("F1LD0/XCBR1.BlkOpn", True).accepted
    assert cause(CONTROLLER, False) is AddCause.BLOCKED_BY_COMMAND
    rig.disturb("local", "F1LD0/XCBR1")
    assert cause(CONTROLLER, False) is AddCause.BLOCKED_BY_SWITCHING_HIERARCHY
    rig.disturb("remote", "F1")
    rig.command("F1LD0/XCBR1.BlkOpn", False)
    assert rig.command(CONTROLLER, False).accepted
    assert cause(CONTROLLER, True) is AddCause.COMMAND_ALREADY_IN_EXECUTION


def test_interlocking_follows_the_topology() -> None:
    rig = Rig()

    def released(number: int, target: str) -> bool:
        return bool(rig.value(f"F1LD0/CILO{number}.{target}.stVal[ST]"))

    assert not released(2, "EnaOpn")
    assert not released(3, "EnaCls")
    rig.command(CONTROLLER, False)
    rig.run(1)
    assert released(2, "EnaOpn")
    assert not released(3, "EnaCls")  # the disconnector is closed
    rig.command("F1LD0/CSWI2.Pos", False, interlock_check=True)
    rig.run(3)
    assert released(3, "EnaCls")
    rig.command("F1LD0/CSWI3.Pos", True, interlock_check=True)
    rig.run(3)
    assert not released(1, "EnaCls")  # the breaker would feed the earth
    refused = rig.command(CONTROLLER, True, interlock_check=True)
    assert refused.add_cause is AddCause.BLOCKED_BY_INTERLOCKING
    assert "QC1" in refused.reason


def test_the_spring_must_be_charged_for_a_closing() -> None:
    rig = Rig()
    for value in (False, True, False):
        assert rig.command(CONTROLLER, value).accepted
        rig.run(1)
    assert rig.value("F1LD0/XCBR1.CBOpCap.stVal[ST]") == 1
    assert rig.command(CONTROLLER, True).add_cause is AddCause.BLOCKED_BY_HEALTH
    rig.run(10)
    assert rig.command(CONTROLLER, True).accepted


def test_a_trip_overtakes_a_closing() -> None:
    rig = Rig()
    rig.command("F1LD0/RREC1.BlkRec", True)
    rig.command(CONTROLLER, False)
    rig.run(1)
    rig.command(CONTROLLER, True)
    rig.run(0.01)
    rig.disturb("trip", "F1LD0/PTOC1")
    rig.run(1)
    assert rig.ended[-1].add_cause is AddCause.ABORTION_BY_TRIP
    assert rig.values_of(BREAKER)[-2:] == [Dbpos.INTERMEDIATE, Dbpos.OFF]


def test_a_synchronism_check_holds_back_what_asks_it() -> None:
    rig = Rig()
    rig.command(CONTROLLER, False)
    rig.run(1)
    rig.disturb("difference angle", "F1LD0/RSYN1", 40.0)
    assert rig.value("F1LD0/RSYN1.Rel.stVal[ST]") is True  # the line is dead
    rig.command("INFLD0/CSWI1.Pos", False)
    rig.run(1)
    assert rig.command(CONTROLLER, True, synchro_check=True).accepted


def test_two_sources_that_differ_too_much_are_not_joined() -> None:
    rig = Rig(bay_file(ends={"F1": "IFL"}))
    rig.command(CONTROLLER, False)
    rig.run(1)
    assert float(rig.value("F1LD0/RSYN1.DifAngClc.mag.f[MX]")) == pytest.approx(4.0)
    assert rig.value("F1LD0/RSYN1.Rel.stVal[ST]") is True
    rig.disturb("difference angle", "F1LD0/RSYN1", 40.0)
    assert rig.value("F1LD0/RSYN1.AngInd.stVal[ST]") is True
    assert rig.command(CONTROLLER, True, synchro_check=True).add_cause is AddCause.BLOCKED_BY_SYNCHROCHECK
    assert rig.command(CONTROLLER, True, synchro_check=False).accepted
