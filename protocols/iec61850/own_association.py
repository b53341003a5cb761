"""An association for one purpose, beside those of running links: plain or over TLS, on a thread of its own."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from models.driver import LinkConfig
from models.errors import LinkError
from protocols.iec61850.association import LIBRARY_ERRORS, Association
from protocols.iec61850.worker import Worker
from protocols.tls.modes import has_tls

_Result = TypeVar("_Result")

TIMEOUT_S = 5.0
"""For connecting, and for every answer."""
_STEP_S = 20 * TIMEOUT_S  # work is several requests, each with its own time-out


@dataclass(frozen=True, slots=True)
class OwnAssociation:
    """While `own_association` lasts."""

    client: Association
    _worker: Worker

    async def ask(self, work: Callable[[], _Result]) -> _Result:
        """A blocking call; whatever library or device do wrong is a LinkError."""
        return await _asked(self._worker, work)


@asynccontextmanager
async def own_association(link: LinkConfig) -> AsyncIterator[OwnAssociation]:
    """LinkError where none can be had; ConfigError for files of TLS that cannot be used."""
    worker, line = Worker(f"mms-{link.name}-own"), None
    try:
        if has_tls(link):
            from protocols.iec61850.tls import SecureLines  # loads cryptography, which plain links do without

            line = await SecureLines(link, time.time_ns).open(TIMEOUT_S, _unheard, _unheard)
        opened = partial(Association.open, link.host, link.port, TIMEOUT_S, lambda report: None, line)
        client = await _asked(worker, opened)
        client.receive()
        try:
            yield OwnAssociation(client, worker)
        finally:
            client.abort("done")
    finally:
        worker.stop()
        if line is not None:
            line.close()


async def _asked(worker: Worker, work: Callable[[], _Result]) -> _Result:
    try:
        return await worker.call(work, _STEP_S)
    except LIBRARY_ERRORS as error:  # TimeoutError is an OSError
        raise LinkError(str(error) or f"the device does not answer within {_STEP_S:g} s") from error


def _unheard(text: str) -> None:
    """Why TLS ended, or what is odd about it: whatever is asked next fails and says so."""
