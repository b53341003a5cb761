"""All reports and reads of one life of a link: found, enabled, delivered, watched, made good where they are missing.

describe -> enable (resume, interrogate) -> deliver and tend, side by side, until the link ends
tend: interrogate blocks that lost reports; read what no report brings; look for instances that were taken; end the
      link when a block is silent for two integrity periods (a frozen device keeps its connection open for hours)
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from open61850.mms import MmsClient

from models.driver import Clock, LinkConfig, Sink
from models.errors import LinkError
from models.point import Handle, PointSpec
from protocols.iec61850.association import Association
from protocols.iec61850.comparison.agreement import Agreement
from protocols.iec61850.comparison.names import Names
from protocols.iec61850.mailbox import Mailbox
from protocols.iec61850.mapping import Picture, PointMap
from protocols.iec61850.reports import counts as names
from protocols.iec61850.reports.block import Block
from protocols.iec61850.reports.enabling import WHOLE_BUFFER, BlockTakenError, enable, interrogate, is_enabled
from protocols.iec61850.reports.intake import Ears, Intake
from protocols.iec61850.reports.memory import Memory
from protocols.iec61850.reports.offer import Offer, describe
from protocols.iec61850.reports.stream import Verdict
from protocols.iec61850.settings import LinkSettings

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_SETUP_TIMEOUTS = 20  # describing and enabling are many requests; each has its own time-out as well
_RETRY_S = 30.0
_FAREWELL_S = 1.0
_INTERROGATION_GAP_S = 1.0  # a device that loses reports all the time is not asked more often


class Ask(Protocol):
    """Connection's way to the worker: a blocking call, LinkError for whatever goes wrong, so many time-outs long."""

    async def __call__(self, work: Callable[[], Any], timeouts: int) -> Any: ...


