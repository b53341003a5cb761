"""The small world in virtual time: faults, trips, reclosing, indicators, commands, defects, verdicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.command import AddCause
from models.errors import ConfigError
from models.network.elements import Limits, SwitchKind
from models.point import Dbpos, PointName
from sim_ied.disturbance import Disturbance
from sim_ied.effect import disturb
from sim_ied.fault import Fault, FaultKind
from tests.sim_ied.small_world import FEEDERS, START_NS, Run, settings, without_generators

HEAD = "OBR1/K1/E03"


def opened(run: Run) -> set[str]:
    return {
        switch.id
        for switch, closed in zip(run.world.network.switches, run.world.switchgear.closed, strict=True)
        if not closed and not switch.normally_open
    }


def flags(run: Run) -> set[str]:
    points = run.world.board.present.items()
    return {str(name) for name, shown in points if name.variable.startswith("SFPI") and shown.value is True}


def test_permanent_fault_goes_through_both_shots_to_lock_out() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
    run.forward(30.0)
    positions = [value for _, point, value in run.story("CSWI1.Pos") if point.startswith(HEAD)]
    once = [Dbpos.INTERMEDIATE, Dbpos.OFF]
    assert positions == [*once, Dbpos.INTERMEDIATE, Dbpos.ON, *once, Dbpos.INTERMEDIATE, Dbpos.ON, *once]
    assert [value for _, _, value in run.story("RREC1.AutoRecSt")] == [2, 9]
    assert opened(run) == {f"{HEAD}/Q0"}
    truth = run.world.truth()
    assert set(truth.unfed_loads) == {"ST1/T1", "ST2/T1", "ST3/T1"}
    assert truth.unfed_restorable == truth.unfed_loads
    assert truth.unfed_customers == 450
    assert [fault.dead for fault in truth.faults] == [True]
    assert set(truth.faults[0].zone) == {"ST2/K1/E02/N1", "ST3/K1/E01/N1"}
    assert (truth.fed_twice, truth.closed_onto_fault) == (0, 0)


def test_high_stage_trips_in_its_time() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L01/W01", fraction=0.2), run.now_ns)
    run.forward(0.2)
    trips = [(second, point) for second, point, value in run.story("PTRC1.Tr") if value]
    assert trips == [(0.1, f"{HEAD}/PTRC1.Tr")]
    assert (0.15, f"{HEAD}/Q0/CSWI1.Pos", Dbpos.OFF) in run.story("CSWI1.Pos")


def test_indicators_stand_along_the_path_and_reset_when_voltage_is_back() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L03/W03", FaultKind.TWO_PHASE), run.now_ns)
    run.forward(30.0)
    assert flags(run) == {
        "ST1/K1/E01/SFPI1.RvFlt",
        "ST1/K1/E02/SFPI1.FwdFlt",
        "ST2/K1/E01/SFPI1.RvFlt",
        "ST2/K1/E02/SFPI1.FwdFlt",
    }
    run.world.operate("ST2/K1/E02/Q0", Dbpos.OFF, run.now_ns)
    run.forward(10.0)
    assert run.world.operate(f"{HEAD}/Q0", Dbpos.ON, run.now_ns).accepted
    run.forward(4.0)
    assert len(flags(run)) == 4
    run.forward(4.0)
    assert flags(run) == set()


def test_transient_fault_ends_with_the_first_reclosing() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L03/W03", permanent=False), run.now_ns)
    run.forward(20.0)
    assert [value for _, _, value in run.story("RREC1.AutoRecSt")] == [2, 3, 1]
    assert opened(run) == set()
    truth = run.world.truth()
    assert truth.unfed_loads == ()
    assert [fault.exists for fault in truth.faults] == [False]


def test_fault_that_outlives_one_dead_time_and_fault_of_short_duration() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L03/W03", permanent=False, trips_to_clear=2), run.now_ns)
    run.forward(40.0)
    assert len([1 for _, _, value in run.story("PTRC1.Tr") if value]) == 2
    assert opened(run) == set()
    short = Run()
    short.world.inject(Fault("F1", "L03/W03", permanent=False, duration_s=0.05), short.now_ns)
    short.forward(5.0)
    assert short.story("PTRC1.Tr") == []
    assert flags(short) == set()


def test_busbar_fault_trips_the_transformer_bay() -> None:
    run = Run()
    run.world.inject(Fault("F1", "OBR1/K1/BB1"), run.now_ns)
    run.forward(5.0)
    assert opened(run) == {"OBR1/K1/E01/Q0"}
    assert {point for _, point, value in run.story("PTRC1.Tr") if value} == {"OBR1/K1/E01/PTRC1.Tr"}


def test_breaker_that_sticks_is_backed_up_by_the_transformer_bay() -> None:
    run = Run()
    disturb(run.world, Disturbance("stuck", f"{HEAD}/Q0"), run.now_ns)
    assert run.value(f"{HEAD}/Q0/XCBR1.EEHealth") == 3
    run.world.inject(Fault("F1", "L01/W01"), run.now_ns)
    run.forward(10.0)
    assert opened(run) == {"OBR1/K1/E01/Q0"}


def test_closing_onto_the_fault_by_command_trips_finally_and_is_counted() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
    run.forward(60.0)
    run.world.operate(f"{HEAD}/Q0", Dbpos.ON, run.now_ns)
    run.forward(30.0)
    assert opened(run) == {f"{HEAD}/Q0"}
    assert run.value(f"{HEAD}/RREC1.AutoRecSt") == 9
    assert run.world.truth().closed_onto_fault == 1


def test_reclosing_onto_the_fault_is_not_counted() -> None:
    run = Run()
    run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
    run.forward(60.0)
    assert run.world.truth().closed_onto_fault == 0


def test_a_closed_tie_feeds_twice() -> None:
    run = Run()
    run.world.operate("ST3/K1/E02/Q0", Dbpos.ON, run.now_ns)
    run.forward(1.0)
    assert run.world.truth().fed_twice == 0  # still travelling
    run.forward(2.0)
    assert run.world.truth().fed_twice == 1


def test_a_loop_over_one_transformer_counts_as_fed_twice() -> None:
    run = Run()
    run.world.operate("ST8/K1/E02/Q0", Dbpos.ON, run.now_ns)
    run.forward(3.0)
    assert run.world.truth().fed_twice == 1


def test_restoration_by_hand_of_the_operator() -> None:
    run = Run(without_generators())
    run.world.inject(Fault("F1", "L02/W02"), run.now_ns)
    run.forward(40.0)
    for switch, target in (
        ("ST1/K1/E02/Q0", Dbpos.OFF),
        ("ST2/K1/E01/Q0", Dbpos.OFF),
        (f"{HEAD}/Q0", Dbpos.ON),
        ("ST3/K1/E02/Q0", Dbpos.ON),
    ):
        assert run.world.operate(switch, target, run.now_ns).accepted
        run.forward(5.0)
    truth = run.world.truth()
    assert truth.unfed_loads == ()
    assert truth.limits_exceeded == ()
    assert (truth.fed_twice, truth.closed_onto_fault) == (0, 0)
    assert truth.faults[0].dead
    run.world.repair("F1", run.now_ns)
    assert run.world.truth().faults == ()


def test_generators_leave_with_the_mains_and_return_after_their_time() -> None:
    run = Run()
    run.forward(1.0)
    before_w = run.value("ST3/K1/G1/MMXU1.TotW")
    assert isinstance(before_w, float)
    assert before_w > 100e3
    run.world.operate(f"{HEAD}/Q0", Dbpos.OFF, run.now_ns)
    run.forward(2.0)
    assert run.value("ST3/K1/G1/MMXU1.TotW") == 0.0
    run.world.operate(f"{HEAD}/Q0", Dbpos.ON, run.now_ns)
    run.forward(59.0)
    assert run.value("ST3/K1/G1/MMXU1.TotW") == 0.0
    run.forward(4.0)
    assert run.value("ST3/K1/G1/MMXU1.TotW") == pytest.approx(before_w, abs=60e3)


@pytest.mark.parametrize(
    ("kind", "target", "cause"),
    [
        ("stuck", "ST1/K1/E02/Q0", AddCause.BLOCKED_BY_HEALTH),
        ("local", "ST1", AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
        ("local", "ST1/K1/E02", AddCause.BLOCKED_BY_SWITCHING_HIERARCHY),
    ],
)
def test_refusals_have_their_cause(kind: str, target: str, cause: AddCause) -> None:
    run = Run()
    disturb(run.world, Disturbance(kind, target), run.now_ns)
    result = run.world.operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns)
    assert (result.accepted, result.add_cause) == (False, cause)
    assert "ST1/K1/E02/Q0" in result.reason
    run.forward(5.0)
    assert opened(run) == set()


def test_refusals_by_state() -> None:
    run = Run()
    operate = run.world.operate
    assert operate("ST1/K1/E02/Q0", Dbpos.ON, run.now_ns).add_cause is AddCause.POSITION_REACHED
    assert operate(f"{HEAD}/Q1", Dbpos.OFF, run.now_ns).add_cause is AddCause.NOT_SUPPORTED
    assert operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns).accepted
    assert operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns).add_cause is AddCause.COMMAND_ALREADY_IN_EXECUTION
    unknown = run.world.command(PointName("ST1", "CSWI1.Pos"), Dbpos.OFF, run.now_ns)
    assert unknown.add_cause is AddCause.NOT_SUPPORTED


def test_closing_on_an_earth_is_interlocked_and_counts_as_fault_without() -> None:
    run = Run()
    run.world.operate(f"{HEAD}/Q0", Dbpos.OFF, run.now_ns)
    run.forward(1.0)
    for switch, target in ((f"{HEAD}/Q1", Dbpos.OFF), (f"{HEAD}/Q8", Dbpos.ON), (f"{HEAD}/Q1", Dbpos.ON)):
        assert run.world.operate_by_hand(switch, target, run.now_ns)
        run.forward(3.0)
    assert run.value(f"{HEAD}/Q0/CILO1.EnaCls") is False
    refused = run.world.operate(f"{HEAD}/Q0", Dbpos.ON, run.now_ns)
    assert refused.add_cause is AddCause.BLOCKED_BY_INTERLOCKING
    assert run.world.operate(f"{HEAD}/Q0", Dbpos.ON, run.now_ns, interlock=False).accepted
    run.forward(10.0)
    assert run.value(f"{HEAD}/Q0/CSWI1.Pos") is Dbpos.OFF
    assert run.world.truth().closed_onto_fault == 1


@pytest.mark.parametrize(
    ("kind", "shown", "accepted"),
    [("does not move", Dbpos.ON, True), ("stops midway", Dbpos.INTERMEDIATE, False), ("sound", Dbpos.OFF, True)],
)
def test_ends_of_commands(kind: str, shown: Dbpos, accepted: bool) -> None:
    run = Run()
    disturb(run.world, Disturbance(kind, "ST1/K1/E02/Q0"), run.now_ns)
    assert run.world.operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns).accepted
    run.forward(1.0)
    assert run.world.take_completions() == []
    run.forward(2.0)
    [completion] = run.world.take_completions()
    assert completion.accepted is accepted
    assert run.value("ST1/K1/E02/Q0/CSWI1.Pos") is shown


def test_a_command_without_end_ends_late_when_the_switch_is_sound_again() -> None:
    run = Run()
    disturb(run.world, Disturbance("says no end", "ST1/K1/E02/Q0"), run.now_ns)
    assert run.world.operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns).accepted
    run.forward(60.0)
    assert run.world.take_completions() == []
    again = run.world.operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns)
    assert again.add_cause is AddCause.COMMAND_ALREADY_IN_EXECUTION
    disturb(run.world, Disturbance("sound", "ST1/K1/E02/Q0"), run.now_ns)
    [completion] = run.world.take_completions()
    assert completion.time_ns == run.now_ns
    assert run.value("ST1/K1/E02/Q0/CSWI1.Pos") is Dbpos.ON
    assert run.world.operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns).accepted


def test_missing_and_false_indicators() -> None:
    run = Run()
    disturb(run.world, Disturbance("indicator missing", "ST1/K1/E02"), run.now_ns)
    disturb(run.world, Disturbance("indicator forward", "ST7/K1/E02"), run.now_ns)
    run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
    run.forward(4.0)
    assert "ST1/K1/E02/SFPI1.FwdFlt" not in flags(run)
    assert "ST7/K1/E02/SFPI1.FwdFlt" in flags(run)


def test_blocked_reclosing_makes_the_first_trip_final() -> None:
    run = Run()
    point = PointName(HEAD, "RREC1.BlkRec")
    assert run.world.command(point, True, run.now_ns).accepted
    assert [item.point for item in run.world.take_completions()] == [point]
    run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
    run.forward(40.0)
    assert len([1 for _, _, value in run.story("PTRC1.Tr") if value]) == 1
    assert run.value(f"{HEAD}/RREC1.AutoRecSt") == 12
    assert run.value(f"{HEAD}/RREC1.BlkRec") is True


def test_same_seed_same_world() -> None:
    first, second, other = Run(), Run(), Run(setting=settings(seed=2))
    for run in (first, second, other):
        run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
        run.forward(20.0)
    assert first.events == second.events
    assert first.measured == second.measured
    assert first.events != other.events


def test_changes_are_in_order_of_time_whatever_the_steps() -> None:
    coarse, fine = Run(), Run()
    for run, step in ((coarse, 20.0), (fine, 0.01)):
        run.world.inject(Fault("F1", "L03/W03"), run.now_ns)
        while run.now_ns < START_NS + 20e9:
            run.forward(step)
    times = [change.time_ns for change in coarse.events]
    assert times == sorted(times)
    assert coarse.events == fine.events


def test_wrong_targets_are_one_clear_line() -> None:
    run = Run()
    with pytest.raises(ConfigError, match="no line or busbar 'L99'"):
        run.world.inject(Fault("F1", "L99"), run.now_ns)
    with pytest.raises(ConfigError, match="there is no such fault"):
        run.world.repair("F1", run.now_ns)
    with pytest.raises(ConfigError, match="no such switch"):
        disturb(run.world, Disturbance("stuck", "ST1"), run.now_ns)
    with pytest.raises(ConfigError, match="no indicator"):
        disturb(run.world, Disturbance("indicator missing", "ST1/K1/E09"), run.now_ns)


def test_relay_settings_must_fit_the_network() -> None:
    missing = settings()
    del missing.protection["OBR1/K1/E03"]
    with pytest.raises(ConfigError, match="bay OBR1/K1/E03 has no relay settings"):
        Run(setting=missing)
    strange = settings()
    strange.reclosing["ST1/K1/E01"] = strange.reclosing[FEEDERS[0]]
    with pytest.raises(ConfigError, match="no such bay"):
        Run(setting=strange)


def test_every_bay_breaker_has_the_points_of_the_table() -> None:
    run = Run()
    for switch in run.world.network.switches:
        if switch.kind is SwitchKind.BREAKER:
            bay = switch.id.rpartition("/")[0]
            for variable in (
                "PTRC1.Tr",
                "PTOC1.Str",
                "PTOC1.Op",
                "PTOC2.Str",
                "PTOC2.Op",
                "MMXU1.PPV.phsAB",
                "MMXU1.Hz",
            ):
                assert PointName(bay, variable) in run.world.board.present


def test_what_could_still_be_fed_is_told() -> None:
    run = Run(without_generators())
    run.world.inject(Fault("F1", "L02/W02"), run.now_ns)
    run.forward(40.0)
    assert run.world.truth().restorable_now == ("ST1/T1", "ST2/T1", "ST3/T1")
    run.world.operate("ST1/K1/E02/Q0", Dbpos.OFF, run.now_ns)
    run.world.operate("ST2/K1/E01/Q0", Dbpos.OFF, run.now_ns)
    run.forward(5.0)
    assert run.world.truth().unfed_restorable == ("ST1/T1", "ST2/T1", "ST3/T1")
    assert set(run.world.truth().restorable_now) == {"ST1/T1", "ST2/T1", "ST3/T1"}
    run.world.operate(f"{HEAD}/Q0", Dbpos.ON, run.now_ns)
    run.world.operate("ST3/K1/E02/Q0", Dbpos.ON, run.now_ns)
    run.forward(5.0)
    assert run.world.truth().restorable_now == ()


def test_what_would_be_too_much_is_not_restorable() -> None:
    """Voltages count with the distance that sim_ied.restorable keeps to their limits (0.015 p.u.)."""
    weak = replace(without_generators(), limits=Limits(0.975, 1.1, 1.0, 1.0))
    run = Run(weak)
    run.world.inject(Fault("F1", "L01/W01"), run.now_ns)
    run.forward(40.0)
    truth = run.world.truth()
    assert truth.restorable_now == truth.unfed_restorable == ("ST1/T1", "ST2/T1", "ST3/T1")
    strict = replace(weak, limits=Limits(0.984, 1.1, 1.0, 1.0))
    other = Run(strict)
    other.world.inject(Fault("F1", "L01/W01"), other.now_ns)
    other.forward(40.0)
    assert other.world.truth().restorable_now == ()
