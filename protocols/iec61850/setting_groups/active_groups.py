"""The active setting groups of one link as points: read at the start and periodically, switched, read back.

No report carries an SGCB (IEC 61850-7-2), so it is asked for: a change on site is seen within the period. A switch is
confirmed by what the device says afterwards, never by its answer (SAFETY S15, S21).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from open61850.mms import MmsClient

from models.command import Action, AddCause, Command, CommandResult, Outcome
from models.driver import Clock, Sink
from models.errors import LinkError, words_of
from models.point import Handle, PointSpec, Sample, SampleBatch
from models.quality import Quality
from models.scl.findings import Severity
from protocols.iec61850.association import LIBRARY_ERRORS
from protocols.iec61850.comparison.findings import Differences
from protocols.iec61850.setting_groups.group_block import GroupState, read_state, switch
from protocols.iec61850.setting_groups.group_point import SUFFIX, domain_of, is_group_point
from protocols.iec61850.worker import BusyError, Worker

_READ_BACKS = 5
"""How often the active group is read after a switch, until it shows: devices load settings for a while."""
_READ_BACK_S = 0.4


class ActiveGroups:
    """Of one association. All methods run on the loop; only requests go to the worker."""

    def __init__(
        self,
        client: MmsClient,
        worker: Worker,
        points: Mapping[Handle, str],
        sink: Sink,
        clock: Clock,
        timeout_s: float,
        period_s: float,
    ) -> None:
        self._client, self._worker, self._points, self._sink = client, worker, dict(points), sink
        self._clock, self._timeout_s, self._period_s = clock, timeout_s, period_s
        self._states: dict[Handle, GroupState] = {}

    def serves(self, handle: Handle) -> bool:
        return handle in self._points

    async def run(self) -> None:
        """Until cancelled. LinkError when the device does not answer, or has no such block."""
        while self._points:
            with contextlib.suppress(BusyError):  # it is looked at again after the period
                for handle in self._points:
                    await self._look(handle)
            await asyncio.sleep(self._period_s)

    async def _look(self, handle: Handle) -> GroupState:
        """Read one block; tell it when it is new."""
        state = await self._ask(partial(read_state, self._client, self._points[handle]))
        if self._states.get(handle) != state:
            self._states[handle] = state
            quality = Quality.GOOD if 1 <= state.active <= state.groups else Quality.INVALID | Quality.OUT_OF_RANGE
            batch = SampleBatch()
            batch.append(Sample(handle, state.active, int(quality), state.activated_ns, self._clock()))
            await self._sink.events(batch)
        return state

    async def _ask(self, work: Callable[[], GroupState]) -> GroupState:
        try:
            return await self._worker.call(work, self._timeout_s)
        except LIBRARY_ERRORS as error:  # TimeoutError is an OSError
            raise LinkError(f"setting groups: {words_of(error)}") from error

    async def execute(self, command: Command) -> CommandResult:
        """Switch to another group. Refusals and silence are results, never exceptions."""
        if command.action is not Action.OPERATE:
            return _refused(AddCause.NOT_SUPPORTED, "setting groups are switched directly; nothing was sent")
        if command.test:
            return _refused(AddCause.NOT_SUPPORTED, "setting groups know no command in test; nothing was sent")
        domain, group = self._points[command.handle], command.value
        try:
            state = await self._look(command.handle)
        except LinkError as error:
            return _refused(AddCause.UNKNOWN, f"{error}; nothing was sent")
        if type(group) is not int or not 1 <= group <= state.groups:
            text = f"{domain} has the setting groups 1 to {state.groups}, not {group!r}; nothing was sent"
            return _refused(AddCause.INCONSISTENT_PARAMETERS, text)
        return await self._switch(command.handle, domain, group)

    async def _switch(self, handle: Handle, domain: str, group: int) -> CommandResult:
        try:
            refusal = await self._worker.call(partial(switch, self._client, domain, group), self._timeout_s)
        except LIBRARY_ERRORS as error:
            text = f"no answer to the switch of {domain} to group {group}: {words_of(error)}"
            return CommandResult(Outcome.UNKNOWN, AddCause.UNKNOWN, text)
        except LinkError as error:
            return _refused(AddCause.UNKNOWN, f"{error}; nothing was sent")
        if refusal:
            return _refused(AddCause.UNKNOWN, f"{domain} does not switch to group {group}: {refusal}")
        return await self._read_back(handle, domain, group)

    async def _read_back(self, handle: Handle, domain: str, group: int) -> CommandResult:
        active = 0
        try:
            for attempt in range(_READ_BACKS):
                await asyncio.sleep(_READ_BACK_S if attempt else 0)
                active = (await self._look(handle)).active
                if active == group:
                    return CommandResult(Outcome.ACCEPTED)
        except LinkError as error:
            text = f"{domain} took group {group}, then: {error}"
            return CommandResult(Outcome.UNKNOWN, AddCause.ABORTION_BY_COMMUNICATION_LOSS, text)
        text = f"{domain} took group {group}, and group {active} is active still"
        return CommandResult(Outcome.FAILED, AddCause.TIME_LIMIT_OVER, text)


def divide(
    points: Sequence[tuple[Handle, PointSpec]],
) -> tuple[dict[Handle, str], tuple[tuple[Handle, PointSpec], ...]]:
    """The points that are active setting groups, with their logical devices; and all others."""
    groups = {handle: domain_of(spec) for handle, spec in points if is_group_point(spec)}
    return groups, tuple((handle, spec) for handle, spec in points if handle not in groups)


def present_groups(client: MmsClient, points: Mapping[Handle, str], found: Differences) -> dict[Handle, str]:
    """Those whose control block the device has (blocks for the device); the others stay invalid and are told."""
    there: dict[Handle, str] = {}
    for handle, domain in points.items():
        try:
            read_state(client, domain)
            there[handle] = domain
        except LinkError:
            subject, touches = f"setting group control block of {domain}", (f"{domain}{SUFFIX}",)
            found.add(Severity.LOSS, subject, "present", "absent", None, touches)
    return there


def _refused(cause: AddCause, reason: str) -> CommandResult:
    return CommandResult(Outcome.REFUSED, cause, reason)
