"""Fuses before the transformers of stations: a fault behind them takes the load away, and no breaker trips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.network.elements import Network
from sim_ied.fault import Fault
from sim_ied.physics import Injections

MELTING_S = 0.01
"""A fuse of 24 kV limits a large fault current within half a period."""


class Fuses:
    """Loads by the number of the Network; blown ones draw nothing until the fault is repaired."""

    def __init__(self, network: Network) -> None:
        self._loads = {load.id: number for number, load in enumerate(network.loads)}
        self._whole = np.ones(len(network.loads))

    def limited(self, fault: Fault) -> Fault:
        """A fault behind a fuse, as the grid sees it; any other as it is."""
        if fault.element not in self._loads:
            return fault
        return replace(fault, permanent=False, duration_s=MELTING_S)

    def blow(self, element: str, whole: bool = False) -> None:
        """The fuse of a load has blown, or is put in again; nothing happens for another element."""
        if element in self._loads:
            self._whole[self._loads[element]] = float(whole)

    def applied(self, injections: Injections) -> Injections:
        """What loads draw behind their fuses."""
        return replace(injections, load_w=injections.load_w * self._whole, load_var=injections.load_var * self._whole)
