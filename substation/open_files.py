"""How many files a process may have open: raised as far as the system lets us, and told when there are no more."""

from __future__ import annotations

import asyncio
import errno
import math
import resource
from collections.abc import Callable
from typing import Any

from models.errors import RingmainError

_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_TOLD_EVERY_S = 60.0


def allow_files(wanted: int, least: int = 0) -> None:
    """The default is too low for hundreds of units. RingmainError when even `least` are not to be had."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most < least:
        raise RingmainError(
            f"{least} open files are needed and {hard} allowed; raise the hard limit (ulimit -Hn), or do with less"
        )
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def tell_exhaustion(loop: asyncio.AbstractEventLoop, tell: Callable[[str], None]) -> None:
    """asyncio pauses a listening socket for a second when it cannot take a connection for want of files or memory, and
    only logs it: people are to be told too, once a minute at most."""
    told_s = -math.inf

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal told_s
        loop.default_exception_handler(context)
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _EXHAUSTED and loop.time() >= told_s + _TOLD_EVERY_S:
            told_s = loop.time()
            tell(f"no further connections can be taken: {error.strerror}; close what is not needed, or raise the limit")

    loop.set_exception_handler(handle)
