"""Settings for the small grid, and a driver that collects what happens."""

from __future__ import annotations

from dataclasses import replace

from models.network.elements import Network
from models.point import PointName, Value
from sim_ied.board import Change
from sim_ied.settings import (
    Generators,
    Indicators,
    Measurements,
    Overcurrent,
    Reclosing,
    Travel,
    WorldSettings,
)
from sim_ied.world import World
from tests.sim_ied.small_grid import small_grid

START_NS = 1_750_000_000_000_000_000
FEEDERS = ("OBR1/K1/E03", "OBR1/K1/E04", "OBR2/K1/E03")
FEEDER_RELAY = Overcurrent("standard inverse", 400.0, 0.1, 2500.0, 0.1)
TRANSFORMER_RELAY = Overcurrent("standard inverse", 1000.0, 0.25, 3000.0, 0.5)


def settings(dead_times_s: tuple[float, ...] = (0.5, 10.0), seed: int = 1, speed: float = 1.0) -> WorldSettings:
    return WorldSettings(
        network="network.json",
        scd="scd.xml",
        day_start_s=12 * 3600.0,
        seed=seed,
        speed=speed,
        profiles={"home": (0.5, 0.8), "pv": (0.0, 0.5)},
        load_profile="home",
        load_exceptions={},
        generators=Generators({"pv": "pv"}),
        travel=Travel(),
        indicators=Indicators(pickup_a=400.0, report_delay_s=(0.2, 2.0)),
        measurements=Measurements(),
        protection=dict.fromkeys(FEEDERS, FEEDER_RELAY)
        | {"OBR1/K1/E01": TRANSFORMER_RELAY, "OBR2/K1/E01": TRANSFORMER_RELAY},
        reclosing={bay: Reclosing(dead_times_s, 5.0) for bay in FEEDERS} if dead_times_s else {},
    )


class Run:
    """A world in virtual time. `events` holds all changes that are not measurements."""

    def __init__(self, network: Network | None = None, setting: WorldSettings | None = None) -> None:
        self.world = World(network or small_grid(), setting or settings(), START_NS)
        self.now_ns = START_NS
        self.events: list[Change] = []
        self.measured: list[Change] = []
        self.forward(0.0)
        self.events.clear()

    def forward(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)
        for change in self.world.advance(self.now_ns):
            (self.measured if "MMXU" in change.point.variable else self.events).append(change)

    def value(self, point: str) -> Value:
        return self.world.board.present[PointName.parse(point)].value

    def story(self, *variables: str) -> list[tuple[float, str, Value]]:
        """(seconds, point, value) of events whose variable is one of these."""
        return [
            (round((change.time_ns - START_NS) / 1e9, 3), str(change.point), change.value)
            for change in self.events
            if change.point.variable in variables
        ]


def without_generators() -> Network:
    return replace(small_grid(), generators=())
