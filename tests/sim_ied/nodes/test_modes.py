"""Mod, Beh and what they do to commands, values and trips."""

from __future__ import annotations

import pytest

from models.command import AddCause
from models.point import Dbpos
from models.quality import Quality
from sim_ied.nodes.mode import MODES
from tests.sim_ied.nodes.rig import Rig

CONTROLLER = "F1LD0/CSWI1.Pos"
ON, BLOCKED, TEST, TEST_BLOCKED, OFF = 1, 2, 3, 4, 5

TABLE = [
    # mode of the node: on, blocked, test, test/blocked, off
    (ON, (1, 2, 3, 4, 5)),
    (BLOCKED, (2, 2, 4, 4, 5)),
    (TEST, (3, 4, 3, 4, 5)),
    (TEST_BLOCKED, (4, 4, 4, 4, 5)),
    (OFF, (5, 5, 5, 5, 5)),
]


@pytest.mark.parametrize(("above", "expected"), TABLE)
def test_beh_by_the_table_of_the_standard(above: int, expected: tuple[int, ...]) -> None:
    assert tuple(mode.below(MODES[above - 1]).number for mode in MODES) == expected


def test_the_mode_of_the_device_reaches_all_its_nodes() -> None:
    rig = Rig()
    assert rig.command("F1LD0/LLN0.Mod", TEST).accepted
    assert rig.value("F1LD0/XCBR1.Beh.stVal[ST]") == TEST
    assert rig.shown["F1LD0/XCBR1.Pos.stVal[ST]"].quality == Quality.TEST
    assert rig.command(CONTROLLER, False).add_cause is AddCause.BLOCKED_BY_MODE
    assert rig.command(CONTROLLER, False, test=True).accepted
    assert rig.command("F1LD0/LLN0.Mod", ON).accepted
    assert rig.shown["F1LD0/XCBR1.Pos.stVal[ST]"].quality == Quality.GOOD
    assert rig.command("F1LD0/LLN0.Mod", 9).add_cause is AddCause.INCONSISTENT_PARAMETERS


def test_blocked_outputs_answer_but_move_nothing() -> None:
    rig = Rig()
    rig.command("F1LD0/XCBR1.Mod", BLOCKED)
    assert rig.command(CONTROLLER, False).accepted
    rig.run(1)
    assert [each.accepted for each in rig.ended if each.reference == CONTROLLER] == [True]
    assert rig.value("F1LD0/XCBR1.Pos.stVal[ST]") is Dbpos.ON


def test_a_function_under_test_trips_no_breaker_in_operation() -> None:
    rig = Rig()
    rig.command("F1LD0/PTOC1.Mod", TEST)
    rig.disturb("trip", "F1LD0/PTOC1")
    rig.run(1)
    assert rig.shown["F1LD0/PTOC1.Op.general[ST]"].quality == Quality.TEST
    assert True not in rig.values_of("F1LD0/PTRC1.Tr.general[ST]")
    assert rig.value("F1LD0/XCBR1.Pos.stVal[ST]") is Dbpos.ON


def test_off_is_invalid_and_takes_nothing_but_the_mode() -> None:
    rig = Rig()
    rig.command("F1LD0/CSWI1.Mod", OFF)
    assert rig.shown["F1LD0/CSWI1.Pos.stVal[ST]"].quality == Quality.INVALID
    assert rig.command(CONTROLLER, False).add_cause is AddCause.BLOCKED_BY_MODE
    assert rig.command("F1LD0/CSWI1.Mod", ON).accepted


def test_health_is_the_worst_below() -> None:
    rig = Rig()
    rig.disturb("health", "F1LD0/ZBAT1", "Warning")
    assert rig.value("F1LD0/LLN0.Health.stVal[ST]") == 2
    rig.disturb("health", "F1LD0/XCBR1", "Alarm")
    assert rig.value("F1LD0/LPHD1.PhyHealth.stVal[ST]") == 3
    assert rig.value("F1LD0/CALH1.GrAlm.stVal[ST]") is True
    rig.disturb("health", "F1", "Ok")
    assert rig.value("F1LD0/LLN0.Health.stVal[ST]") == 1


def test_station_and_remote() -> None:
    rig = Rig()
    assert rig.command("F1LD0/LLN0.LocSta", True).accepted
    assert rig.command(CONTROLLER, False).add_cause is AddCause.BLOCKED_BY_SWITCHING_HIERARCHY
    assert rig.command("F1LD0/LLN0.LocSta", False).accepted
    assert rig.command(CONTROLLER, False).accepted
