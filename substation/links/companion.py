"""A plain connection to the parent's data interface, for what is no link: membership in its group."""

from __future__ import annotations

import asyncio
import logging

from models.errors import LinkError
from protocols.exchange.client import RequestError
from substation.links.cancellation import heed_cancellation
from substation.links.upward import Beside, Opener, watch

log = logging.getLogger("ringmain.links")

RETRY_S = 5.0


async def accompany(parent: str, opener: Opener, beside: Beside) -> None:
    """Run `beside` with a client of the parent, again whenever it breaks, until cancelled."""
    while True:
        try:
            async with opener() as client:
                if client.unit != parent:
                    raise LinkError(f"that is unit {client.unit}, not {parent}; correct 'url' or 'unit' in [parent]")
                async with asyncio.TaskGroup() as group:
                    group.create_task(watch(client))
                    group.create_task(beside(client))
        except* (LinkError, RequestError) as errors:
            log.info("group of %s: %s", parent, errors.exceptions[0])
        heed_cancellation()
        await asyncio.sleep(RETRY_S)
