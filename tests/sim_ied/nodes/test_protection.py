"""From a short circuit to the breaker, and what comes after."""

from __future__ import annotations

import pytest

from models.point import Dbpos
from sim_ied.nodes.change import Overcurrent
from tests.sim_ied.nodes.rig import Rig
from tests.sim_ied.records.comtrade_reader import read

FEEDER = "S/K1/F1"


def quick() -> Rig:
    """The infeed grades above its feeders."""
    rig = Rig()
    assert rig.write("INFLD0/PTOC1.OpDlTmms.setVal[SE]", 900).accepted
    return rig


def test_the_chain_of_a_trip_in_the_order_of_time() -> None:
    rig = quick()
    rig.run(1)
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0, "AB"))
    rig.run(0.6)
    steps = [
        ("F1LD0/PTOC1.Str.general[ST]", True),
        ("F1LD0/PTOC1.Op.general[ST]", True),
        ("F1LD0/PTRC1.Tr.general[ST]", True),
        ("F1LD0/XCBR1.Pos.stVal[ST]", Dbpos.INTERMEDIATE),
        ("F1LD0/XCBR1.Pos.stVal[ST]", Dbpos.OFF),
    ]
    times = [rig.time_s(*step) for step in steps]
    assert times == pytest.approx([1.02, 1.32, 1.322, 1.325, 1.375])
    assert rig.value("F1LD0/PTOC1.Str.general[ST]") is False
    assert rig.values_of("F1LD0/PTOC1.Str.phsA[ST]") == [True, False]
    assert rig.values_of("F1LD0/PTOC1.Str.phsC[ST]") == []
    assert rig.value("INFLD0/XCBR1.Pos.stVal[ST]") is Dbpos.ON
    assert rig.values_of("INFLD0/PTOC1.Str.general[ST]")[-2:] == [True, False]


def test_behaviour_follows_the_setting_group() -> None:
    rig = quick()
    assert rig.write("F1LD0/LLN0.SGCB.ActSG[SP]", 2).accepted
    assert not rig.write("F1LD0/LLN0.SGCB.ActSG[SP]", 3).accepted
    rig.disturb("over-current", FEEDER, Overcurrent(1500.0))
    rig.run(0.5)
    assert True not in rig.values_of("F1LD0/PTOC1.Str.general[ST]")  # group 2 picks up at 2000 A
    rig.disturb("over-current", FEEDER, Overcurrent(2500.0))
    rig.run(0.2)
    assert rig.time_s("F1LD0/PTOC1.Op.general[ST]", True) == pytest.approx(0.62)  # after 100 ms


def test_a_group_is_edited_and_confirmed() -> None:
    rig = quick()
    assert rig.write("F1LD0/LLN0.SGCB.EditSG[SP]", 2).accepted
    assert rig.write("F1LD0/PTOC1.StrVal.setMag.f[SE]", 1000.0).accepted
    rig.write("F1LD0/LLN0.SGCB.ActSG[SP]", 2)
    rig.disturb("over-current", FEEDER, Overcurrent(1500.0))
    rig.run(0.05)
    assert rig.value("F1LD0/PTOC1.Str.general[ST]") is False  # not confirmed yet
    assert rig.write("F1LD0/LLN0.SGCB.CnfEdit[SP]", True).accepted
    rig.run(0.05)
    assert rig.value("F1LD0/PTOC1.Str.general[ST]") is True


def test_reclosing_restores_after_a_transient_fault() -> None:
    rig = quick()
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0, permanent=False))
    rig.run(30)
    assert rig.value("F1LD0/XCBR1.Pos.stVal[ST]") is Dbpos.ON
    assert rig.values_of("F1LD0/RREC1.AutoRecSt.stVal[ST]")[-2:] == [3, 1]
    assert rig.values_of("F1LD0/PTRC1.Tr.general[ST]").count(True) == 1


def test_reclosing_locks_out_on_a_permanent_fault() -> None:
    rig = quick()
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0))
    rig.run(60)
    assert rig.value("F1LD0/XCBR1.Pos.stVal[ST]") is Dbpos.OFF
    assert rig.value("F1LD0/RREC1.AutoRecSt.stVal[ST]") == 4  # Unsuccessful, by the file's own EnumType
    assert rig.values_of("F1LD0/PTRC1.Tr.general[ST]").count(True) == 3  # two shots
    rig.disturb("clear", FEEDER)
    assert rig.command("F1LD0/CSWI1.Pos", True).accepted
    rig.run(20)
    assert rig.value("F1LD0/RREC1.AutoRecSt.stVal[ST]") == 1


def test_blocked_reclosing_stays_open() -> None:
    rig = quick()
    assert rig.command("F1LD0/RREC1.BlkRec", True).accepted
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0, permanent=False))
    rig.run(30)
    assert rig.value("F1LD0/XCBR1.Pos.stVal[ST]") is Dbpos.OFF


def test_a_breaker_that_does_not_open_is_backed_up() -> None:
    rig = quick()
    rig.disturb("stuck", "F1LD0/XCBR1")
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0))
    rig.run(0.8)
    assert rig.value("F1LD0/RBRF1.OpEx.general[ST]") is False  # fallen back with the current
    assert True in rig.values_of("F1LD0/RBRF1.OpEx.general[ST]")
    assert rig.value("INFLD0/XCBR1.Pos.stVal[ST]") is not Dbpos.ON
    assert rig.value("F1LD0/XCBR1.Pos.stVal[ST]") is Dbpos.ON


def test_the_fault_is_recorded() -> None:
    rig = quick()
    rig.run(1)
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0))
    rig.run(0.75)
    assert rig.value("F1LD0/RDRE1.FltNum.stVal[ST]") == 1
    assert rig.value("F1LD0/RDRE1.RcdMade.stVal[ST]") is True
    (record,) = rig.devices["F1"].take_records()
    assert record.time_ns == 1_020_000_000
    assert read(record.content).frequency_hz == 50.0


def test_indicators_see_what_passes_them() -> None:
    rig = quick()
    rig.disturb("over-current", FEEDER, Overcurrent(3000.0))
    rig.run(0.2)
    assert rig.value("F1LD0/SFPI1.FwdFlt.stVal[ST]") is True
    assert rig.value("INFLD0/SFPI1.FwdFlt.stVal[ST]") is True
    assert rig.value("F2LD0/SFPI1.FwdFlt.stVal[ST]") is False
    assert rig.value("F1LD0/MMXU1.A.phsA.cVal.mag.f[MX]") == pytest.approx(3000.0, rel=0.02)


def test_feeding_an_earthed_section_is_a_short_circuit() -> None:
    rig = quick()
    for reference, value in (("F1LD0/CSWI1.Pos", False), ("F1LD0/CSWI3.Pos", True), ("F1LD0/CSWI1.Pos", True)):
        assert rig.command(reference, value).accepted
        rig.run(3 if reference.startswith("F1LD0/CSWI3") else 0.3)
    rig.run(0.5)
    assert True in rig.values_of("F1LD0/PTRC1.Tr.general[ST]")
