"""A bay with breaker: relay, and recloser where it has one, tied to the breaker of the switchgear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.errors import ConfigError
from models.network.elements import Feeder, Network, SwitchKind
from models.point import Dbpos
from sim_ied.agenda import Agenda
from sim_ied.board import Board
from sim_ied.breaker_failure import BreakerFailure
from sim_ied.history import History
from sim_ied.reclosing import Event, Recloser
from sim_ied.relay import Relay
from sim_ied.settings import WorldSettings
from sim_ied.switchgear import Cause, Movement, Switchgear, bay_of

_OPENING = {Cause.PROTECTION: Event.TRIP_OPENED}
_CLOSING = {Cause.RECLOSING: Event.RECLOSED}


@dataclass(frozen=True, slots=True)
class Services:
    """What every device of the world works with."""

    agenda: Agenda
    board: Board
    history: History

    @property
    def all(self) -> tuple[Agenda, Board, History]:
        return self.agenda, self.board, self.history


class Bay:
    """OBR1/K1/E03: trips its breaker, recloses it, and follows what others do with it."""

    def __init__(
        self, name: str, breaker: int, settings: WorldSettings, switchgear: Switchgear, services: Services
    ) -> None:
        self.name, self.breaker = name, breaker
        self._switchgear, self._history = switchgear, services.history
        self.relay = Relay(name, settings.protection[name], services.agenda, services.board, self._trip)
        self.trip_next: Callable[[int], None] = lambda now_ns: None
        """Opens what is next towards the source when this breaker has failed."""
        self.on_trip: Callable[[int], None] = lambda now_ns: None
        failing_s = settings.protection[name].breaker_failure_s
        self._failure = BreakerFailure(
            name, failing_s, self._carries_fault, lambda now_ns: self.trip_next(now_ns), *services.all
        )
        reclosing = settings.reclosing.get(name)
        self.recloser = reclosing and Recloser(
            name, reclosing, settings.speed, services.agenda, services.board, self._reclose
        )

    def show(self, now_ns: int) -> None:
        self.relay.measure(0.0, now_ns)
        self._failure.show(now_ns)
        if self.recloser:
            self.recloser.show(now_ns)

    def block_reclosing(self, blocked: bool, now_ns: int) -> None:
        """RREC1.BlkRec; nothing happens in a bay without reclosing."""
        if self.recloser:
            self.recloser.set_blocked(blocked, bool(self._switchgear.closed[self.breaker]), now_ns)

    def follow(self, movement: Movement) -> None:
        """The breaker has moved."""
        if not self.recloser or not movement.reached:
            return
        opened = movement.target is Dbpos.OFF
        event = _OPENING.get(movement.cause, Event.OPENED) if opened else _CLOSING.get(movement.cause, Event.CLOSED)
        self.recloser.handle(event, movement.time_ns)

    def _trip(self, now_ns: int) -> None:
        self._history.note(now_ns, "protection", f"{self.name}: trip")
        self.on_trip(now_ns)
        if self.recloser:
            self.recloser.tripped(now_ns)
        self._failure.tripped(now_ns)
        if not self._switchgear.move(self.breaker, Dbpos.OFF, Cause.PROTECTION, now_ns):
            self._history.note(now_ns, "protection", f"{self.name}: the breaker does not open")

    def open_for_another(self, now_ns: int) -> None:
        """Its breaker interrupts what another one did not."""
        self._switchgear.move(self.breaker, Dbpos.OFF, Cause.BREAKER_FAILURE, now_ns)

    def _carries_fault(self) -> bool:
        return bool(self._switchgear.closed[self.breaker]) and self.relay.picked_up

    def _reclose(self, now_ns: int) -> bool:
        self._history.note(now_ns, "reclosing", f"{self.name}: closing order")
        return self._switchgear.ready_to_close(self.breaker) and self._switchgear.move(
            self.breaker, Dbpos.ON, Cause.RECLOSING, now_ns
        )


def equip_bays(network: Network, settings: WorldSettings, switchgear: Switchgear, services: Services) -> dict[int, Bay]:
    """Every bay with a breaker, by the breaker's number. Raises ConfigError for relay settings missing or useless."""
    breakers = {
        bay_of(switch.id): number for number, switch in enumerate(network.switches) if switch.kind is SwitchKind.BREAKER
    }
    feeders = {feeder.id for feeder in network.feeders}
    for bay in breakers:
        if bay not in settings.protection:
            raise ConfigError("world.toml", None, f"bay {bay} has no relay settings", f'add [protection."{bay}"]')
    named = (("protection", settings.protection.keys() - breakers), ("reclosing", settings.reclosing.keys() - feeders))
    for table, strangers in named:
        for bay in sorted(strangers):
            raise ConfigError("world.toml", None, f"[{table}] names '{bay}', which is no such bay", "remove it")
    bays = {bay: Bay(bay, number, settings, switchgear, services) for bay, number in breakers.items()}
    for feeder in network.feeders:
        if (before := bays.get(_before(network, feeder))) is not None:
            bays[feeder.id].trip_next = before.open_for_another
    return {bay.breaker: bay for bay in bays.values()}


def _before(network: Network, feeder: Feeder) -> str:
    """The bay of the next breaker towards the source: of the feeder around a line recloser, or of the transformer."""
    low_sides = {each.id: each.lv_node.rpartition("/")[0] for each in network.transformers}
    return feeder.within or low_sides.get(feeder.transformer, "")
