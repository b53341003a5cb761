"""CP56Time2a: seven octets of local or universal time in milliseconds (IEC 60870-5-101 7.2.6.18) <-> integer ns UTC.

The first two octets (milliseconds of the minute) change all the time; the other five change once a minute, so both
directions remember them. A date that does not exist gives no time at all and a clock failure: the value still counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from itertools import repeat

from models.quality import CLOCK_BITS, Quality

_NS_PER_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_MS_PER_MINUTE = 60_000
_NS_PER_MINUTE = _NS_PER_MS * _MS_PER_MINUTE
_NS_PER_HOUR = 60 * _NS_PER_MINUTE
_IV = 0x80  # in the octet of minutes: the clock was not synchronised
_SU = 0x80  # in the octet of hours: summer time
_CLOCK = int(CLOCK_BITS)
_NO_TIME = (None, int(Quality.CLOCK_FAILURE))
_INVALID_TAG = (0, bytes([_IV, 0, 1, 1, 0]))
_REMEMBERED_MINUTES = 4096


class Unsynchronised(Enum):
    """What is sent of an event whose clock was not synchronised."""

    MARK = "mark"  # its time, with IV = 1
    UNTAGGED = "untagged"  # the type without time tag
    IGNORE = "ignore"  # its time as if nothing were wrong


@dataclass(frozen=True, slots=True)
class TagStyle:
    """What the two ends of a link have agreed on.

    summer_time: the SU bit is used; without it, the hour that comes twice in autumn is read as the first one, and
    marked. day_of_week: sent, 0 otherwise; never looked at when read.
    """

    summer_time: bool = True
    day_of_week: bool = True
    unsynchronised: Unsynchronised = Unsynchronised.MARK


class TimeTags:
    """Reads and writes time tags in one time zone (of the link; UTC is what IEC 60870-5-104 recommends).

    In UTC the summer-time bit says nothing and is ignored; elsewhere it tells the two hours of the autumn change apart.
    A time that the spring change leaves out is read as its summer-time bit says, without one as standard time.
    """

    def __init__(self, zone: tzinfo = UTC, style: TagStyle = TagStyle()) -> None:
        self.zone, self.style = zone, style
        self._zone = zone
        self._marked = 0 if style.unsynchronised is Unsynchronised.IGNORE else _CLOCK
        self._read: dict[bytes, tuple[int | None, int]] = {}
        self._written: dict[int, bytes | None] = {}

    def decode(self, millisecond: int, minute: bytes) -> tuple[int | None, int]:
        """Octets 1-2 as a number and octets 3-7 -> (ns UTC or None, clock bits of Quality)."""
        start_ns, bits = self._read.get(minute) or self._remember(minute)
        if start_ns is None or millisecond >= _MS_PER_MINUTE:
            return _NO_TIME
        return start_ns + millisecond * _NS_PER_MS, bits

    def decode_many(
        self, milliseconds: Sequence[int], minutes: Sequence[bytes]
    ) -> tuple[Iterable[int | None], Iterable[int] | None]:
        """Columns of `decode`: times, and clock bits (as many or endless), None where no time has any."""
        if minutes.count(minutes[0]) == len(minutes) and max(milliseconds) < _MS_PER_MINUTE:
            start_ns, bits = self._read.get(minutes[0]) or self._remember(minutes[0])
            if start_ns is not None:
                times = [start_ns + millisecond * _NS_PER_MS for millisecond in milliseconds]
                return times, repeat(bits) if bits else None
        readings = map(self.decode, milliseconds, minutes)
        times_ns, clocks = zip(*readings, strict=True)
        return times_ns, clocks

    def decode_short(self, millisecond: int, minute: int, arrival_ns: int | None) -> tuple[int | None, int]:
        """CP24Time2a, which knows no hour: the time that is nearest to the arrival; none where nobody knows that."""
        if arrival_ns is None or minute & 0x3F >= 60 or millisecond >= _MS_PER_MINUTE:
            return _NO_TIME
        offset = datetime.fromtimestamp(arrival_ns // _NS_PER_S, self._zone).utcoffset() or timedelta()
        minutes = (minute & 0x3F) - offset // timedelta(minutes=1)  # zones are not all whole hours apart
        behind_ns = (arrival_ns - minutes * _NS_PER_MINUTE - millisecond * _NS_PER_MS) % _NS_PER_HOUR
        time_ns = arrival_ns - behind_ns + (_NS_PER_HOUR if behind_ns > _NS_PER_HOUR // 2 else 0)
        return time_ns, int(Quality.CLOCK_NOT_SYNCHRONISED) if minute & _IV else 0

    def encode(self, time_ns: int, quality: int) -> tuple[int, bytes]:
        """(octets 1-2 as a number, octets 3-7); times outside 2000-2099 become an invalid tag."""
        number, rest_ns = divmod(time_ns, _NS_PER_MINUTE)
        minute = self._minute(number)
        if minute is None:
            return _INVALID_TAG
        if quality & self._marked:
            minute = bytes([minute[0] | _IV]) + minute[1:]
        return rest_ns // _NS_PER_MS, minute

    def encode_many(self, times: Sequence[int], qualities: Sequence[int]) -> tuple[Sequence[int], Sequence[bytes]]:
        """Columns of `encode`."""
        number = times[0] // _NS_PER_MINUTE
        start_ns = number * _NS_PER_MINUTE
        minute = self._minute(number)
        in_one_minute = start_ns <= min(times) and max(times) < start_ns + _NS_PER_MINUTE
        if minute is not None and in_one_minute and not any(map(self._marked.__and__, qualities)):
            return [(time_ns - start_ns) // _NS_PER_MS for time_ns in times], [minute] * len(times)
        milliseconds, minutes = zip(*map(self.encode, times, qualities), strict=True)
        return milliseconds, minutes

    def _remember(self, minute: bytes) -> tuple[int | None, int]:
        _forget(self._read)
        known = self._read[minute] = self._read_minute(minute)
        return known

    def _minute(self, number: int) -> bytes | None:
        if number not in self._written:
            _forget(self._written)
            self._written[number] = self._write_minute(number)
        return self._written[number]

    def _read_minute(self, octets: bytes) -> tuple[int | None, int]:
        minute, hour, day, month, year = octets
        summer = bool(hour & _SU)
        try:
            local = datetime(
                2000 + (year & 0x7F), month & 0x0F, day & 0x1F, hour & 0x1F, minute & 0x3F, tzinfo=self._zone
            )
        except ValueError:
            return _NO_TIME
        bits = int(Quality.CLOCK_NOT_SYNCHRONISED) if minute & _IV else 0
        second = local.replace(fold=1)
        if not self.style.summer_time:
            bits |= int(Quality.CLOCK_NOT_SYNCHRONISED) if local.utcoffset() != second.utcoffset() else 0
        elif _is_summer(local) is not summer and _is_summer(second) is summer:
            local = second
        return (local - _EPOCH) // timedelta(minutes=1) * _NS_PER_MINUTE, bits

    def _write_minute(self, number: int) -> bytes | None:
        if not _FIRST_MINUTE <= number < _LAST_MINUTE:
            return None
        local = (_EPOCH + timedelta(minutes=number)).astimezone(self._zone)
        hour = local.hour | (_SU if self.style.summer_time and _is_summer(local) else 0)
        weekday = local.isoweekday() if self.style.day_of_week else 0
        return bytes([local.minute, hour, local.day | weekday << 5, local.month, local.year - 2000])


def _is_summer(local: datetime) -> bool:
    """Ahead of what the zone has in the other half of the year; some zones call their winter the exception."""
    offset = local.utcoffset()
    others = (local.replace(month=month, day=1, hour=12).utcoffset() for month in (1, 7))
    return offset is not None and any(other is not None and other < offset for other in others)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MINUTE = (datetime(2000, 1, 2, tzinfo=UTC) - _EPOCH) // timedelta(minutes=1)  # a day's room for the zone
_LAST_MINUTE = (datetime(2099, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(minutes=1)

UTC_TAGS = TimeTags()


def _forget(remembered: dict[bytes, tuple[int | None, int]] | dict[int, bytes | None]) -> None:
    if len(remembered) >= _REMEMBERED_MINUTES:  # a peer that invents times must not fill the memory
        remembered.clear()
