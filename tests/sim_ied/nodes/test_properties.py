"""What holds for any commands, disturbances and times."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.point import Dbpos, Value
from sim_ied.nodes.change import Overcurrent
from sim_ied.nodes.mode import MODES
from tests.sim_ied.nodes.bay_file import bay_file
from tests.sim_ied.nodes.rig import Rig

FILE = bay_file()
CONTROLS = [
    *((f"{ied}LD0/CSWI{number}.Pos", value) for ied in ("F1", "INF") for number in "123" for value in (True, False)),
    ("F1LD0/XCBR1.Pos", False),
    ("F1LD0/YLTC1.TapChg", Dbpos.ON),
    ("F1LD0/ATCC1.TapChg", Dbpos.OFF),
    ("F1LD0/ANCR1.RCol", True),
    ("F1LD0/RREC1.BlkRec", True),
    ("F1LD0/XCBR1.BlkOpn", True),
    ("F1LD0/GGIO1.SPCSO1", True),
    *(("F1LD0/LLN0.Mod", mode) for mode in (1, 2, 3, 5)),
    ("F1LD0/XCBR1.Mod", 2),
]
DISTURBANCES = [
    *((kind, "F1LD0/XCBR1", None) for kind in ("stuck", "does not move", "stops midway", "sound", "local", "remote")),
    ("over-current", "S/K1/F1", Overcurrent(3000.0)),
    ("over-current", "S/K1/F1", Overcurrent(900.0, "A", earth=True, permanent=False)),
    ("clear", "S/K1/F1", None),
    ("trip", "F1LD0/PTOC1", None),
    ("close by hand", "F1LD0/XCBR1", None),
    ("gas", "F1LD0/SIMG1", "lock-out"),
]
Act = tuple[str, int, float, bool]
acts = st.lists(
    st.tuples(
        st.sampled_from(["command", "disturb"]),
        st.integers(0, 1000),
        st.sampled_from([0.0, 0.01, 0.06, 0.3, 2.5]),
        st.booleans(),
    ),
    max_size=12,
)
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def play(sequence: Sequence[Act]) -> tuple[Rig, list[str]]:
    """The references of all commands that were accepted."""
    rig, accepted = Rig(FILE), []
    for kind, number, pause_s, flag in sequence:
        if kind == "command":
            reference, value = CONTROLS[number % len(CONTROLS)]
            if rig.command(reference, value, interlock_check=flag, synchro_check=flag, test=number % 5 == 0).accepted:
                accepted.append(reference)
        else:
            rig.disturb(*DISTURBANCES[number % len(DISTURBANCES)])
        rig.run(pause_s)
    rig.run(10)
    return rig, accepted


@few
@given(acts)
def test_positions_never_jump_and_commands_always_end(sequence: list[Act]) -> None:
    rig, accepted = play(sequence)
    for reference in (each for each in rig.shown if each.endswith(".Pos.stVal[ST]")):
        values = rig.values_of(reference)
        ends = {Dbpos.ON, Dbpos.OFF}
        assert not any({one, two} == ends for one, two in zip(values, values[1:], strict=False)), reference
    assert sorted(each.reference for each in rig.ended) == sorted(accepted)


@few
@given(acts)
def test_beh_and_quality_follow_the_modes(sequence: list[Act]) -> None:
    rig, _ = play(sequence)
    for name in ("XCBR1", "PTOC1", "MMXU1"):
        mode = MODES[int(rig.value(f"F1LD0/{name}.Mod.stVal[ST]")) - 1]
        expected = mode.below(MODES[int(rig.value("F1LD0/LLN0.Mod.stVal[ST]")) - 1])
        shown = rig.shown[f"F1LD0/{name}.Beh.stVal[ST]"]
        assert (shown.value, shown.quality) == (expected.number, expected.quality)


@few
@given(acts)
def test_the_same_acts_give_the_same_log_in_the_order_of_time(sequence: list[Act]) -> None:
    (first, _), (second, _) = play(sequence), play(sequence)
    assert first.log == second.log
    for name in first.devices:
        times = [each.time_ns for each in first.log if each.reference.startswith(f"{name}LD0/")]
        assert times == sorted(times)


@few
@given(acts)
def test_a_trip_never_comes_before_its_causes(sequence: list[Act]) -> None:
    """Tr only while a stage has operated; Op only while it has started."""
    rig, _ = play(sequence)
    state: dict[str, Value] = {}
    causes = {"F1LD0/PTRC1.Tr.general[ST]": "F1LD0/PTOC1.Op.general[ST]"}
    causes["F1LD0/PTOC1.Op.general[ST]"] = "F1LD0/PTOC1.Str.general[ST]"
    for each in rig.log:
        before, state[each.reference] = state.get(each.reference), each.value
        if each.reference in causes and each.value is True and before is False:
            assert state[causes[each.reference]] is True


NUMBERS = st.one_of(st.floats(), st.integers(-(2**63), 2**63), st.booleans(), st.text(max_size=3))
WRITABLE = [
    "PTOC1.StrVal.setMag.f[SE]",
    "PTOC1.OpDlTmms.setVal[SE]",
    "RREC1.Rec1Tmms.setVal[SE]",
    "RREC1.RclTmms.setVal[SE]",
    "RBRF1.FailTmms.setVal[SE]",
    "MMXU1.TotW.db[CF]",
    "MMXU1.TotW.zeroDb[CF]",
    "YLTC1.TapChg.minVal[CF]",
    "LLN0.SGCB.ActSG[SP]",
    "LLN0.SGCB.EditSG[SP]",
    "LLN0.SGCB.CnfEdit[SP]",
    "LLN0.Nothing[SP]",
]


@few
@given(st.lists(st.tuples(st.sampled_from(WRITABLE), NUMBERS), max_size=8))
def test_no_setting_stops_a_device(writes: list[tuple[str, Value]]) -> None:
    rig = Rig(FILE)
    for reference, value in writes:
        rig.write(f"F1LD0/{reference}", value)
    rig.disturb("over-current", "S/K1/F1", Overcurrent(3000.0))
    rig.run(5)
    assert rig.value("F1LD0/PTOC1.Beh.stVal[ST]") == 1
