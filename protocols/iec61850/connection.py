"""One life of an MMS link, from connecting to its end.

    connect -> compare with the SCL -> enable reports (resume after the last committed entry, interrogate)
    -> deliver, until the device closes the link, a request fails, or a block is silent for two integrity periods

Events are delivered in the device's order, and its EntryIDs are remembered only after the sink has committed them;
a buffered block resumes after the last of these: over any break of the link an event comes at least once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from open61850.mms import InformationReport, MmsReject, MmsTimeout, ServiceError

from models.driver import Clock, LinkConfig, Sink
from models.errors import LinkError, words_of
from models.point import Handle, PointSpec
from protocols.iec61850.association import LIBRARY_ERRORS, Association
from protocols.iec61850.comparison.comparing import Comparison
from protocols.iec61850.comparison.connecting import Comparing
from protocols.iec61850.controls.control_object import Controls, describe_controls
from protocols.iec61850.controls.controller import Controller
from protocols.iec61850.controls.substitution import Substitutions
from protocols.iec61850.controls.values import unsupported
from protocols.iec61850.files.desk import FileDesk
from protocols.iec61850.files.fetching import RecordFetcher
from protocols.iec61850.reports.counts import TIME_OUTS
from protocols.iec61850.reports.memory import Memory
from protocols.iec61850.reports.reporting import Reporting
from protocols.iec61850.setting_groups.active_groups import ActiveGroups, divide, present_groups
from protocols.iec61850.settings import LinkSettings
from protocols.iec61850.worker import Worker

if TYPE_CHECKING:
    from protocols.iec61850.tls import Line, SecureLines

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_SETUP_TIMEOUTS = 20  # browsing and describing are many requests; each has its own time-out as well
_MAX_COMPLAINTS = 100  # distinct warnings of one connection: a broken device must not fill the log


class Connection:
    """Owns association, worker and tasks; `run` ends them all. `controller` is there once the device is known."""

    def __init__(
        self,
        link: LinkConfig,
        settings: LinkSettings,
        points: Sequence[tuple[Handle, PointSpec]],
        clock: Clock,
        memory: Memory,
        sink: Sink,
        lines: SecureLines | None = None,
        fetcher: RecordFetcher | None = None,
        comparison: Comparison | None = None,
    ) -> None:
        self._group_points, points = divide(points)
        self._link, self._settings, self._points, self._sink = link, settings, points, sink
        self._clock = clock
        self._references = {handle: spec.reference for handle, spec in points}
        self._memory = memory
        self._worker = Worker(f"mms-{link.name}")
        self._reporting = Reporting(link, settings, points, clock, memory, sink, self._ask, self._complain)
        self._complaints: set[str] = set()
        self._notices: list[str] = []
        self._over = False
        self._comparing = Comparing(
            comparison or Comparison(settings.scl_device), settings, sink, self._ask, self._complain
        )
        self._association: Association | None = None
        self._lines, self._fetcher = lines, fetcher
        self._line: Line | None = None
        self.controller: Controller | None = None

    async def run(self) -> None:
        """Until cancelled, or LinkError. Anything else comes from the sink or is a defect."""
        try:
            if self._lines is not None:
                self._line = await self._lines.open(self._settings.timeout_s, self._sink.notice, self._tls_ended)
            association = await self._ask(self._open, 3)  # TCP, COTP and MMS may each take their time
            association.watch(self._ended)
            association.receive(self._reporting.take)
            self._reporting.start(association)
            try:
                controls = await self._ask(partial(self._describe, association), _SETUP_TIMEOUTS)
            finally:
                self._comparing.tell_early()
            self._control(association, controls)
            for problem in filter(None, map(unsupported, controls.objects.values())):
                self._complain(problem)
            await self._operate(association)
        finally:
            try:
                await self._reporting.farewell()
            finally:  # cancelled meanwhile, too
                self._close()

    def _control(self, association: Association, controls: Controls) -> None:
        """From now on commands are taken."""
        settings = self._settings
        self._groups = ActiveGroups(
            association,
            self._worker,
            self._group_points,
            self._sink,
            self._clock,
            settings.timeout_s,
            settings.setting_group_period_s,
        )
        self.controller = Controller(
            association,
            self._worker,
            controls.objects,
            settings.timeout_s,
            settings.termination_timeout_s,
            self._complain,
            self._groups,
            Substitutions(association, self._worker, self._references, settings.timeout_s),
            controls.objections,
        )

    async def _operate(self, association: Association) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reporting.deliver())
                group.create_task(self._enable_and_tend(association, group))
                group.create_task(self._groups.run())
                group.create_task(self._comparing.run(association))
                await asyncio.get_running_loop().create_future()  # so that the group takes back its own cancellation
        except BaseExceptionGroup as failures:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # a failure at the same time must not hide it
                raise asyncio.CancelledError from None
            unexpected = failures.split(LinkError)[1]
            raise unexpected or failures.exceptions[0] from None

    def _close(self) -> None:
        self._over = True
        if self._association is not None:
            self._association.abort("this side closed the link")
        if self.controller is not None:
            self.controller.end("this side closed the link")
        if self._line is not None:
            self._line.close()
        self._worker.stop()

    async def _ask(self, work: Callable[[], _Result], timeouts: int) -> _Result:
        """A blocking call on the worker; everything that the library or the device does wrong becomes a LinkError."""
        limit_s = timeouts * self._settings.timeout_s
        try:
            return await self._worker.call(work, limit_s)
        except TimeoutError as error:
            raise LinkError(str(error) or f"the device does not answer within {limit_s:g} s") from error
        except LIBRARY_ERRORS as error:
            if isinstance(error, MmsTimeout):
                self._memory.counts[TIME_OUTS] += 1
            why = self._line.relay.reason if self._line is not None else ""
            raise LinkError(why or words_of(error)) from error

    # --- set-up ---

    def _open(self) -> Association:
        """On the worker. An association that comes when nobody waits any more is dropped."""
        link = self._link
        association = Association.open(link.host, link.port, self._settings.timeout_s, self._control_heard, self._line)
        self._association = association
        if self._over:
            association.abort("nobody waits for this link any more")
        return association

    def _describe(self, association: Association) -> Controls:
        """On the worker: the reports to enable and the control objects, compared with the SCL."""
        try:
            names, agreement = self._comparing.begin(association)
            self._notices = self._reporting.describe(association, names, agreement)
            self._group_points = present_groups(association, self._group_points, agreement.found)
            return describe_controls(association, self._points, agreement.found)
        except (ServiceError, MmsReject, ValueError) as error:  # ValueError: names that are no ASCII
            raise LinkError(f"the device does not describe its model as IEC 61850-8-1 asks it to: {error}") from error

    async def _enable_and_tend(self, association: Association, group: asyncio.TaskGroup) -> None:
        for notice in self._notices:
            self._complain(notice)
        await self._reporting.enable()
        if self._fetcher is not None:
            desk = FileDesk(association, self._worker, self._settings.timeout_s)
            group.create_task(self._fetcher.run(desk, self._sink))
        await self._reporting.tend()

    # --- what comes without being asked for, on the loop ---

    def _control_heard(self, message: InformationReport) -> None:
        if self.controller is not None:
            self.controller.heard(message)

    def _ended(self, reason: str) -> None:
        self._reporting.end(reason)

    def _tls_ended(self, reason: str) -> None:
        if reason:  # before the library sees its socket closed: these words are better
            self._reporting.end(reason)

    def _complain(self, problem: str) -> None:
        """Warn once of each thing."""
        if problem not in self._complaints and len(self._complaints) < _MAX_COMPLAINTS:
            self._complaints.add(problem)
            _log.warning("%s: %s", self._link.name, problem)
            self._sink.notice(problem)
