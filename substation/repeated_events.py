"""Events that the field sends once more because nobody had acknowledged them: after a crash of a front end or the unit.

A repeated event is one that the unit has taken already: same point, source time, value and quality, in the same order.
It is looked for only while a link is down or new, since two events of one point may share a millisecond at any other
time. The newest event of a point always passes: it makes the point valid again, which its lost link had ended.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from models.point import Handle, Sample, Value
from models.quality import is_stale
from substation.history.store import END_NS, History
from substation.register import PointRegister

REMEMBERED = 2_048
"""Events of a unit: more than are sent between two acknowledgements of the field, about a second. Older ones, repeated,
are taken for news; but the newest of each point is always remembered: an old interrogation may stand in the buffer."""
_BEFORE_THE_END_NS = 5_000_000_000
_TAIL_NS, _TAIL = 10_000_000_000, 256
"""How far back the events of a point are read that were stored shortly before the unit ended."""

_Key = tuple[int | None, Value, int]


class RepeatedEvents:
    """Of one unit. restored: events that an earlier life has stored, in their order."""

    def __init__(self, register: PointRegister, restored: Iterable[Sample] = ()) -> None:
        self._register = register
        self._taken: dict[Handle, deque[_Key]] = {}
        self._order: deque[Handle] = deque()
        self._expected: dict[Handle, list[_Key]] = {}
        self._held: dict[Handle, Sample] = {}
        self.dropped = 0
        for sample in restored:
            self._remember(sample)
        self._expected = {handle: list(keys) for handle, keys in self._taken.items()}

    def begin(self, link: str) -> None:
        """The link is lost: what it sends next may be a repetition."""
        for handle in self._register.of_link(link):
            if keys := self._taken.get(handle):
                self._expected[handle] = list(keys)

    def news(self, samples: list[Sample]) -> list[Sample]:
        """Those that are no repetition; they are remembered."""
        if self._expected:
            samples = [sample for sample in samples if self._is_news(sample)]
        for sample in samples:
            self._remember(sample)
        return samples

    def end(self, link: str) -> list[Sample]:
        """The link's picture is complete. Gives what was dropped although nothing newer came: it is the present."""
        present = []
        for handle in self._register.of_link(link) if self._expected else ():
            self._expected.pop(handle, None)
            if (held := self._held.pop(handle, None)) is not None:
                present.append(held)
        return present

    def _is_news(self, sample: Sample) -> bool:
        expected = self._expected.get(sample.handle)
        if expected is None:
            return True
        key = _key(sample)
        if sample.source_time_ns is None or key not in expected:
            self._held.pop(sample.handle, None)
            return True
        del expected[: expected.index(key) + 1]
        if not expected:  # the newest
            del self._expected[sample.handle]
            self._held.pop(sample.handle, None)
            return True
        self._held[sample.handle] = sample
        self.dropped += 1
        return False

    def _remember(self, sample: Sample) -> None:
        if sample.source_time_ns is None:
            return
        handle, key = sample.handle, _key(sample)
        keys = self._taken.setdefault(handle, deque())
        if keys and keys[-1] == key:
            return
        keys.append(key)
        self._order.append(handle)
        if len(self._order) > REMEMBERED and len(self._taken[oldest := self._order.popleft()]) > 1:
            self._taken[oldest].popleft()


def stored_last(history: History, register: PointRegister) -> list[Sample]:
    """The events of those points of which some were stored shortly before the unit ended. Blocks; at start."""
    classes = {handle: spec.cdc for handle, spec in register.items() if spec.cdc.is_event}
    newest = history.newest(classes.items())
    end_ns = max((each.arrival_time_ns for each in newest.values()), default=0)
    found: list[Sample] = []
    for handle, sample in newest.items():
        time_ns = sample.source_time_ns
        if time_ns is not None and sample.arrival_time_ns >= end_ns - _BEFORE_THE_END_NS:
            found += _tail(history.series(handle, classes[handle], time_ns - _TAIL_NS, END_NS, _TAIL))
    return sorted(found, key=lambda each: each.arrival_time_ns)


def _tail(series: Sequence[Sample]) -> list[Sample]:
    """Without what we have written ourselves when the link was lost."""
    return [each for each in series if each.source_time_ns is not None and not is_stale(each.quality)]


def _key(sample: Sample) -> _Key:
    return sample.source_time_ns, sample.value, sample.quality
