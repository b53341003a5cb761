"""What the parts of a unit share. Nothing of the field here: a unit without devices loads no grid numerics."""

from __future__ import annotations

from dataclasses import dataclass

from models.driver import Clock
from substation.config import UnitConfig
from substation.control.database import Database
from substation.event_list import EventList
from substation.history.store import History
from substation.image import Image
from substation.storage_threads import StorageThreads
from substation.variables.policy_ledger import PolicyOf, Restricts, never_restricted, no_policy
from substation.variables.publication import Publication


@dataclass(frozen=True, slots=True)
class Stores:
    """What is on disk: history (time series, event list, application states) and control (journal, orders, tags).

    threads: that write and read, shared with other units of the process; None where each store has its own.
    """

    history: History
    control: Database
    threads: StorageThreads | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What every part of a unit shares. policy_of, restricts: of field points."""

    config: UnitConfig
    stores: Stores
    events: EventList
    image: Image
    publication: Publication
    clock: Clock
    policy_of: PolicyOf = no_policy
    restricts: Restricts = never_restricted
