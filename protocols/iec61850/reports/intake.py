"""Reports as they come off the wire, on the loop: accounted for, read, measurands delivered at once, events posted."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from open61850.ber import BerError
from open61850.mms import MmsProtocolError, ReportEntry

from models.driver import Clock, Sink
from models.errors import LinkError
from models.point import Sample
from protocols.iec61850.blocks import mismatch
from protocols.iec61850.mailbox import Mailbox
from protocols.iec61850.mapping import Picture, Plan, PointMap
from protocols.iec61850.reports import counts as names
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.counts import Counts
from protocols.iec61850.reports.decoder import Reading
from protocols.iec61850.reports.heading import Heading, read_heading, report_at
from protocols.iec61850.reports.reasons import CHANGED
from protocols.iec61850.reports.stream import Verdict
from protocols.iec61850.reports.throttle import SHARE, Throttle


class Ears(NamedTuple):
    """Whom the intake tells. problem: one line, told once; lost: a block whose reports are missing, and what; rest: so
    many seconds nothing is to be read."""

    problem: Callable[[str], None]
    lost: Callable[[Block, Verdict, int | None], None]
    rest: Callable[[float], None]


class Intake:
    """One life of a link. blocks: those enabled; the list is shared and may grow."""

    def __init__(
        self,
        blocks: list[Block],
        points: PointMap,
        picture: Picture,
        mailbox: Mailbox,
        sink: Sink,
        clock: Clock,
        counts: Counts,
        ears: Ears,
        flood_reports: int,
    ) -> None:
        self._blocks, self._points, self._picture = blocks, points, picture
        self._mailbox, self._sink, self._clock, self._counts, self._ears = mailbox, sink, clock, counts, ears
        self._throttle = Throttle(flood_reports)
        self._limit = flood_reports

    def take(self, messages: list[bytes]) -> list[bytes]:
        """The reports among the messages of one read; gives back the others. MmsProtocolError: undecodable."""
        began_s = time.monotonic()
        reading, entries, others, arrival_ns = Reading(), dict[str, bytes](), list[bytes](), self._clock()
        try:
            for octets in messages:
                start = report_at(octets)
                if start < 0:
                    others.append(octets)
                else:
                    self._report(octets, read_heading(octets, start), arrival_ns, began_s, reading, entries)
        except LinkError as error:
            self._mailbox.fail(str(error))
        except (MmsProtocolError, BerError):
            self._counts[names.DECODE_ERRORS] += 1
            raise
        finally:
            self._hand_on(reading, entries)
        if len(messages) > len(others):
            self._slow_down(len(messages) - len(others), began_s)
        return others

    def answers(self, read: list[tuple[Plan, list[ReportEntry]]]) -> None:
        """What was asked for instead of reported."""
        reading, arrival_ns = Reading(), self._clock()
        for plan, entries in read:
            samples, problems = self._picture.read(plan, entries, arrival_ns)
            reading.problems += problems
            for sample in samples:
                self._sort(sample, reading)
        self._hand_on(reading, {})

    def _sort(self, sample: Sample, reading: Reading) -> None:
        if self._points.cdc[sample.handle].is_event:
            reading.events.append(sample)
        else:
            reading.measurands.append(sample)

    def _report(
        self,
        octets: bytes,
        heading: Heading,
        arrival_ns: int,
        now_s: float,
        reading: Reading,
        entries: dict[str, bytes],
    ) -> None:
        self._counts[names.REPORTS] += 1
        block = self._block_of(heading)
        if block is None:
            return
        block.heard_s = now_s
        verdict = block.stream.take(heading)
        if verdict.repeated:
            self._counts[names.DUPLICATES] += 1
            return
        if verdict.lost:
            self._ears.lost(block, verdict, heading.sequence)
        before = len(reading.events)
        reasons = block.decoder.read(octets, heading, arrival_ns, reading)
        if block.complete and heading.sequence is None and len(reading.events) > before:
            self._unseen(block, heading, reasons)
        block.complete = block.complete or block.completes(heading, reasons, now_s)
        if heading.entry_id is not None and any(heading.entry_id) and not heading.more_follow:
            entries[str(block.name)] = heading.entry_id

    def _block_of(self, heading: Heading) -> Block | None:
        """LinkError where the block has another revision than we know."""
        block = next((each for each in self._blocks if each.owns(heading)), None)
        if block is None:
            what = f"report '{heading.rpt_id}' on data set {heading.data_set} belongs to no enabled block"
            self._ears.problem(what)
        elif heading.conf_rev is not None and heading.conf_rev != block.conf_rev:
            raise mismatch(f"confRev of {block.name}", block.conf_rev, heading.conf_rev)
        return block

    def _unseen(self, block: Block, heading: Heading, reasons: tuple[int, ...]) -> None:
        """Without SqNum: a whole picture that differs from what was told says that something was missed."""
        if reasons and not any(reason & CHANGED for reason in reasons):
            self._ears.lost(block, Verdict(lost="an integrity report differs from what was told", missing=None), None)

    def _hand_on(self, reading: Reading, entries: dict[str, bytes]) -> None:
        self._counts[names.POINTS] += len(reading.measurands) + len(reading.events)
        for problem in reading.problems:
            self._ears.problem(problem)
        if len(reading.measurands):
            self._sink.measurands(reading.measurands)
        self._mailbox.post(reading.events, entries)

    def _slow_down(self, reports: int, began_s: float) -> None:
        now_s = time.monotonic()
        was_flooding = self._throttle.flooding
        pause_s = self._throttle.take(reports, now_s - began_s, now_s)
        if pause_s > 0:
            self._ears.rest(pause_s)
            if not was_flooding:
                self._counts[names.FLOODS] += 1
                self._ears.problem(
                    f"the device floods: more than {self._limit:,} reports in a second; "
                    f"it is read during a {SHARE}th of the time, newest measurands count, no event is dropped here"
                )
