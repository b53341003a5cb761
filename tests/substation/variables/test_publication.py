"""Variables of the unit itself: instances by key, changes in place of large values, silence when nothing is new."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from models.wire.messages import Code
from substation.exchange.access import Right
from substation.exchange.variables import Route
from substation.variables.publication import Publication
from tests.substation.parts import Clock
from tests.substation.variables.door import Clients, door


def run(folder: Path, work: Callable[[Publication, Clock, Clients], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = Clock()
        publication = Publication("OBR", clock)
        async with door(folder, [Route("*", "OBR", publication, write=Right.OPERATE)]) as clients:
            await work(publication, clock, clients)

    asyncio.run(main())


def test_instances_by_key_and_the_time_they_were_published(tmp_path: Path) -> None:
    async def work(publication: Publication, clock: Clock, clients: Clients) -> None:
        publication.publish("Orders", "one", key="1")
        clock.now_ns += 1
        publication.publish("Orders", "two", key="2")
        publication.publish("Status", {"mode": "manual"})
        clock.now_ns += 1
        publication.publish("Orders", "one again", key="1")
        found = await clients.viewer.query("Orders", "OBR")
        assert [(each.value, clock() - each.time_ns) for each in found] == [("two", 1), ("one again", 0)]
        assert len(await clients.viewer.query("*", "OBR")) == 3
        assert await clients.viewer.query("Nothing", "OBR") == []

    run(tmp_path, work)


def test_subscribers_get_all_first_and_then_what_is_new(tmp_path: Path) -> None:
    async def work(publication: Publication, clock: Clock, clients: Clients) -> None:
        publication.publish("Energisation", {"a": "dead", "b": "dead"})
        changes = await clients.viewer.event("Energisation", "OBR")
        assert [each.value for each in (await anext(changes)).instances] == [{"a": "dead", "b": "dead"}]
        publication.publish("Energisation", {"a": "live", "b": "dead"}, change={"a": "live"})
        publication.publish("Other", 1)
        assert [each.value for each in (await anext(changes)).instances] == [{"a": "live"}]
        (present,) = await clients.viewer.query("Energisation", "OBR")
        assert present.value == {"a": "live", "b": "dead"}

    run(tmp_path, work)


def test_what_has_not_changed_is_not_told(tmp_path: Path) -> None:
    async def work(publication: Publication, clock: Clock, clients: Clients) -> None:
        publication.publish_if_new("Cases", [1])
        changes = await clients.viewer.event("Cases", "OBR")
        await anext(changes)
        publication.publish_if_new("Cases", [1])
        publication.publish_if_new("Cases", [2])
        assert [each.value for each in (await anext(changes)).instances] == [[2]]

    run(tmp_path, work)


def test_it_cannot_be_written(tmp_path: Path) -> None:
    async def work(publication: Publication, clock: Clock, clients: Clients) -> None:
        answer = await clients.operator.write("Status", "OBR", 1)
        assert (answer.code, answer.text) == (Code.NOT_ALLOWED, "Status is published by the unit and cannot be written")
        assert [refusal.why for refusal in clients.refused] == [answer.text]

    run(tmp_path, work)
