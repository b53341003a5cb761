"""What maintenance asks of the unit that it serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.driver import Clock
from models.wire.keys import SigningKey
from substation.config import UnitConfig
from substation.event_list import EventList
from substation.exchange.access import Identity
from substation.history.store import History
from substation.maintenance.parameters import Setting


@dataclass(frozen=True, slots=True)
class Surroundings:
    """signer: who has signed a frame of a bundle. record: a line for the audit log. busy: why the unit must not restart
    now, '' when it may. automatic: feeders on which FDIR acts by itself. hold: no command begins any more, for this
    reason ('' lets them again). restart: end orderly, to be started again. links: how many links have told their state,
    and of how many.
    """

    config: UnitConfig
    key: SigningKey
    clock: Clock
    events: EventList
    history: History
    signer: Callable[[bytes], Identity]
    settings: Mapping[str, Setting]
    record: Callable[[str], None]
    busy: Callable[[], str]
    automatic: Callable[[], list[str]]
    hold: Callable[[str], None]
    restart: Callable[[], None]
    links: Callable[[], tuple[int, int]]
