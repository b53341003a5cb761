"""One life of an MMS link, from connecting to its end.

    connect -> compare with the SCL -> enable reports (resume after the last committed entry, interrogate)
    -> deliver, until the device closes the link, a request fails, or a block is silent for two integrity periods
       (a frozen device keeps its connection open for hours)

Events are delivered in the device's order, and its EntryIDs are remembered only after the sink has committed them;
a buffered block resumes after the last of these: over any break of the link an event comes at least once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from open61850.mms import InformationReport, Report

from models.driver import Clock, LinkConfig, Sink
from models.errors import LinkError
from models.point import Handle, PointSpec, Sample, SampleBatch
from protocols.iec61850.association import LIBRARY_ERRORS, Association
from protocols.iec61850.blocks import Block, BlockFinder, enable, interrogate, mismatch, missing_references
from protocols.iec61850.controls.control_object import ControlObject, describe_controls
from protocols.iec61850.controls.controller import Controller
from protocols.iec61850.controls.values import unsupported
from protocols.iec61850.files.desk import FileDesk
from protocols.iec61850.files.fetching import RecordFetcher
from protocols.iec61850.mailbox import Arrival, Mailbox
from protocols.iec61850.mapping import Picture, PointMap
from protocols.iec61850.setting_groups.active_groups import ActiveGroups, divide
from protocols.iec61850.settings import LinkSettings
from protocols.iec61850.worker import Worker

if TYPE_CHECKING:
    from protocols.iec61850.tls import Line, SecureLines

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_SETUP_TIMEOUTS = 20  # browsing and describing are many requests; each has its own time-out as well
_CHECKS_PER_PERIOD = 4
_MAX_COMPLAINTS = 100  # distinct warnings of one connection: a broken device must not fill the log


class Connection:
    """Owns association, worker and tasks; `run` ends them all. `controller` is there once the device is known."""

    def __init__(
        self,
        link: LinkConfig,
        settings: LinkSettings,
        points: Sequence[tuple[Handle, PointSpec]],
        clock: Clock,
        resume: dict[str, bytes],
        sink: Sink,
        lines: SecureLines | None = None,
        fetcher: RecordFetcher | None = None,
    ) -> None:
        self._group_points, points = divide(points)
        self._link, self._settings, self._points, self._sink = link, settings, points, sink
        self._clock = clock
        self._resume = resume  # shared with the driver: block name -> EntryID of the last committed entry
        self._map = PointMap(points)
        self._picture = Picture(self._map)
        self._worker = Worker(f"mms-{link.name}")
        self._mailbox = Mailbox(clock, self._control_heard, self._report_heard)
        self._blocks: list[Block] = []
        self._heard_s: dict[str, float] = {}  # block name -> loop time of its last report
        self._complaints: set[str] = set()
        self._connected = False
        self._over = False
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
            association.receive()
            self._blocks, controls = await self._ask(partial(self._describe, association), _SETUP_TIMEOUTS)
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
                controls,
                settings.timeout_s,
                settings.termination_timeout_s,
                self._complain,
                self._groups,
            )
            for problem in filter(None, map(unsupported, controls.values())):
                self._complain(problem)
            await self._operate(association)
        finally:
            self._close()

    async def _operate(self, association: Association) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._deliver(association))
                group.create_task(self._watch(association))
                group.create_task(self._enable_and_fetch(association))
                group.create_task(self._groups.run())
        except BaseExceptionGroup as failures:
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
            why = self._line.relay.reason if self._line is not None else ""
            raise LinkError(why or str(error) or type(error).__name__) from error

    # --- set-up ---

    def _open(self) -> Association:
        """On the worker. An association that comes when nobody waits any more is dropped."""
        link = self._link
        association = Association.open(link.host, link.port, self._settings.timeout_s, self._mailbox.post, self._line)
        self._association = association
        if self._over:
            association.abort("nobody waits for this link any more")
        return association

    def _describe(self, association: Association) -> tuple[list[Block], dict[Handle, ControlObject]]:
        """On the worker: the blocks to enable and the control objects, compared with the SCL."""
        blocks = BlockFinder(association, self._map, self._settings, self._resume).find()
        reported = {handle for block in blocks for handle in block.handles}
        absent, present = missing_references(
            association, [spec for handle, spec in self._points if handle not in reported]
        )
        if absent:
            raise mismatch(", ".join(absent), "present", "absent")
        if present:
            self._complain(f"in no enabled report, so without value: {', '.join(present)}")
        return blocks, describe_controls(association, self._points)

    async def _enable_and_fetch(self, association: Association) -> None:
        await self._enable(association)
        if self._fetcher is not None:
            desk = FileDesk(association, self._worker, self._settings.timeout_s)
            await self._fetcher.run(desk, self._sink)

    async def _enable(self, association: Association) -> None:
        for block in self._blocks:
            entry_id = self._resume.get(str(block.name)) if block.buffered else None
            warning = await self._ask(partial(enable, association, block, self._settings, entry_id), _SETUP_TIMEOUTS)
            if warning:
                self._complain(warning)
                if self._resume.get(str(block.name)) == entry_id:  # else an entry was committed meanwhile
                    del self._resume[str(block.name)]
            self._heard_s.setdefault(str(block.name), asyncio.get_running_loop().time())

    # --- what the receive thread hands over, on the loop ---

    def _report_heard(self, report: Report) -> None:
        block = self._owner(report)
        if block is not None:
            self._heard_s[str(block.name)] = asyncio.get_running_loop().time()

    def _control_heard(self, message: InformationReport) -> None:
        if self.controller is not None:
            self.controller.heard(message)

    def _ended(self, reason: str) -> None:
        self._mailbox.end(reason)

    def _tls_ended(self, reason: str) -> None:
        if reason:  # before the library sees its socket closed: these words are better
            self._mailbox.end(reason)

    def _owner(self, report: Report) -> Block | None:
        return next((block for block in self._blocks if block.owns(report)), None)

    # --- watching ---

    async def _watch(self, association: Association) -> None:
        """Silence and a dead receive thread end the link; neither shows in the library's own state."""
        period_s = self._settings.integrity_s
        while True:
            await asyncio.sleep(period_s / _CHECKS_PER_PERIOD)
            if not association.receiving:
                raise LinkError("the receive thread has ended")
            now_s = asyncio.get_running_loop().time()
            for name, heard_s in self._heard_s.items():
                if now_s - heard_s > 2 * period_s:
                    raise LinkError(
                        f"{name} is silent for {now_s - heard_s:.1f} s at an integrity period of {period_s:g} s: "
                        "the device or the network is frozen"
                    )

    # --- delivering ---

    async def _deliver(self, association: Association) -> None:
        while True:
            arrivals = await self._mailbox.take()
            events, measurands, entries, lost = self._read(arrivals)
            if len(measurands):
                self._sink.measurands(measurands)
            if len(events):
                await self._sink.events(events)
            self._resume.update(entries)  # only now: history has committed them
            self._tell_connected()
            for block in lost:
                await self._ask(partial(interrogate, association, block), 1)

    def _read(self, arrivals: list[Arrival]) -> tuple[SampleBatch, SampleBatch, dict[str, bytes], list[Block]]:
        """Events and measurands of the reports, EntryIDs to remember, and the blocks that lost reports."""
        events, measurands = SampleBatch(), SampleBatch()
        entries: dict[str, bytes] = {}
        lost: list[Block] = []
        for report, arrival_ns in arrivals:
            block = self._owner(report)
            if block is None:
                self._complain(f"report '{report.rpt_id}' on data set {report.data_set} belongs to no enabled block")
                continue
            self._account(block, report, entries, lost)
            samples = self._samples(block, report, arrival_ns)
            for sample in samples:
                (events if self._map.cdc[sample.handle].is_event else measurands).append(sample)
        return events, measurands, entries, lost

    def _account(self, block: Block, report: Report, entries: dict[str, bytes], lost: list[Block]) -> None:
        if report.conf_rev is not None and report.conf_rev != block.conf_rev:
            raise mismatch(f"confRev of {block.name}", block.conf_rev, report.conf_rev)
        if block.lost_before(report):
            lost.append(block)
            _log.warning("%s: events lost before report %s of %s", self._link.name, report.seq_num, block.name)
        if report.entry_id is not None and not report.more_segments_follow:
            entries[str(block.name)] = report.entry_id
        block.complete = block.complete or block.completes(report)

    def _samples(self, block: Block, report: Report, arrival_ns: int) -> list[Sample]:
        samples, problems = self._picture.read(block.plan, report.entries, arrival_ns)
        for problem in problems:
            self._complain(problem)
        return samples

    def _tell_connected(self) -> None:
        if not self._connected and all(block.complete for block in self._blocks):
            self._connected = True
            self._sink.connected()

    def _complain(self, problem: str) -> None:
        """Warn once of each thing."""
        if problem not in self._complaints and len(self._complaints) < _MAX_COMPLAINTS:
            self._complaints.add(problem)
            _log.warning("%s: %s", self._link.name, problem)
            self._sink.notice(problem)
