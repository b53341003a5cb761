"""CILO: the release of a switch."""

from __future__ import annotations

from models.point import Dbpos
from sim_ied.nodes import interlocking
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context
from sim_ied.nodes.pairing import switch_of
from sim_ied.nodes.switch import Switch
from sim_ied.nodes.switchgear import SwitchNode

_SIGNALS = {Dbpos.OFF: "EnaOpn", Dbpos.ON: "EnaCls"}


class Interlocking(Behaviour):
    """CILO: from the topology of the file, else from the switches of its logical device."""

    acts = True
    help = "EnaOpn/EnaCls from the topology, else from the switches of its logical device"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._switch: Switch | None = None

    @property
    def switch(self) -> Switch:
        if self._switch is None:
            related = [each for each in self.context.related("XCBR", "XSWI") if isinstance(each, SwitchNode)]
            own = self.context.primary.linked(self.key)
            number = [each.switch for each in related if each.key.instance == self.key.instance]
            self._switch = own or next(iter(number), None) or switch_of(self.context)
        return self._switch

    def connect(self) -> None:
        primary = self.context.primary
        for each in primary.switches_of(primary.bay(self.context.location)) or self._neighbours():
            primary.watch(each, self._show)
        primary.follow(self._show)

    def start(self, now_ns: int) -> None:
        self._show(now_ns)

    def released(self, target: Dbpos) -> bool:
        return not self.reason(target)

    def reason(self, target: Dbpos) -> str:
        """Why the switch must not go there; '' when it may."""
        primary = self.context.primary
        if primary.grid is not None and primary.grid.edge(self.switch) is not None:
            return interlocking.by_topology(self.switch, target, primary.grid)
        return interlocking.by_neighbours(self.switch, target, self._neighbours())

    def _neighbours(self) -> list[Switch]:
        nodes = [each for each in self.context.around("XCBR", "XSWI") if isinstance(each, SwitchNode)]
        return [each.switch for each in nodes if each.switch is not self.switch]

    def _show(self, now_ns: int) -> None:
        for target, path in _SIGNALS.items():
            self.signals.show(path, self.released(target), now_ns)
