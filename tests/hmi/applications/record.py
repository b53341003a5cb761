"""What a running unit over the simulated grid tells of its applications, recorded for the tests of their pages.

    python -m tests.hmi.applications.record

Minutes of virtual time with histories that were made up: three weeks of quarter hours, losses lower than now, and an
evening to come that is heavier than the present.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from models.order_document import to_plain
from models.wire.cbor import WireValue
from models.wire.condition import And
from sim_ied.fault import FaultKind
from sim_ied.regulator_settings import VoltageRegulator
from substation.application import Plain
from substation.exchange.variables import Selection
from substation.forecast.weekly_profile import SLOT_NS
from substation.image import Mode
from substation.mv.der.settings import DerSettings
from substation.mv.losses.settings import LossSettings
from substation.mv.losses.state import LossState, dump_state
from substation.mv.losses.state import load_state as load_losses
from substation.mv.losses.usual import LEARNED_SLOTS, Usual
from substation.mv.opf.settings import ORDERS, OpfSettings
from substation.mv.prevention.settings import PreventionSettings
from substation.mv.prevention.state import PreventionState
from substation.mv.prevention.state import dump_state as dump_prevention
from substation.mv.prevention.state import load_state as load_prevention
from substation.mv.vvc.settings import VvcSettings
from tests.virtual.loop import START_NS, VirtualLoop, run
from tests.virtual.site import MEMORY, SMALL, VirtualSite, hurried, virtual_site
from tests.virtual.test_advising import taught
from tests.virtual.world import Plant, open_site

TARGET = Path(__file__).parents[2] / "cases" / "hmi" / "applications.json"
VARIABLES = ("OPF", "VOS", "VVC", "DERPF", "Losses", "Prevention", "EarthFaults", "Status", "Cases")
SLOTS = 3 * 7 * 96
T1, T2 = "OBR1/T1", "OBR2/T1"
OPF = OpfSettings(mode=ORDERS, look_s=10.0, period_s=60.0, saving_per_operation_w=10.0, least_saving_w=10.0)
Play = Callable[[Plant], Awaitable[None]]


def _site() -> VirtualSite:
    base = virtual_site(SMALL)
    config = replace(
        base.config,
        opf=OPF,
        vvc=VvcSettings(Mode.MANUAL, period_s=60.0, least_saving_w=100.0),
        der=DerSettings(mode="advisory", period_s=2.0, smoothing_s=0.0),
        losses=LossSettings(mode="advisory", period_s=5.0, for_s=20.0),
        prevention=PreventionSettings(mode="advisory", period_s=10.0),
        earth_faults=replace(base.config.earth_faults, permitted_s={"OBR2/K1": 7200.0}),
    )
    regulators = dict.fromkeys((T1, T2), VoltageRegulator(19_300.0, delay_s=5.0))
    return replace(base, config=config, settings=replace(base.settings, voltage_regulators=regulators))


async def _told(plant: Plant) -> dict[str, WireValue]:
    publication, name = plant.unit.parts.publication, plant.site.config.name
    found: dict[str, WireValue] = {}
    for variable in VARIABLES:
        for instance in await publication.read(Selection(variable, name, And(()))):
            found[variable] = instance.value
    found["Orders"] = [to_plain(order) for order in plant.station.desk.orders.values()]  # type: ignore[misc]
    return found


def _played(site: VirtualSite, play: Play) -> dict[str, WireValue]:
    found: dict[str, WireValue] = {}

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, site, 3, hurried) as plant:
            await play(plant)
            found.update(await _told(plant))

    run(main, 3)
    return found


async def _short(plant: Plant) -> None:
    await plant.forward(30.0)


async def _optimised(plant: Plant) -> None:
    """An order is proposed; one regulator in manual, one plant without telecontrol."""
    await plant.run_until(lambda: bool(plant.station.optimising.validation.order), 180.0, "no order is proposed")
    await plant.forward(90.0)


async def _earth_fault(plant: Plant) -> None:
    plant.fault("L041/W041", FaultKind.TO_EARTH)
    await plant.run_until(lambda: bool(plant.orders), 60.0, "no order")
    await plant.forward(15.0)


def _present(site: VirtualSite) -> tuple[PreventionState, Usual]:
    """One quarter hour of the present load, by group, and of the losses of every asset."""
    kept: list[Plain] = []

    async def main(loop: VirtualLoop) -> None:
        async with open_site(loop, site, 3, hurried) as plant:
            await plant.forward(30.0)
            history = plant.unit.parts.stores.history
            kept.extend(history.load_state(name) for name in ("prevention", "losses"))

    run(main, 3)
    return load_prevention(kept[0]), replace(load_losses(kept[1]).usual, count=LEARNED_SLOTS)


def _heavier(state: PreventionState, peak: float) -> PreventionState:
    """Three weeks in which the load rises to `peak` of the present one some hours from now, and scatters."""
    now = START_NS // SLOT_NS
    base_w = state.history[-1][1]
    history = []
    for slot in range(now - SLOTS, now):
        ahead = (slot - now) % 96 / 4.0
        rise = 1.0 + (peak - 1.0) * math.exp(-((ahead - 2.5) ** 2) / 1.5)
        scatter = 1.0 + 0.12 * math.sin(slot * 12.9898 + (slot // 96) * 4.1)
        history.append((slot, tuple(round(each * rise * scatter) for each in base_w)))
    return PreventionState(state.groups, tuple(history))


def record(peak: float) -> dict[str, WireValue]:
    site = _site()
    first = START_NS // SLOT_NS - SLOTS
    losses = LossState(
        tuple((first + each, 58_000 + 700 * (each % 3), 3_500_000 + 9_000 * (each % 5)) for each in range(SLOTS))
    )
    loads, usual = _present(site)
    losses = replace(losses, usual=usual)
    states: dict[str, Plain] = {
        "losses": dump_state(losses),
        "prevention": dump_prevention(_heavier(loads, peak)),
    }
    with TemporaryDirectory(dir=MEMORY) as folder:
        calm = _played(taught(site, Path(folder), states), _optimised)
    faulted = _played(replace(site, config=replace(site.config, opf=OpfSettings())), _earth_fault)
    return {"calm": calm, "earth_fault": faulted}  # type: ignore[dict-item]


if __name__ == "__main__":
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(record(8.0), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
