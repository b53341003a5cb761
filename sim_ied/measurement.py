"""Measured values: from the flows to points, with noise and dead bands, each device in its own slot of the period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.network.elements import Network
from sim_ied.board import Board
from sim_ied.measurand import Measurand, Source, measurands
from sim_ied.physics import Floats, Flows, Injections
from sim_ied.settings import Measurements
from sim_ied.topology import Bools

SLOTS = 10
"""Devices sample one after the other: a tenth of them in each tenth of the period."""


_CONTRIBUTIONS = np.sqrt(2.0)  # the process flickers and the transducer is noisy, each as much and independently


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What can be measured at one instant. fed: per node."""

    flows: Flows
    injections: Injections
    fed: Bools


class Metering:
    """All measurands of the world as columns. `random` draws the noise (and the small unbalance between phases)."""

    def __init__(self, network: Network, settings: Measurements, board: Board, random: np.random.Generator) -> None:
        self._network, self._settings, self._board, self._random = network, settings, board, random
        self._added_random = random.spawn(1)[0]
        rows = measurands(network)
        self._added = np.array([row.source is Source.REACTIVE_GENERATION for row in rows], np.bool_)
        self._names = [row.point for row in rows]
        self._dead_band = np.array([self._dead_band_of(row) for row in rows])
        self._magnitude = np.array([row.source in (Source.VOLTAGE, Source.CURRENT) for row in rows], np.bool_)
        self._last = np.full(len(rows), np.nan)
        self._factor = np.array([row.sign for row in rows]) * self._unbalance(rows)
        offsets = self._offsets()
        self._index = np.array([offsets[row.source] + row.number for row in rows], np.int64)
        self._load_nodes = self._nodes([load.node for load in network.loads])
        self._load_nominal_v = np.array([network.nodes[node].nominal_voltage_v for node in self._load_nodes])
        locations = sorted({row.point.location for row in rows})
        self._slots = self._group(rows, {location: at % SLOTS for at, location in enumerate(locations)})

    def sample(self, slot: int, snapshot: Snapshot, frequency_hz: float, now_ns: int) -> None:
        """Sample the devices of one slot and show what left its dead band."""
        rows = self._slots[slot]
        true = self._columns(snapshot, frequency_hz)[self._index[rows]] * self._factor[rows]
        noise = self._noise(self._added[rows]) * self._dead_band[rows]
        values = np.where(true != 0.0, true + noise, 0.0)
        values = np.where(self._magnitude[rows], np.abs(values), values)
        moved = ~(np.abs(values - self._last[rows]) <= self._dead_band[rows])  # the first value is always news
        moved |= (true == 0.0) & (self._last[rows] != 0.0)
        self._last[rows[moved]] = values[moved]
        for row, value in zip(rows[moved].tolist(), values[moved].tolist(), strict=True):
            self._board.show(self._names[row], value, now_ns, repeat=True)

    def _noise(self, added: Bools) -> Floats:
        """What was measured from the beginning keeps its noise from a seed whatever is measured besides."""
        noise: Floats = np.empty(len(added))
        for random, these in ((self._random, ~added), (self._added_random, added)):
            noise[these] = random.normal(0.0, self._settings.noise * _CONTRIBUTIONS, int(these.sum()))
        return noise

    def served_w(self, snapshot: Snapshot) -> Floats:
        """What each load really takes."""
        served: Floats = snapshot.injections.load_w * snapshot.fed[self._load_nodes]
        return served

    def _columns(self, snapshot: Snapshot, frequency_hz: float) -> Floats:
        flows, injections = snapshot.flows, snapshot.injections
        served = snapshot.fed[self._load_nodes]
        load_w, load_var = injections.load_w * served, injections.load_var * served
        load_a = np.hypot(load_w, load_var) / (np.sqrt(3.0) * self._load_nominal_v)
        return np.concatenate(
            (flows.voltage_v, flows.current_a, flows.power_w, flows.reactive_power_var, load_w, load_var, load_a,
             injections.generation_w, np.broadcast_to(injections.generation_var, injections.generation_w.shape),
             [frequency_hz])
        )  # fmt: skip

    def _offsets(self) -> dict[Source, int]:
        network = self._network
        counts = {
            Source.VOLTAGE: len(network.nodes),
            Source.CURRENT: len(network.switches),
            Source.POWER: len(network.switches),
            Source.REACTIVE_POWER: len(network.switches),
            Source.LOAD_POWER: len(network.loads),
            Source.LOAD_REACTIVE_POWER: len(network.loads),
            Source.LOAD_CURRENT: len(network.loads),
            Source.GENERATION: len(network.generators),
            Source.REACTIVE_GENERATION: len(network.generators),
            Source.FREQUENCY: 1,
        }
        starts = np.concatenate(([0], np.cumsum(list(counts.values()))))
        return {source: int(start) for source, start in zip(counts, starts[:-1], strict=True)}

    def _dead_band_of(self, row: Measurand) -> float:
        settings = self._settings
        by_unit = {
            "V": settings.voltage_dead_band_v,
            "A": settings.current_dead_band_a,
            "W": settings.power_dead_band_w,
            "var": settings.power_dead_band_w,
            "Hz": settings.frequency_dead_band_hz,
        }
        return by_unit[row.source.unit]

    def _unbalance(self, rows: list[Measurand]) -> Floats:
        """Phases differ a little: up to 0.3 % in voltage, 2 % in current, constant over time."""
        spread = np.array([row.source.unbalance for row in rows])
        unlike = np.zeros(len(rows))
        unlike[~self._added] = self._random.uniform(-1.0, 1.0, int((~self._added).sum()))
        factors: Floats = 1.0 + unlike * spread
        return factors

    def _nodes(self, ids: list[str]) -> NDArray[np.int64]:
        numbers = {node.id: number for number, node in enumerate(self._network.nodes)}
        return np.array([numbers[item] for item in ids], np.int64)

    @staticmethod
    def _group(rows: list[Measurand], slots: dict[str, int]) -> list[NDArray[np.int64]]:
        wanted = np.array([slots[row.point.location] for row in rows])
        return [np.flatnonzero(wanted == slot) for slot in range(SLOTS)]
