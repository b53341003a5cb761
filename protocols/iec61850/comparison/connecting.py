"""The comparison with the SCL in one life of a link: some before anything is used, the rest beside the running reports.

The rest is asked for in small steps, so that a command waits for one request at most.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from open61850.mms import MmsClient

from models.difference import Difference
from models.driver import Sink
from models.errors import LinkError
from protocols.iec61850.comparison.agreement import Agreement
from protocols.iec61850.comparison.comparing import Comparison, Steps, merged
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.settings import LinkSettings

_STEP_TIMEOUTS = 4  # a step is a few requests, each with its own time-out


class Ask(Protocol):
    """Connection's way to the worker: a blocking call, LinkError for whatever goes wrong, so many time-outs long."""

    async def __call__(self, work: Callable[[], Any], timeouts: int) -> Any: ...


class Comparing:
    """`begin` runs on the worker; the rest on the loop. problem: takes what cannot be compared, in words."""

    def __init__(
        self, comparison: Comparison, settings: LinkSettings, sink: Sink, ask: Ask, problem: Callable[[str], None]
    ) -> None:
        self._comparison, self._settings, self._sink = comparison, settings, sink
        self._ask, self._problem = ask, problem
        self._agreement: Agreement | None = None
        self._names: Names | None = None

    def begin(self, client: MmsClient) -> tuple[Names, Agreement]:
        """Blocks for the device: its names, and what is compared before it is used."""
        self._agreement = Agreement(client, self._settings, self._comparison.expected())
        self._names = Names.read(client)
        return self._names, self._agreement

    def tell_early(self) -> None:
        """What was found before anything was used, with what was known of the device before."""
        if self._agreement is not None and self._names is not None:
            self._sink.differences(merged(self._agreement.found.found, self._comparison.found))

    async def run(self, client: MmsClient) -> None:
        """Everything else, once; LinkError never: a device that cannot be compared is told and works."""
        if self._names is None or self._agreement is None:
            return
        names, self._names = self._names, None
        steps = self._comparison.steps(client, names)
        try:
            while (found := await self._ask(partial(step, steps), _STEP_TIMEOUTS)) is None:
                pass
        except LinkError as error:
            self._problem(f"the device cannot be compared with its SCL: {error}")
            return
        self._sink.differences(merged(self._agreement.found.found, found))


def step(steps: Steps) -> tuple[Difference, ...] | None:
    """Blocks for the device: the next step; None while there are more."""
    try:
        next(steps)
    except StopIteration as end:
        found: tuple[Difference, ...] = end.value
        return found
    return None
