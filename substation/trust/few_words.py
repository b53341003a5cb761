"""Security events that come in numbers become few lines."""

from __future__ import annotations

import time
from collections.abc import Callable

from protocols.tls.security_event import SecurityCode, SecurityEvent
from protocols.tls.store import Tell

QUIET_S = 10.0
MAX_KINDS = 1000


class FewWords:
    """Passes the first event of a kind on, and then one every `QUIET_S` that says how many there were.

    A kind is a code and the host it came from, so a scanner fills neither the event list nor the disk.
    """

    def __init__(self, tell: Tell, timer: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._timer = tell, timer
        self._kinds: dict[tuple[SecurityCode, str], tuple[float, int]] = {}

    def __call__(self, event: SecurityEvent) -> None:
        kind = (event.code, event.what.rpartition(":")[0] or event.what)  # without the port
        now_s = self._timer()
        told_s, held_back = self._kinds.get(kind, (-QUIET_S, 0))
        if now_s - told_s < QUIET_S:
            self._kinds[kind] = (told_s, held_back + 1)
            return
        if len(self._kinds) >= MAX_KINDS:
            self._kinds.clear()
        self._kinds[kind] = (now_s, 0)
        more = f"{event.detail} ({held_back} more since the last one)" if held_back else event.detail
        self._tell(SecurityEvent(event.code, event.what, more.strip()))
