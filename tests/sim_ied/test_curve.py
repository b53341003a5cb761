"""Operate times of IEC 60255-151 at round multiples of the pickup, worked out by hand from the published constants."""

from math import inf

import pytest

from sim_ied.curve import CURVES


@pytest.mark.parametrize(
    ("name", "multiple", "expected_s"),
    [
        ("standard inverse", 2.0, 10.029),
        ("standard inverse", 5.0, 4.280),
        ("standard inverse", 10.0, 2.971),
        ("standard inverse", 20.0, 2.267),
        ("very inverse", 2.0, 13.5),
        ("very inverse", 10.0, 1.5),
        ("extremely inverse", 2.0, 26.667),
        ("extremely inverse", 10.0, 0.808),
    ],
)
def test_operate_time(name: str, multiple: float, expected_s: float) -> None:
    assert CURVES[name].operate_time_s(multiple, 1.0) == pytest.approx(expected_s, abs=6e-4)
    assert CURVES[name].operate_time_s(multiple, 0.1) == pytest.approx(expected_s / 10.0, abs=1e-4)


def test_no_operation_at_or_below_pickup_and_saturation_above_twenty() -> None:
    curve = CURVES["extremely inverse"]
    assert curve.operate_time_s(1.0, 1.0) == inf
    assert curve.operate_time_s(50.0, 1.0) == curve.operate_time_s(20.0, 1.0)
