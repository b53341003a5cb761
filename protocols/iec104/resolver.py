"""Host names of devices: a name server that does not answer must not hold up the links whose addresses are known.

asyncio asks the system for names in the threads that everybody shares; here only a few of them are ever used at once.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

_AT_ONCE = 3
_GATES: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
"""One per loop, since that is whose threads they are."""


def is_address(host: str) -> bool:
    """An IPv4 or IPv6 address (with or without zone), which needs no name server."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def addresses_of(host: str, port: int) -> list[tuple[str, int]]:
    """What to connect to, in the order to try. OSError when the name is not known."""
    if is_address(host):
        return [(host, port)]
    loop = asyncio.get_running_loop()
    gate = _GATES.setdefault(loop, asyncio.Semaphore(_AT_ONCE))

    def finished(future: asyncio.Future[Any]) -> None:
        gate.release()
        if not future.cancelled():
            future.exception()  # whoever asked may have given up meanwhile

    await gate.acquire()
    asked = loop.run_in_executor(None, partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM))
    asked.add_done_callback(finished)
    found = await asyncio.shield(asked)  # the thread goes on when nobody waits any more, and keeps its place
    return list(dict.fromkeys((str(address[0]), port) for *_, address in found))
