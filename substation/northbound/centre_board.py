"""What people are shown of each control centre: state, peers, events that wait or are lost, why connections ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from models.driver import Clock
from protocols.iec104.controlled_station.outstation import Outstation
from protocols.iec104.link.session import State
from protocols.iec104.server import Server
from substation.northbound.absence import Absences

PERIOD_S = 2.0
_ABSENT, _STOPPED, _STARTED = "no connection", "stopped", "data transfer"


@dataclass(frozen=True, slots=True)
class CentreHealth:
    """One control centre. up: a connection transfers data. since_ns: when data transfer began or ended (UTC).

    peers: address of each connection, that which transfers data first. waiting: events that it has not acknowledged;
    lost: ever dropped from its buffer, lost_ns: when the last one was (UTC; 0: before the last start, or none).
    in_flight of window: I frames without acknowledgement, and k. late: without data transfer for longer than
    `alarm_after_s`.
    """

    name: str
    up: bool
    state: str
    since_ns: int
    peers: tuple[str, ...]
    waiting: int
    lost: int
    in_flight: int
    window: int
    last_reason: str
    counters: Mapping[str, int] = field(default_factory=dict)
    late: bool = False
    lost_ns: int = 0


class CentreBoard:
    """`run` until cancelled: looks every few seconds, and tells `changed` what is not as it was. tick: called then.

    tell(name, up, text): a line for the event list, when data transfer begins or ends. alarm(name, text): a line for
    it, when a control centre has been away for too long.
    """

    def __init__(
        self,
        outstation: Outstation,
        servers: Mapping[str, Server],
        clock: Clock,
        tick: Callable[[float], None],
        tell: Callable[[str, bool, str], None],
    ) -> None:
        self._outstation, self._servers, self._clock = outstation, servers, clock
        self._tick, self._tell = tick, tell
        self.changed: Callable[[CentreHealth], None] = lambda health: None
        self.alarm: Callable[[str, str], None] = lambda name, text: None
        self.absences = Absences()
        self.centres: dict[str, CentreHealth] = {}

    async def run(self) -> None:
        while True:
            self.look()
            self._tick(time.monotonic())
            await asyncio.sleep(PERIOD_S)

    def look(self) -> None:
        """Tell those that are not as they were."""
        for name, server in self._servers.items():
            health = self._health(name, server)
            known = self.centres.get(name)
            if health == known:
                continue
            self.centres[name] = health
            self.changed(health)
            if health.up != (known is not None and known.up):
                why = f" to {health.peers[0]}" if health.up else f": {health.last_reason or 'stopped'}"
                self._tell(name, health.up, f"{health.state}{why}")
            elif known is not None and health.up and health.peers[0] != known.peers[0]:
                self._tell(name, True, f"data transfer to {health.peers[0]}, before to {known.peers[0]}")
            if health.late and self.absences.is_news(name):
                self.alarm(name, self._absence(health))

    def _absence(self, health: CentreHealth) -> str:
        waits = f"{health.waiting:,} events wait" if health.waiting else "no event waits"
        why = f": {health.last_reason}" if health.last_reason else ""
        return f"no data transfer for {self.absences.after_s.get(health.name, 0.0):g} s, {waits}{why}"

    def _health(self, name: str, server: Server) -> CentreHealth:
        links = sorted(server.links(), key=lambda link: link.session.state is not State.STARTED)
        active = links[0].session if links and links[0].session.state is State.STARTED else None
        state = _STARTED if active is not None else _STOPPED if links else _ABSENT
        known, up, lost = self.centres.get(name), active is not None, self._outstation.lost(name)
        since_ns = known.since_ns if known is not None and known.up == up else self._clock()
        return CentreHealth(
            name=name,
            up=up,
            state=state,
            since_ns=since_ns,
            peers=tuple(link.name.removeprefix(f"{name} ") for link in links),
            waiting=self._outstation.unacknowledged(name),
            lost=lost,
            in_flight=0 if active is None else active.sent - active.acknowledged,
            window=self._outstation.settings(name).parameters.k,
            last_reason=server.tally.last_reason,
            counters=server.counters(),
            late=self.absences.is_late(name, up),
            lost_ns=self._lost_ns(known, lost),
        )

    def _lost_ns(self, known: CentreHealth | None, lost: int) -> int:
        if known is None or lost <= known.lost:
            return 0 if known is None else known.lost_ns
        return self._clock()


def plain(health: CentreHealth) -> dict[str, object]:
    """As it is published."""
    return {**asdict(health), "peers": list(health.peers)}
