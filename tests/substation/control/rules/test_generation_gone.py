"""S11: generation whose voltage nobody measures is closed onto after its loss-of-mains time, not before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from models.point import PointName
from substation.image import ProcessImage
from tests.substation.control.asking import FDIR, PERSON
from tests.substation.control.rules.scenario import Scenario, each
from tests.substation.control.world import NETWORK, STATIONS, World, isolated


@dataclass
class Later(Scenario):
    """So long after every switch has moved."""

    after_s: float = 0.0

    def image(self) -> ProcessImage:
        image = super().image()
        return replace(image, time_ns=image.time_ns + round(self.after_s * 1e9))


def _unmeasured() -> World:
    world = isolated()
    phases = ("phsAB", "phsBC", "phsCA")
    world.silent |= {PointName(f"{name}/K1/BB1", f"MMXU1.PPV.{phase}") for name in STATIONS for phase in phases}
    return world


@pytest.mark.parametrize("who", [FDIR, PERSON])
@pytest.mark.parametrize(("after_s", "passes"), [(0.0, False), (4.9, False), (5.1, True)])
def test_s11_the_loss_of_mains_time_is_waited_for(who, after_s: float, passes: bool) -> None:  # noqa: ANN001
    network = each(NETWORK, "generators", loss_of_mains_s=5.0)
    refused = Later(_unmeasured(), network, after_s=after_s).refused(who=who)
    assert refused == {} if passes else "lost its source less than 5 s ago" in refused["S11"]


def test_s11_a_part_that_is_measured_dead_waits_for_nothing() -> None:
    assert Later(isolated(), each(NETWORK, "generators", loss_of_mains_s=5.0)).refused(who=FDIR) == {}


def test_s11_without_declared_protection_people_close_there() -> None:
    network = each(NETWORK, "generators", loss_of_mains_s=None)
    late = Later(_unmeasured(), network, after_s=900.0)
    assert "'loss_of_mains_s'" in late.refused(who=FDIR)["S11"]
    assert late.refused(who=PERSON) == {}
