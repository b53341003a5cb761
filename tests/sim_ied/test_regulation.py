"""Steps of tap changers, limits of generators and energy meters of the simulated grid."""

from __future__ import annotations

import pytest

from models.command import AddCause
from models.point import Dbpos, PointName
from sim_ied.equipment import limited_generators, tap_changing_loads
from sim_ied.regulation import END_POSITION, LIMIT, TAP
from tests.sim_ied.small_grid import small_grid
from tests.sim_ied.small_world import Run


@pytest.fixture
def run() -> Run:
    return Run()


def _tap() -> PointName:
    return PointName(tap_changing_loads(small_grid())[0].id, TAP)


def _value(run: Run, location: str, variable: str) -> float:
    return float(run.world.board.present[PointName(location, variable)].value)  # type: ignore[arg-type]


def test_a_step_takes_its_time_and_lifts_the_load(run: Run) -> None:
    tap = _tap()
    before_w = _value(run, tap.location, "MMXU1.TotW")
    assert run.world.command(tap, Dbpos.ON, run.now_ns).accepted
    assert run.world.check(tap, Dbpos.ON).add_cause is AddCause.COMMAND_ALREADY_IN_EXECUTION
    run.forward(5.0)
    assert _value(run, tap.location, TAP) == 1
    assert [each.point for each in run.world.take_completions()] == [tap]
    run.forward(10.0)
    assert _value(run, tap.location, "MMXU1.TotW") > before_w * 1.02


def test_the_end_position_is_told_and_no_step_goes_beyond(run: Run) -> None:
    tap = _tap()
    for _ in range(END_POSITION):
        assert run.world.command(tap, Dbpos.OFF, run.now_ns).accepted
        run.forward(5.0)
    assert run.world.board.present[PointName(tap.location, "YLTC1.EndPosL")].value is True
    assert run.world.check(tap, Dbpos.OFF).add_cause is AddCause.POSITION_REACHED
    assert run.world.check(tap, Dbpos.ON).accepted
    assert not run.world.check(tap, True).accepted


def test_a_limit_holds_at_once_and_within_the_rating(run: Run) -> None:
    bay, members = next(iter(limited_generators(small_grid()).items()))
    rated_w = sum(each.rated_power_w for each in members)
    point = PointName(bay, LIMIT)
    assert _value(run, bay, LIMIT) == rated_w
    assert not run.world.check(point, rated_w * 1.1).accepted
    assert run.world.command(point, 1000.0, run.now_ns).accepted
    run.forward(20.0)
    assert _value(run, bay, LIMIT) == 1000.0
    assert _value(run, bay, "MMXU1.TotW") < 2000.0  # the limit, and the noise of the transducer


def test_energy_is_the_power_over_time_in_its_own_direction(run: Run) -> None:
    location = small_grid().loads[0].id
    power_w = _value(run, location, "MMXU1.TotW")
    first = _value(run, location, "MMTR1.DmdWh")
    run.forward(240.0)
    counted = _value(run, location, "MMTR1.DmdWh") - first
    assert counted == pytest.approx(power_w / 15.0, rel=0.1)
    assert _value(run, location, "MMTR1.SupWh") == 0
    assert isinstance(run.world.board.present[PointName(location, "MMTR1.DmdWh")].value, int)
