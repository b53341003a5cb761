"""The faults of the world and their lives: burning while fed, going out in a dead time, after a while, or by repair."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from models.errors import ConfigError
from models.network.elements import Network, SwitchKind
from sim_ied.agenda import Agenda, after_ns
from sim_ied.fault import Fault, FaultPlace, locate
from sim_ied.physics import Physics
from sim_ied.topology import Bools

_EARTHED = "earthing switch "


class Faults:
    """Also closed earthing switches: energised, they are three-phase short circuits. `changed` asks for new physics."""

    def __init__(self, network: Network, physics: Physics, agenda: Agenda, changed: Callable[[int], None]) -> None:
        self._network, self._physics, self._agenda, self._changed = network, physics, agenda, changed
        self._earthing = [
            (number, switch.id, switch.from_node)
            for number, switch in enumerate(network.switches)
            if switch.kind is SwitchKind.EARTHING_SWITCH
        ]
        self._trips: dict[str, int] = {}
        self._fed: dict[str, bool] = {}
        self._gone: set[str] = set()
        self._pausing: set[str] = set()

    @property
    def places(self) -> tuple[FaultPlace, ...]:
        return self._physics.places

    @property
    def exists(self) -> Bools:
        """Per place: not extinguished yet."""
        return np.array([place.fault.id not in self._gone for place in self.places], np.bool_)

    def burning(self, fed: Bools) -> Bools:
        """Per place: there, and fed. fed: per node."""
        lit = [bool(fed[place.node]) and place.fault.id not in self._pausing for place in self.places]
        return self.exists & np.array(lit, np.bool_)

    def inject(self, fault: Fault, now_ns: int) -> None:
        """Raises ConfigError for an element that is not there, or an id in use."""
        if any(place.fault.id == fault.id for place in self.places):
            raise ConfigError(fault.id, None, "a fault of that id exists", "give it another id")
        place = locate(self._network, fault)
        if any(other.line == place.line >= 0 for other in self.places):
            raise ConfigError(fault.id, None, f"{fault.element} has a fault already", "choose another line")
        self._physics.set_faults((*self.places, place))
        self._trips[fault.id], self._fed[fault.id] = 0, False
        if fault.duration_s is not None:
            due_ns = after_ns(now_ns, fault.duration_s)
            self._agenda.set(("fault", fault.id), due_ns, lambda at_ns: self.extinguish(fault.id, at_ns))
        if fault.strikes_s is not None:
            self._agenda.set(("strike", fault.id), after_ns(now_ns, fault.strikes_s[0]), partial(self._strike, fault))

    def repair(self, fault_id: str) -> str:
        """Remove a fault; returns its element. Raises ConfigError when there is none of that id."""
        element = "".join(place.fault.element for place in self.places if place.fault.id == fault_id)
        rest = tuple(place for place in self.places if place.fault.id != fault_id)
        if len(rest) == len(self.places):
            raise ConfigError(fault_id, None, "there is no such fault", "name a fault that was injected")
        self._agenda.cancel(("fault", fault_id))
        self._agenda.cancel(("strike", fault_id))
        self._pausing.discard(fault_id)
        self._gone.discard(fault_id)
        self._physics.set_faults(rest)
        return element

    def follow_earthing(self, closed: Bools) -> None:
        """Closed earthing switches become faults, opened ones cease."""
        present = {place.fault.id for place in self.places}
        for number, switch_id, node in self._earthing:
            fault_id = _EARTHED + switch_id
            if closed[number] and fault_id not in present:
                self._physics.set_faults((*self.places, locate(self._network, Fault(fault_id, node))))
            elif not closed[number] and fault_id in present:
                self.repair(fault_id)

    def follow_supply(self, fed: Bools) -> list[FaultPlace]:
        """Count dead times and put transient faults out; returns the places that have just become fed."""
        energised = []
        for place in self.places:
            fault, is_fed = place.fault, bool(fed[place.node])
            if self._fed.get(fault.id, False) and not is_fed:
                self._trips[fault.id] = self._trips.get(fault.id, 0) + 1
                if not fault.permanent and self._trips[fault.id] >= fault.trips_to_clear:
                    self._gone.add(fault.id)
            elif is_fed and not self._fed.get(fault.id, False) and fault.id not in self._gone:
                energised.append(place)
            self._fed[fault.id] = is_fed
        return energised

    def _strike(self, fault: Fault, now_ns: int) -> None:
        """An intermittent fault pauses, or strikes again."""
        self._pausing ^= {fault.id}
        if fault.strikes_s is not None:
            due_ns = after_ns(now_ns, fault.strikes_s[fault.id in self._pausing])
            self._agenda.set(("strike", fault.id), due_ns, partial(self._strike, fault))
        self._changed(now_ns)

    def extinguish(self, fault_id: str, now_ns: int) -> None:
        """It goes out and does not strike again."""
        self._gone.add(fault_id)
        self._changed(now_ns)
