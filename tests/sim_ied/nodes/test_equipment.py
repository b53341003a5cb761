"""Tap changers and their regulation, coil, gas, supply, measurands, and nodes that only hold their values."""

from __future__ import annotations

import pytest

from models.command import AddCause
from models.errors import ConfigError
from models.point import Dbpos
from tests.sim_ied.nodes.rig import Rig

HIGHER, LOWER = Dbpos.ON, Dbpos.OFF
POSITION = "F1LD0/YLTC1.TapChg.valWTr.posVal[ST]"


def test_a_tap_changer_steps_and_stops_at_its_end() -> None:
    rig = Rig()
    assert rig.command("F1LD0/YLTC1.TapChg", HIGHER).accepted
    assert rig.command("F1LD0/YLTC1.TapChg", HIGHER).add_cause is AddCause.COMMAND_ALREADY_IN_EXECUTION
    rig.run(6)
    assert rig.value(POSITION) == 10
    assert [each.accepted for each in rig.ended] == [True]
    for _ in range(7):
        assert rig.command("F1LD0/YLTC1.TapChg", HIGHER).accepted
        rig.run(6)
    assert rig.value("F1LD0/YLTC1.EndPosR.stVal[ST]") is True
    assert rig.command("F1LD0/YLTC1.TapChg", HIGHER).add_cause is AddCause.STEP_LIMIT


def test_regulation_brings_the_voltage_back_into_its_band() -> None:
    rig = Rig()
    assert rig.command("F1LD0/ATCC1.Auto", True).accepted
    rig.disturb("voltage", "F1LD0/ATCC1", -700.0)
    rig.run(29)
    assert rig.value(POSITION) == 9
    rig.run(120)
    assert rig.value("F1LD0/ATCC1.CtlV.mag.f[MX]") == pytest.approx(20000, abs=260)
    assert rig.value(POSITION) == 11
    assert rig.command("F1LD0/ATCC1.TapChg", LOWER).add_cause is AddCause.BLOCKED_BY_MODE
    rig.command("F1LD0/ATCC1.LTCBlk", True)
    rig.disturb("voltage", "F1LD0/ATCC1", 0.0)
    rig.run(120)
    assert rig.value(POSITION) == 11


def test_the_regulators_hand_moves_its_tap_changer() -> None:
    rig = Rig()
    assert rig.command("F1LD0/ATCC1.TapChg", LOWER).accepted
    rig.run(6)
    assert rig.value(POSITION) == 8
    assert [each.reference for each in rig.ended] == ["F1LD0/ATCC1.TapChg"]


def test_gas_alarms_and_locks_out() -> None:
    rig = Rig()
    rig.disturb("gas", "F1LD0/SIMG1", "alarm")
    assert rig.value("F1LD0/SIMG1.InsAlm.stVal[ST]") is True
    assert rig.value("F1LD0/XCBR1.EEHealth.stVal[ST]") == 2
    rig.disturb("gas", "F1LD0/SIMG1", "lock-out")
    assert rig.command("F1LD0/CSWI1.Pos", False).add_cause is AddCause.BLOCKED_BY_HEALTH
    rig.disturb("gas", "F1LD0/SIMG1", "ok")
    assert rig.command("F1LD0/CSWI1.Pos", False).accepted


def test_the_coil_is_raised() -> None:
    rig = Rig()
    assert rig.command("F1LD0/ANCR1.RCol", True).accepted
    assert not rig.ended
    rig.run(4)
    assert [each.accepted for each in rig.ended] == [True]


def test_measurands_follow_the_process_and_can_be_forced() -> None:
    rig = Rig()
    total = "F1LD0/MMXU1.TotW.mag.f[MX]"
    assert float(rig.value(total)) > 1e5
    rig.disturb("value", "F1LD0/MMXU1.TotW", 123.0)
    rig.run(3)
    assert rig.value(total) == 123.0
    rig.disturb("value", "F1LD0/MMXU1.TotW", None)
    rig.run(2)
    assert float(rig.value(total)) > 1e5
    rig.command("F1LD0/CSWI1.Pos", False)
    rig.run(1)
    assert rig.value(total) == 0.0


def test_a_dead_band_holds_back_noise() -> None:
    rig = Rig()
    rig.run(60)
    quiet = rig.values_of("F1LD0/MMXU1.TotW.mag.f[MX]")
    assert len(quiet) < 5
    assert len(rig.values_of("F1LD0/MMXU1.TotW.instMag.f[MX]")) > 30


def test_energy_is_counted() -> None:
    rig = Rig()
    rig.run(3600)
    power_w = float(rig.value("F1LD0/MMXU1.TotW.mag.f[MX]"))
    assert rig.value("F1LD0/MMTR1.DmdWh.actVal[ST]") == pytest.approx(power_w, rel=0.02)


def test_nodes_without_behaviour_hold_and_echo() -> None:
    rig = Rig()
    assert "F1LD0/WXYZ1" not in rig.devices["F1"].behaves()
    assert "F1LD0/XCBR1" in rig.devices["F1"].behaves()
    assert rig.command("F1LD0/GGIO1.SPCSO1", True).accepted
    assert rig.value("F1LD0/GGIO1.SPCSO1.stVal[ST]") is True
    rig.disturb("value", "F1LD0/WXYZ1.Ind", True)
    assert rig.value("F1LD0/WXYZ1.Ind.stVal[ST]") is True
    rig.disturb("battery low", "F1")
    assert rig.value("F1LD0/ZBAT1.BatLo.stVal[ST]") is True
    rig.disturb("silent", "F1LD0/LGOS1")
    assert rig.value("F1LD0/LGOS1.St.stVal[ST]") is False


def test_what_nobody_takes_is_an_error() -> None:
    rig = Rig()
    with pytest.raises(ConfigError, match="nothing there takes 'gas'"):
        rig.disturb("gas", "F1LD0/XCBR1", "alarm")
