"""The process that all devices of a file share: switches, what is fed, what flows, and the agenda of all of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random

from models.scl.elements import LogicalNode, LogicalNodeKey, Place, Scl
from models.scl.templates import Templates
from sim_ied.agenda import Agenda
from sim_ied.nodes.change import Overcurrent
from sim_ied.nodes.connectivity import SWITCHES, Connectivity
from sim_ied.nodes.layout import Layouts
from sim_ied.nodes.process_grid import ProcessGrid
from sim_ied.nodes.signals import parse
from sim_ied.nodes.spot import GridSpot, LoneSpot, Spot
from sim_ied.nodes.switch import BREAKER, SWITCH, Drive, Switch

SWITCH_CLASSES = ("XCBR", "XSWI")
_LONE_V, _LONE_LOAD_A = 20_000.0, (40.0, 160.0)

Watcher = Callable[[int], None]
"""Called with the instant of a change (ns UTC)."""


class Primary:
    """Made by `of`. One agenda for all devices, so that events of all of them happen in the order of time.

    Not safe for threads: whoever hosts the devices calls them from one thread.
    """

    def __init__(self, scl: Scl, seed: int, speed: float) -> None:
        self.seed, self.speed = seed, speed
        self.agenda = Agenda()
        self._layouts = (scl.templates, Layouts(scl.templates))
        self.switches: dict[str, Switch] = {}
        """By path of the equipment, or by name of the logical node where nothing places it."""
        self.measuring = 0
        """How many nodes look at the process by themselves."""
        self._by_bay: dict[str, list[Switch]] = defaultdict(list)
        self._contacts: dict[str, bool] = {}
        self._watchers: dict[str, list[Watcher]] = defaultdict(list)
        self._followers: list[Watcher] = []
        self._places = scl.places
        self._locations: dict[LogicalNodeKey, str] = {}
        for use in scl.uses:
            self._locations.setdefault(use.key, use.location)
        self._neighbours = _breaker_locations(self._locations)
        nodes = [each for ied in scl.ieds for each in ied.logical_nodes if each.key.ln_class in SWITCH_CLASSES]
        self._stated = self._read_states(nodes)
        self.grid = self._made_grid(scl)
        self._lone: dict[str, LoneSpot] = {}
        for each in nodes:
            if self.linked(each.key) is None:
                self._lone_switch(each.key)

    def _read_states(self, nodes: Iterable[LogicalNode]) -> dict[str, bool | None]:
        """By name of the logical node, and by path of the equipment that it stands for."""
        stated: dict[str, bool | None] = {}
        for node in nodes:
            closed = _stated(node, self._layouts[1])
            stated |= {str(node.key): closed, self._locations.get(node.key, str(node.key)): closed}
        return stated

    def _made_grid(self, scl: Scl) -> ProcessGrid | None:
        voltages = {path: place.voltage_v for path, place in scl.places.items() if place.voltage_v}
        built = Connectivity(scl, self._placed_switch, voltages)
        grid = built.grid()
        return None if grid is None else ProcessGrid(built, grid)

    @classmethod
    def of(cls, scl: Scl, now_ns: int, *, seed: int = 1, speed: float = 1.0) -> Primary:
        """seed: of loads and noise; speed: of travel, dead times and springs (never of protection)."""
        made = cls(scl, seed, speed)
        made.agenda.run_until(now_ns)
        return made

    def layouts(self, templates: Templates) -> Layouts:
        """Those of the file, made once for all devices."""
        mine, made = self._layouts
        return made if templates is mine else Layouts(templates)

    def location(self, key: LogicalNodeKey) -> str | None:
        """Where the file says a logical node works, else where the breaker of its device does; None for nowhere."""
        own = self._locations.get(key)
        nearest = self._neighbours.get((key.ied, key.device)) or self._neighbours.get((key.ied, ""))
        return own if own is not None else nearest

    def is_placed(self, key: LogicalNodeKey) -> bool:
        """Whether the file itself says where this logical node works."""
        return key in self._locations

    def linked(self, key: LogicalNodeKey) -> Switch | None:
        """The switch at whose equipment, or a part of it, the file puts this logical node; else the node's own."""
        path = self._locations.get(key, "")
        while path:
            if path in self.switches:
                return self.switches[path]
            path = path.rpartition("/")[0]
        if key.ln_class == "XCBR" and (only := self._only_breaker(self._locations.get(key, ""))) is not None:
            return only
        return self.switches.get(str(key))

    def bay(self, location: str | None) -> str:
        """The bay in which a place lies; '' outside of any."""
        path = location or ""
        while path and (path not in self._places or self._places[path].kind != "Bay"):
            path = path.rpartition("/")[0]
        return path

    def switches_of(self, bay: str) -> list[Switch]:
        """Those of a bay."""
        return self._by_bay.get(bay, [])

    def own_switch(self, key: LogicalNodeKey) -> Switch:
        """For a controller that nothing else gives a switch: one of its own."""
        return self.linked(key) or self._lone_switch(key)

    def spot(self, key: LogicalNodeKey) -> Spot:
        """Where a logical node measures and protects."""
        location = self.location(key)
        found = self.grid.spot(location) if self.grid is not None and location is not None else None
        return found or self._lone_spot(key)

    def breaker_behind(self, spot: Spot) -> Switch | None:
        """The breaker towards the source that must open where the spot's own does not; None without topology."""
        if self.grid is None or not isinstance(spot, GridSpot):
            return None
        return self.grid.breaker_behind(spot)

    def earths(self, switch: Switch) -> bool:
        """An earthing switch."""
        return self.grid is not None and self.grid.earths(switch)

    def watch(self, switch: Switch, watcher: Watcher) -> None:
        """Call it at every step of a switch's life."""
        self._watchers[switch.name].append(watcher)

    def follow(self, follower: Watcher) -> None:
        """Call it whenever positions of contacts or short circuits have changed."""
        self._followers.append(follower)

    def over_current(self, target: str, current: Overcurrent | None, now_ns: int) -> bool:
        """A short circuit behind a bay or equipment, or at an IED or logical device that stands alone; None ends it.

        False when there is no such target.
        """
        lone = self._lone.get(target)
        if lone is not None:
            lone.faults[:] = [] if current is None else [current]
        elif self.grid is None or not self.grid.set_fault(target, current):
            return False
        self._flows_changed(now_ns)
        return True

    def _changed(self, switch: Switch, now_ns: int) -> None:
        moved = self._contacts.get(switch.name) != switch.closed
        self._contacts[switch.name] = switch.closed
        for watcher in tuple(self._watchers.get(switch.name, ())):
            watcher(now_ns)
        if moved:
            for spot in self._lone.values():
                if not spot.closed:
                    spot.faults[:] = [each for each in spot.faults if each.permanent]
            self._flows_changed(now_ns)

    def _flows_changed(self, now_ns: int) -> None:
        if self.grid is not None:
            self.grid.forget()
        for follower in tuple(self._followers):
            follower(now_ns)

    def _placed_switch(self, place: Place, earthing: bool, closed: bool) -> Switch:
        stated = self._stated.get(place.path)
        return self._switch(
            place.path, BREAKER if place.type == "CBR" else SWITCH, closed if stated is None else stated
        )

    def _only_breaker(self, bay: str) -> Switch | None:
        """That of a bay which has a single one: files put an XCBR at the bay instead of the breaker."""
        breakers = [each for each in self.switches_of(bay) if each.is_breaker]
        return breakers[0] if len(breakers) == 1 else None

    def _lone_switch(self, key: LogicalNodeKey) -> Switch:
        """Of an equipment without terminals, else of the logical node itself."""
        place = self._places.get(self._locations.get(key, ""))
        name = place.path if place is not None and place.type in SWITCHES else str(key)
        closed = self._stated.get(name)
        drive = SWITCH if key.ln_class == "XSWI" else BREAKER
        made = self._switch(name, drive, True if closed is None else closed)
        if made.is_breaker:
            for area in (key.ied, f"{key.ied}{key.device}"):
                self._area(area).breakers.append(made)
        return made

    def _switch(self, name: str, drive: Drive, closed: bool) -> Switch:
        scaled = Drive(drive.open_s / self.speed, drive.close_s / self.speed, drive.spring_s / self.speed)
        made = Switch(name, scaled, closed, self.agenda, self._changed)
        self.switches[name] = made
        self._by_bay[name.rpartition("/")[0]].append(made)
        self._contacts[name] = closed
        return made

    def _lone_spot(self, key: LogicalNodeKey) -> LoneSpot:
        """That of its logical device where this has breakers, else that of its IED."""
        device = self._lone.get(f"{key.ied}{key.device}")
        return device if device is not None and device.breakers else self._area(key.ied)

    def _area(self, name: str) -> LoneSpot:
        if name not in self._lone:
            load_a = Random(f"{self.seed} {name}").uniform(*_LONE_LOAD_A)
            self._lone[name] = LoneSpot(_LONE_V, load_a)
        return self._lone[name]


def _breaker_locations(locations: dict[LogicalNodeKey, str]) -> dict[tuple[str, str], str]:
    """By IED and logical device, and by IED alone (''): where its first breaker works, else its first logical node."""
    found: dict[tuple[str, str], str] = {}
    for wanted in (True, False):
        for key, location in locations.items():
            if (key.ln_class == "XCBR") is wanted and (wanted or key.ln_class not in ("LLN0", "LPHD")):
                found.setdefault((key.ied, key.device), location)
                found.setdefault((key.ied, ""), location)
    return found


def _stated(node: LogicalNode, layouts: Layouts) -> bool | None:
    """Whether the file says that the switch is closed; None where it says nothing."""
    slot = layouts.of(node.type_id).find("Pos")
    text = "" if slot is None else node.values.get(tuple(slot.path.split(".")), "")
    value = None if slot is None else parse(text, slot)
    return {1: False, 2: True}.get(int(value)) if isinstance(value, int) else None
