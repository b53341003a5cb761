"""Prevention in a running unit: weather comes through the data interface, faults are seen and judged."""

from __future__ import annotations

from dataclasses import replace

from models.wire.cbor import WireValue
from substation.grid.topology import Topology
from substation.mv.prevention.assets import assets_of
from substation.mv.prevention.settings import PreventionSettings
from substation.study.prevention.own_history import of_engine
from tests.substation.mv.prevention.trained import MODEL
from tests.virtual.loop import VirtualLoop, run
from tests.virtual.site import SMALL, hurried, virtual_site
from tests.virtual.world import ADA, Plant, open_site

SETTINGS = PreventionSettings("advisory", period_s=10.0, horizon_s=3600.0, model=MODEL)


async def blow(plant: Plant, gust: float) -> None:
    declared, unit = plant.unit.access.declared, plant.site.config.name
    weather: WireValue = {"valid_from_ns": plant.unit.parts.clock(), "gust_m_s": [gust] * 96}
    result = await declared.write("Weather", unit, weather, ADA)
    assert result.instances


def own(plant: Plant, line: str) -> None:
    """What the unit has seen is what a study learns from: the fault in its zone, and the storm."""
    network, engine = plant.site.network, plant.unit.parts.stores.history.engine
    topology = Topology(network)
    seen = of_engine(engine, plant.site.config.name, topology, assets_of(topology, {}))
    [fault], weather = seen.happened.faults, seen.weather
    [zone] = [each for each in topology.zone_elements if line in each]
    assert fault.where in zone
    assert weather is not None
    assert {each["gust_m_s"] for each in map(weather.at, range(weather.first, weather.first + weather.hours))} == {40.0}


def test_a_storm_is_warned_of_and_the_fault_in_it_is_a_hit() -> None:
    async def play(loop: VirtualLoop) -> None:
        site = virtual_site(SMALL)
        site = replace(site, config=replace(site.config, prevention=SETTINGS))
        async with open_site(loop, site, 3, hurried) as plant:
            await plant.forward(15.0)
            assert not plant.said("prevention", "a fault at")
            await blow(plant, 40.0)
            await plant.run_until(lambda: bool(plant.said("prevention", "a fault at")), 60.0, "no warning")
            line = next(each.id for each in site.network.lines)
            plant.fault(line)
            await plant.forward(60.0)
            struck = plant.station.optimising.look().struck
            assert struck
            assert struck[0].feeder in {feeder.id for feeder in site.network.feeders}
            state = plant.unit.parts.stores.history.load_state("prevention")
            assert isinstance(state, dict)
            assert state["faults"]["warnings"][0] == 1, state["faults"]  # type: ignore
            own(plant, line)

    run(play, 3)
