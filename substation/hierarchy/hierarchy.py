"""A unit's part in the flows of the hierarchy, composed."""

from __future__ import annotations

import asyncio
from functools import partial

from models.alarm import Category, Severity
from models.driver import Clock
from substation.config import UnitConfig
from substation.control.database import Database
from substation.event_list import EventList
from substation.hierarchy.arrival import DOWN, UP, Arrival
from substation.hierarchy.down import Down
from substation.hierarchy.flow import Flow
from substation.hierarchy.summary import Summaries
from substation.hierarchy.up import Up
from substation.level import Level
from substation.links.post import Post
from substation.members.register import MemberRegister
from substation.variables.declared import DeclaredVariables


class Hierarchy:
    """`run` until cancelled. Levels of children are those of unit.toml, or what they say when they join."""

    def __init__(
        self,
        config: UnitConfig,
        declared: DeclaredVariables,
        post: Post,
        database: Database,
        members: MemberRegister,
        events: EventList,
        clock: Clock,
    ) -> None:
        places = declared.places
        self._config, self._places, self._declared, self._members = config, places, declared, members
        flow = partial(Flow, post=post, database=database)
        flows = {child: flow(child, DOWN, droppable=False) for child in config.children}
        self._down = Down(config.name, places, declared, flows, members.route_to)
        arrival = Arrival(config.name, places, declared, events, self._down.onward, clock)
        post.on(UP, arrival.from_below)
        post.on(DOWN, arrival.from_above)
        period_s = config.hierarchy.live_period_s
        least = config.declared.aggregate_customers
        self._summaries = Summaries(config.name, places, declared, least, clock, config.hierarchy)
        self._summaries.told = partial(events.tell, Category.SYSTEM, Severity.LOW, config.name)
        self._up = None
        if config.parent is not None:
            upward = flow(config.parent.unit, UP, droppable=True)
            self._up = Up(config.name, places, declared, upward, clock, period_s)
        self._declare_children()
        members.watch(self._declare_children)

    def _declare_children(self) -> None:
        """The variables of each child exist here once its level is known."""
        configured = {child.name: child.level for child in self._config.members.children}
        for name, level in configured.items():
            member = self._members.get(name)
            said = member.level if member is not None else ""
            known = level or (Level[said] if said in Level.__members__ else None)
            place = self._places.place(name)
            if known is not None and (place is None or place.level is not known):
                self._declared.declare(name, "" if place is None else place.owner, known)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._down.run())
            group.create_task(self._summaries.run())
            if self._up is not None:
                group.create_task(self._up.run())
