"""Generators: production after their profile, disconnection on loss of mains, return after the reconnection time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.network.elements import Network
from sim_ied.agenda import Agenda, after_ns
from sim_ied.physics import Floats
from sim_ied.topology import Bools

_NORMAL_PU = (0.9, 1.1)  # EN 50549-1, 4.10: reconnection only within this band
_NEVER = np.iinfo(np.int64).max


class Generation:
    """All generators in the Network's order. `changed` is called after some have left or come back."""

    def __init__(
        self, network: Network, loss_of_mains_s: float, agenda: Agenda, changed: Callable[[int], None]
    ) -> None:
        nodes = {node.id: number for number, node in enumerate(network.nodes)}
        self._nodes = np.array([nodes[item.node] for item in network.generators], np.int64)
        self._nominal_v = np.array([network.nodes[number].nominal_voltage_v for number in self._nodes], np.float64)
        self._return_ns = np.array([after_ns(0, item.reconnection_time_s) for item in network.generators], np.int64)
        self._leave_ns = after_ns(0, loss_of_mains_s)
        self._agenda, self._changed = agenda, changed
        self._due_ns: NDArray[np.int64] = np.full(len(self._nodes), _NEVER, np.int64)
        self.connected: Bools = np.ones(len(self._nodes), np.bool_)

    def measure(self, fed: Bools, voltage_v: Floats, now_ns: int) -> None:
        """Supply and voltage per node from now on."""
        if not len(self._nodes):
            return
        voltage_pu = voltage_v[self._nodes] / self._nominal_v
        alive = fed[self._nodes]
        leaving = self.connected & ~alive
        returning = ~self.connected & alive & (voltage_pu > _NORMAL_PU[0]) & (voltage_pu < _NORMAL_PU[1])
        for concerned, delay_ns in ((leaving, self._leave_ns), (returning, self._return_ns)):
            fresh = concerned & (self._due_ns == _NEVER)
            self._due_ns[fresh] = now_ns + (delay_ns if isinstance(delay_ns, int) else delay_ns[fresh])
        self._due_ns[~leaving & ~returning] = _NEVER
        self._plan()

    def trip(self, number: int, now_ns: int) -> None:
        """A generator leaves by itself; it comes back when its time with a normal voltage is over."""
        self.connected = self.connected.copy()
        self.connected[number] = False
        self._due_ns[number] = _NEVER
        self._changed(now_ns)

    def _plan(self) -> None:
        earliest_ns = int(self._due_ns.min())
        if earliest_ns == _NEVER:
            self._agenda.cancel("generators")
        else:
            self._agenda.set("generators", earliest_ns, self._turn)

    def _turn(self, now_ns: int) -> None:
        due = self._due_ns <= now_ns
        self.connected = self.connected ^ due
        self._due_ns[due] = _NEVER
        self._plan()
        self._changed(now_ns)
