"""What a unit needs to keep data for their owners: declared variables, policies, when they were last used."""

from __future__ import annotations

import logging

from models.driver import Clock
from models.errors import StorageError
from substation.config import UnitConfig
from substation.control.database import Database
from substation.data_groups.places import Places
from substation.data_groups.row import Owner
from substation.exchange.access import Right
from substation.exchange.access_times import AccessTimes
from substation.exchange.disclosure import Disclosure
from substation.exchange.policy_guard import PolicyGuard
from substation.exchange.variables import MOST_REPEATED, Route
from substation.history.store import History
from substation.level import Level
from substation.variables.declared import DeclaredVariables
from substation.variables.declared_series import DeclaredSeries
from substation.variables.point_policies import POINT_POLICIES, PointPolicies
from substation.variables.policy_ledger import PolicyLedger
from substation.variables.publication import Publication

log = logging.getLogger(__name__)

SMALL = frozenset({Level.CMU, Level.DERMU, Level.DMU, Level.SM})
SMALL_RECENT = 500
"""Instances that a customer's unit can tell afterwards: hundreds of them live in one process."""


class DataAccess:
    """`await DataAccess.open(...)`, `routes` before those of the station, `run` until cancelled, `close`."""

    def __init__(
        self, config: UnitConfig, declared: DeclaredVariables, ledger: PolicyLedger, times: AccessTimes, clock: Clock
    ) -> None:
        settings = config.declared
        self._unit, self.declared, self.ledger, self._times = config.name, declared, ledger, times
        self.guard = PolicyGuard(clock, settings.operator, times)
        self.disclosure = Disclosure(settings.aggregate_customers, settings.defaults.get(Owner.OPERATOR))

    @classmethod
    async def open(cls, config: UnitConfig, history: History, database: Database, clock: Clock) -> DataAccess:
        """StorageError when the disk refuses."""
        ledger = await PolicyLedger.open(database, clock)
        series = await DeclaredSeries.open(history, database)
        places = Places(config.declared, config.name, config.level)
        recent = SMALL_RECENT if config.level in SMALL else MOST_REPEATED
        declared = await DeclaredVariables.open(places, series, ledger, clock, recent)
        return cls(config, declared, ledger, await AccessTimes.open(database, clock), clock)

    def routes(self, publication: Publication) -> tuple[Route, ...]:
        """The owners decide who writes, so the routes ask for no more than to read."""
        points = PointPolicies(self._unit, self.ledger, publication)
        return (
            Route(POINT_POLICIES, self._unit, points, write=Right.CONFIGURE),
            Route("*", "*", self.declared, write=Right.READ, owned=self.declared),
        )

    async def run(self) -> None:
        """Until cancelled."""
        await self._times.run()

    async def close(self) -> None:
        """The last accesses go to disk; where it is full, they are forgotten, and that is said."""
        try:
            await self._times.keep()
        except StorageError as error:
            log.error("accesses under a minimum delay are forgotten: %s", error)
