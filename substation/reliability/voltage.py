"""What the voltage at a load says of its supply, beside the positions of switches."""

from __future__ import annotations

from dataclasses import dataclass

from models.network.elements import Network
from models.point import PointName, Sample
from substation.grid.topology import Supply
from substation.image import Missing, ProcessImage
from substation.mv.prefault import ALIVE_PU, VOLTAGES
from substation.mv.reading import time_of

DEAD_PU = 0.05
"""At or below this share of the nominal voltage in every phase supply is interrupted (EN 50160)."""
AFTER_NS = 2_000_000_000
"""A voltage is believed against positions when it was measured that long after the last of them changed."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the voltage says, and since when it has said so (UTC ns)."""

    supply: Supply
    since_ns: int


class VoltageEvidence:
    """Of every load whose busbar measures all three phase-to-phase voltages."""

    def __init__(self, network: Network) -> None:
        nominal_v = {node.id: node.nominal_voltage_v for node in network.nodes}
        self._measured = {
            load.id: (load.node.rpartition("/")[0], nominal_v[load.node]) for load in network.loads if "/" in load.node
        }

    def of(self, load: str, image: ProcessImage, switched_ns: int) -> Evidence | None:
        """None where the voltage says nothing: not measured, not valid, between the bounds, or older than switching."""
        busbar, nominal_v = self._measured.get(load, ("", 0.0))
        samples = [image.read(PointName(busbar, name)) for name in VOLTAGES]
        phases = [each for each in samples if not isinstance(each, Missing)]
        if len(phases) < len(VOLTAGES) or min(map(time_of, phases)) < switched_ns + AFTER_NS:
            return None
        lowest, highest = min(map(_volts, phases)), max(map(_volts, phases))
        if highest <= DEAD_PU * nominal_v:
            return Evidence(Supply.DEAD, min(map(time_of, phases)))
        return Evidence(Supply.LIVE, min(map(time_of, phases))) if lowest >= ALIVE_PU * nominal_v else None


def _volts(sample: Sample) -> float:
    """A voltage that is no number is none, so it says nothing either way."""
    return float("nan") if isinstance(sample.value, str) else abs(float(sample.value))
