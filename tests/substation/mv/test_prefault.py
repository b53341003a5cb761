"""What counts as the load before a fault."""

from __future__ import annotations

import pytest

from models.network.elements import Network
from models.point import Cdc, Handle, PointName, PointSpec, Sample
from models.quality import Quality
from substation.image import ProcessImage
from substation.mv.prefault import VOLTAGES, Record, loads_before, metered_loads, record
from substation.register import PointRegister
from tests.substation.mv.scene import SECOND, START_NS, oberrhein

LOAD, BUSBAR = "ST103/T1", "ST103/K1/BB1"
NAMES = (
    PointName(LOAD, "MMXU1.TotW"),
    PointName(LOAD, "MMXU1.TotVAr"),
    *(PointName(BUSBAR, name) for name in VOLTAGES),
)
REGISTER = PointRegister((Handle(at), PointSpec(name, Cdc.MV, "ST103")) for at, name in enumerate(NAMES, 1))
ALIVE, DEAD, DIP = (20e3, 20e3, 20e3), (0.0, 0.0, 0.0), (20e3, 8e3, 9e3)


@pytest.fixture(scope="module")
def network() -> Network:
    return oberrhein()


def read(
    network: Network, before: Record, second: int, power_w: float, volts: tuple[float, ...], quality: int = 0
) -> Record:
    """One more recording, of values measured at that second."""
    now_ns = START_NS + second * SECOND
    values = dict(enumerate((power_w, 0.0, *volts), 1))
    samples = {
        Handle(at): Sample(Handle(at), value, quality if at > 2 else 0, now_ns, now_ns) for at, value in values.items()
    }
    loads = [each for each in metered_loads(network) if each.load.id == LOAD]
    return record(ProcessImage(now_ns, REGISTER, samples), loads, before)


def before(network: Network, known: Record, second: int) -> tuple[float, str]:
    [load] = [load for load in network.loads if load.id == LOAD]
    [found] = loads_before(known, [load], START_NS + second * SECOND, old_load_s=900.0)
    return found.load.active_power_w, found.assumed


@pytest.mark.parametrize("volts", [DEAD, DIP])
def test_s11_what_is_drawn_without_voltage_is_no_load(network: Network, volts: tuple[float, ...]) -> None:
    known = read(network, {}, 0, 120e3, ALIVE)
    for second in range(1, 60):
        known = read(network, known, second, 0.0, volts)
    assert before(network, known, 60) == (120e3, "")
    assert before(network, read(network, known, 61, 90e3, ALIVE), 62) == (90e3, "")


def test_s11_load_that_was_never_fed_is_assumed(network: Network) -> None:
    power_w, assumed = before(network, read(network, {}, 0, 0.0, DEAD), 1)
    assert power_w > 0.0
    assert "no reading before the fault" in assumed


def test_voltage_that_cannot_be_read_says_nothing(network: Network) -> None:
    assert before(network, read(network, {}, 0, 70e3, DEAD, int(Quality.INVALID)), 1) == (70e3, "")
