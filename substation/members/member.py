"""One member of a group: a unit below, or a device, and the states it goes through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from models.wire.cbor import WireValue


class Kind(Enum):
    UNIT = "unit"
    DEVICE = "device"


class State(Enum):
    ABSENT = "absent"  # never heard of
    JOINED = "joined"
    SILENT = "silent"  # a member that has not been heard for too long
    LEFT = "left"  # said goodbye
    REFUSED = "refused"


class Happening(Enum):
    JOIN = "join"  # a request that was accepted
    HEARD = "heard"
    SILENCE = "silence"
    LEAVE = "leave"
    REFUSAL = "refusal"  # of a request to join
    EXPULSION = "expulsion"  # certificate revoked or expired


NEXT: Mapping[Happening, Mapping[State, State]] = {
    Happening.JOIN: dict.fromkeys(State, State.JOINED),
    Happening.HEARD: {State.JOINED: State.JOINED, State.SILENT: State.JOINED},
    Happening.SILENCE: {State.JOINED: State.SILENT},
    Happening.LEAVE: {State.JOINED: State.LEFT, State.SILENT: State.LEFT},
    Happening.REFUSAL: dict.fromkeys((State.ABSENT, State.LEFT, State.REFUSED), State.REFUSED),
    Happening.EXPULSION: dict.fromkeys((State.JOINED, State.SILENT), State.REFUSED),
}
"""What is not listed changes nothing: whoever claims a member's name does not throw the member out."""

BELONGS = frozenset({State.JOINED, State.SILENT})


@dataclass(frozen=True, slots=True)
class Member:
    """since_ns, last_seen_ns: UTC, 0 for never. serves: names of the units that are reached through it.

    key_id: whose signature it joined with. incarnation: random, of the process that joined. serial: of its
    certificate, hexadecimal, empty without one. configuration: hash of its files.
    """

    name: str
    kind: Kind = Kind.UNIT
    state: State = State.ABSENT
    level: str = ""
    since_ns: int = 0
    last_seen_ns: int = 0
    reason: str = ""
    version: str = ""
    configuration: str = ""
    serves: tuple[str, ...] = ()
    key_id: bytes = b""
    incarnation: bytes = b""
    serial: str = ""

    @property
    def belongs(self) -> bool:
        return self.state in BELONGS

    def after(self, happening: Happening, now_ns: int, reason: str) -> Member:
        """The member afterwards; the same one when nothing follows from it in this state."""
        state = NEXT[happening].get(self.state)
        if state is None or (state, reason) == (self.state, self.reason):
            return self
        since_ns = self.since_ns if state is self.state else now_ns
        return replace(self, state=state, since_ns=since_ns, reason=reason)

    def shown(self) -> dict[str, WireValue]:
        """As an instance of `Members` tells it."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "state": self.state.value,
            "level": self.level,
            "since_ns": self.since_ns,
            "last_seen_ns": self.last_seen_ns,
            "reason": self.reason,
            "version": self.version,
            "configuration": self.configuration,
            "serves": list(self.serves),
        }
