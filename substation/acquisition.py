"""What comes from the field enters the unit here: image at once, history before the acknowledgement, event list."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial

from models.alarm import Category, Severity
from models.difference import Difference
from models.driver import Clock
from models.notices import Notices
from models.point import Sample, SampleBatch
from models.quality import Quality
from models.record import Record
from substation.application import Plain
from substation.event_list import EventList
from substation.history.store import History
from substation.image import Image
from substation.link_board import LinkBoard
from substation.repeated_events import RepeatedEvents, stored_last
from substation.stored import in_all

RESUME = "resume points"
KeepRecord = Callable[[str, Record], Awaitable[object]]
"""Stores a disturbance record of a link (RecordStore.keep)."""
_MOST_NOTICES = 300
"""Different lines about the device of one link; a driver tells each once, and repeats as totals."""
_LONGEST_NOTICE = 500


class Acquisition:
    """The unit's FieldListener."""

    def __init__(
        self,
        image: Image,
        history: History,
        events: EventList,
        links: LinkBoard,
        clock: Clock,
        keep_record: KeepRecord,
    ) -> None:
        self._image, self._history, self._events, self._links, self._clock = image, history, events, links, clock
        self._keep_record = keep_record
        self.stored_for_control_centres: Callable[[], asyncio.Future[None] | None] = lambda: None
        self.differing: Callable[[str, tuple[Difference, ...]], None] = lambda link, found: None
        self._refused: set[str] = set()
        self._notices: dict[str, Notices] = {}
        self._resume = _restored(history)
        self._repeated = RepeatedEvents(image.register, stored_last(history, image.register))

    def events(self, batch: SampleBatch) -> asyncio.Future[None]:
        """Into the image now; the future ends when history and the control centres' buffers have it on disk, even
        if that has to be freed first."""
        samples = self._repeated.news([_sound(sample) for sample in batch])
        return self._take(samples)

    def _take(self, samples: list[Sample]) -> asyncio.Future[None]:
        """Without any the future still ends after all that was taken before: a repeated event may not be stored yet."""
        self._image.apply(samples)
        history, buffers = self._history.append(samples), self.stored_for_control_centres()
        return history if buffers is None else in_all((history, buffers))

    def measurands(self, batch: SampleBatch) -> None:
        samples = [_sound(sample) for sample in batch]
        self._image.apply(samples)
        self._history.append_later(samples)

    def record(self, link: str, record: Record) -> Awaitable[object]:
        return self._keep_record(link, record)

    def resume_points(self, link: str, settings: dict[str, str]) -> None:
        """They follow the commit, so the worst that their loss costs is a repeated event."""
        self._resume[link] = settings
        plain: dict[str, Plain] = {name: dict(points) for name, points in self._resume.items()}
        self._history.save_state_later(RESUME, plain)

    def resume_settings(self, link: str) -> dict[str, str]:
        return self._resume.get(link, {})

    def notice(self, link: str, text: str) -> None:
        """A line in the event list; once, whatever a front end says how often."""
        if link not in self._notices:
            tell = partial(self._events.tell, Category.LINK, Severity.LOW, link)
            self._notices[link] = Notices(tell, _MOST_NOTICES)
        text, now_s = text[:_LONGEST_NOTICE], self._clock() / 1e9
        self._notices[link].take(text, text, now_s)
        self._notices[link].tick(now_s)

    def differences(self, link: str, found: tuple[Difference, ...]) -> None:
        self.differing(link, found)

    def counters(self, link: str, counters: dict[str, int]) -> None:
        self._links.count(link, counters)

    def link(self, link: str, up: bool, reason: str) -> None:
        """A lost link turns its points invalid at once; the event list tells it once, not per point."""
        if not up:
            self._history.append_later(self._image.invalidate_link(link, self._clock()))
            self._repeated.begin(link)
        elif present := self._repeated.end(link):
            self._take(present)
        if self._links.report(link, up, reason):
            text = "link is up, complete picture received" if up else f"link lost: {reason}"
            self._events.tell(Category.LINK, Severity.INFORMATION if up else Severity.MEDIUM, link, text)
        elif not up and link not in self._refused:
            self._refused.add(link)
            self._events.tell(Category.LINK, Severity.MEDIUM, link, f"link cannot be opened: {reason}")


def _sound(sample: Sample) -> Sample:
    """A number that is none is never a good value, whatever the device says of it."""
    if isinstance(sample.value, float) and not math.isfinite(sample.value):
        return sample._replace(quality=sample.quality & ~3 | int(Quality.INVALID))
    return sample


def _restored(history: History) -> dict[str, dict[str, str]]:
    stored = history.load_state(RESUME)
    links = stored if isinstance(stored, dict) else {}
    return {
        link: {key: str(value) for key, value in settings.items()}
        for link, settings in links.items()
        if isinstance(settings, dict)
    }
