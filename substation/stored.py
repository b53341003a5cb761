"""When what several places have been given is stored in all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


def in_all(waiting: Sequence[asyncio.Future[None]]) -> asyncio.Future[None]:
    """Ends with the last of them, or as the first one fails.

    It is a future, so nobody has to wait for it; who no longer wants to cancels it alone: others may wait for the same.
    """
    together: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    left = len(waiting)

    def ended(one: asyncio.Future[None]) -> None:
        nonlocal left
        left -= 1
        error = None if one.cancelled() else one.exception()
        if together.done():
            return
        if one.cancelled():
            together.cancel()
        elif error is not None:
            together.set_exception(error)
        elif not left:
            together.set_result(None)

    for future in waiting:
        future.add_done_callback(ended)
    return together