class Reporting:
    """Made on the loop. `describe` runs on the worker, everything else on the loop."""

    def __init__(
        self,
        link: LinkConfig,
        settings: LinkSettings,
        points: Sequence[tuple[Handle, PointSpec]],
        clock: Clock,
        memory: Memory,
        sink: Sink,
        ask: Ask,
        problem: Callable[[str], None],
    ) -> None:
        self._link, self._settings, self._points, self._sink = link, settings, points, sink
        self._memory, self._ask, self._problem = memory, ask, problem
        self._map = PointMap(points)
        self._picture = Picture(self._map)
        self._mailbox = Mailbox(self._committed)
        self._blocks: list[Block] = []
        self._enabled: set[str] = set()
        self._to_interrogate: dict[str, Block] = {}
        self._wake = asyncio.Event()
        self._connected = False
        self._reads_due_s = 0.0
        self._retry_s = math.inf
        self._association: Association | None = None
        self._offer: Offer | None = None
        self._intake = Intake(
            self._blocks,
            self._map,
            self._picture,
            self._mailbox,
            sink,
            clock,
            memory.counts,
            Ears(problem, self._lost, self._rest),
            settings.reporting.flood_reports,
        )
        self.take = self._intake.take

    def end(self, reason: str) -> None:
        """Any thread: the association has ended."""
        self._mailbox.end(reason)

    # --- set-up, on the worker ---

    def describe(self, client: MmsClient, names: Names, agreement: Agreement) -> list[str]:
        """Blocks to enable, and points to read instead; gives what is odd. LinkError where there is nothing."""
        points, settings = self._points, self._settings
        made = describe(client, points, self._map, self._picture, settings, self._memory, names, agreement)
        self._blocks += made.blocks
        self._offer = made
        return made.notices

    # --- running ---

    def start(self, association: Association) -> None:
        """Requests go this way from now on."""
        self._association = association

    async def enable(self) -> None:
        """Enable every block, and read what no block has once."""
        for block in self._blocks:
            await self._enable(block)
        await self._read_rest()
        self._retry_s = _now_s() + _RETRY_S if self._offer is not None and self._offer.refused else math.inf
        self._mailbox.post((), {})  # `deliver` looks whether the picture is complete

    async def _enable(self, block: Block) -> None:
        resume, name = self._memory.resume, str(block.name)
        entry_id = resume.get(name) if block.buffered else None
        block.heard_s = _now_s()
        try:
            done = await self._request(partial(enable, self._client, block, self._settings, entry_id))
        except BlockTakenError:
            if name not in resume or not self._memory.is_patient(name):
                self._memory.deny(name)
            raise
        for problem in done.problems:
            self._problem(problem)
        if done.forgotten and resume.get(name) == entry_id:  # else an entry was committed meanwhile
            del resume[name]
        self._memory.taken(name)
        if block.buffered:
            resume.setdefault(name, WHOLE_BUFFER)  # from now on its buffer holds events for us
        block.heard_s = max(block.heard_s, _now_s())
        self._enabled.add(name)

    async def deliver(self) -> None:
        """Events in the device's order; EntryIDs are remembered once history has committed them."""
        while True:
            events, entries = await self._mailbox.take()
            is_whole = self._is_whole  # by what has been taken: what arrives from now on is not delivered yet
            if len(events):
                await self._sink.events(events)
            self._remember(entries, is_whole)

    def _committed(self, entries: dict[str, bytes]) -> None:
        self._remember(entries, self._is_whole)

    def _remember(self, entries: dict[str, bytes], is_whole: bool) -> None:
        self._memory.resume.update(entries)
        if is_whole and not self._connected:
            self._connected = True
            self._sink.connected()

    async def tend(self) -> None:
        """Until cancelled, or LinkError; after `enable`."""
        while True:
            now_s = _now_s()
            pause_s = max(0.0, min(self._deadlines(now_s)) - now_s)
            self._wake.clear()
            if not self._urgent(now_s):
                try:
                    async with asyncio.timeout(min(pause_s, self._settings.integrity_s)):
                        await self._wake.wait()
                except TimeoutError:
                    pass
            await self._tend_once(_now_s())

    async def farewell(self) -> None:
        """Delete what this association has made for good; a device that does not answer keeps it."""
        association = self._association
        if self._offer is None or not self._offer.dynamic.made or association is None or not association.is_connected:
            return
        try:
            async with asyncio.timeout(_FAREWELL_S):
                await self._ask(self._offer.dynamic.delete, 1)
        except (LinkError, TimeoutError) as error:
            _log.warning("%s: data sets stay in the device: %s", self._link.name, error)

    async def _tend_once(self, now_s: float) -> None:
        if self._association is not None and not self._association.receiving:
            raise LinkError(self._mailbox.failure or self._association.end_reason)
        await self._check_silence(now_s)
        for name in [each for each, block in self._to_interrogate.items() if self._may_ask(block, now_s)]:
            block = self._to_interrogate.pop(name)
            block.interrogated_s = now_s
            await self._request(partial(_interrogate_if_taken, self._client, block))
        if now_s >= self._reads_due_s:
            await self._read_rest()
        if now_s >= self._retry_s:
            await self._try_again()

    async def _check_silence(self, now_s: float) -> None:
        for block in self._blocks:
            if str(block.name) not in self._enabled:
                continue
            silent_s = now_s - block.heard_s
            if block.silence_s is not None and silent_s > block.silence_s:
                raise LinkError(
                    f"{block.name} is silent for {silent_s:.1f} s at an integrity period of {block.silence_s / 2:g} s: "
                    "the device or the network is frozen"
                )
            if block.silence_s is None and silent_s >= self._settings.integrity_s:
                block.heard_s = now_s
                if not await self._request(partial(is_enabled, self._client, block)):
                    raise LinkError(f"{block.name} is not enabled any more; somebody else has disabled it")

    async def _read_rest(self) -> None:
        if self._offer is None or not self._offer.reads:
            self._reads_due_s = math.inf
            return
        answers = await self._request(partial(self._offer.reads.read, self._client))
        self._memory.counts[names.READS] += answers.requests
        self._intake.answers(answers.read)
        self._reads_due_s = _now_s() + self._settings.reporting.read_period_s

    async def _try_again(self) -> None:
        """Instances that others had: one may be free by now."""
        offer = self._offer
        if offer is None:
            return
        found = await self._request(partial(offer.finder.find, list(offer.refused)))
        offer.refused = dict(found.refused)
        self._retry_s = _now_s() + _RETRY_S if offer.refused else math.inf
        for block in found.blocks:
            self._blocks.append(block)
            await self._enable(block)
            self._problem(f"{block.name} is free now and enabled")
        offer.reads.drop(found.handles)

    # --- small things ---

    @property
    def _client(self) -> Association:
        if self._association is None:
            raise LinkError("there is no association yet")
        return self._association

    async def _request(self, work: Callable[[], _Result]) -> _Result:
        result: _Result = await self._ask(work, _SETUP_TIMEOUTS)
        return result

    def _deadlines(self, now_s: float) -> Iterator[float]:
        yield now_s + self._settings.integrity_s
        yield self._reads_due_s
        yield self._retry_s
        for block in self._blocks:
            yield block.heard_s + (self._settings.integrity_s if block.silence_s is None else block.silence_s)
        for block in self._to_interrogate.values():
            yield block.interrogated_s + _INTERROGATION_GAP_S

    def _urgent(self, now_s: float) -> bool:
        return any(self._may_ask(block, now_s) for block in self._to_interrogate.values())

    @staticmethod
    def _may_ask(block: Block, now_s: float) -> bool:
        return now_s >= block.interrogated_s + _INTERROGATION_GAP_S

    def _lost(self, block: Block, verdict: Verdict, number: int | None) -> None:
        """Told in the event list, counted, and the whole data set asked for."""
        counts = self._memory.counts
        counts[names.OVERFLOWS if "overflow" in verdict.lost else names.GAPS] += 1
        counts[names.LOST] += verdict.missing or 0
        before = "" if number is None else f" before report {number}"
        text = f"events lost{before} of {block.name}: {verdict.lost}; its whole data set is asked for"
        _log.warning("%s: %s", self._link.name, text)
        self._memory.notices.take(f"events lost of {block.name}: {verdict.lost}", text, _now_s())
        self._to_interrogate[str(block.name)] = block
        self._wake.set()

    def _rest(self, pause_s: float) -> None:
        if self._association is not None:
            self._association.rest(pause_s)

    @property
    def _is_whole(self) -> bool:
        """The first complete picture has been read."""
        return all(block.complete for block in self._blocks) and self._reads_due_s > 0


def _interrogate_if_taken(client: MmsClient, block: Block) -> None:
    if block.asked:
        interrogate(client, block)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
