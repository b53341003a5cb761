"""The client's own bound: a program that reads too slowly learns how many instances it lost."""

from __future__ import annotations

import asyncio

from models.wire.instance import Instance
from protocols.exchange.subscription import MAX_NOTICES, Notice, Subscription


def row(value: int) -> tuple[Instance, ...]:
    return (Instance("CSWI1.Pos", "ST1", value, value),)


async def _no_unsubscribe(identifier: int) -> None:
    assert identifier == 5


def test_bounded_and_told() -> None:
    async def run() -> None:
        subscription = Subscription(5, _no_unsubscribe)
        for value in range(MAX_NOTICES + 10):
            subscription.put(row(value), 0)
        assert await anext(subscription) == Notice(row(10), missed=10)
        assert await anext(subscription) == Notice(row(11))

    asyncio.run(run())


def test_resumed_marks_the_next_notice_only_and_the_end_comes_after_what_has_arrived() -> None:
    async def run() -> None:
        subscription = Subscription(5, _no_unsubscribe)
        subscription.resumed()
        subscription.put(row(1), 2)
        subscription.put(row(2), 0)
        await subscription.close()
        assert [notice async for notice in subscription] == [Notice(row(1), 2, resumed=True), Notice(row(2))]
        assert subscription.ended == "closed"

    asyncio.run(run())
