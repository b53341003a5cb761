"""CP56Time2a: seven octets of local or universal time in milliseconds (IEC 60870-5-101 7.2.6.18) <-> integer ns UTC.

The first two octets (milliseconds of the minute) change all the time; the other five change once a minute, so both
directions remember them. A date that does not exist gives no time at all and a clock failure: the value still counts.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from models.quality import CLOCK_BITS, Quality

_NS_PER_MS = 1_000_000
_MS_PER_MINUTE = 60_000
_NS_PER_MINUTE = _NS_PER_MS * _MS_PER_MINUTE
_IV = 0x80  # in the octet of minutes: the clock was not synchronised
_SU = 0x80  # in the octet of hours: summer time
_CLOCK = int(CLOCK_BITS)
_NO_TIME = (None, int(Quality.CLOCK_FAILURE))
_INVALID_TAG = (0, bytes([_IV, 0, 1, 1, 0]))
_REMEMBERED_MINUTES = 4096


class TimeTags:
    """Reads and writes time tags in one time zone (of the link; UTC is what IEC 60870-5-104 recommends).

    In UTC the summer-time bit says nothing and is ignored; elsewhere it tells the two hours of the autumn change apart.
    """

    def __init__(self, zone: tzinfo = UTC) -> None:
        self._zone = zone
        self._read: dict[bytes, tuple[int | None, int]] = {}
        self._written: dict[int, bytes | None] = {}

    def decode(self, millisecond: int, minute: bytes) -> tuple[int | None, int]:
        """Octets 1-2 as a number and octets 3-7 -> (ns UTC or None, clock bits of Quality)."""
        known = self._read.get(minute)
        if known is None:
            _forget(self._read)
            known = self._read[minute] = self._read_minute(minute)
        start_ns, bits = known
        if start_ns is None or millisecond >= _MS_PER_MINUTE:
            return _NO_TIME
        return start_ns + millisecond * _NS_PER_MS, bits

    def encode(self, time_ns: int, quality: int) -> tuple[int, bytes]:
        """(octets 1-2 as a number, octets 3-7); times outside 2000-2099 become an invalid tag."""
        number, rest_ns = divmod(time_ns, _NS_PER_MINUTE)
        if number not in self._written:
            _forget(self._written)
            self._written[number] = self._write_minute(number)
        minute = self._written[number]
        if minute is None:
            return _INVALID_TAG
        if quality & _CLOCK:
            minute = bytes([minute[0] | _IV]) + minute[1:]
        return rest_ns // _NS_PER_MS, minute

    def _read_minute(self, octets: bytes) -> tuple[int | None, int]:
        minute, hour, day, month, year = octets
        summer = bool(hour & _SU)
        try:
            local = datetime(
                2000 + (year & 0x7F), month & 0x0F, day & 0x1F, hour & 0x1F, minute & 0x3F, tzinfo=self._zone
            )
        except ValueError:
            return _NO_TIME
        if bool(local.dst()) is not summer and bool(local.replace(fold=1).dst()) is summer:
            local = local.replace(fold=1)
        bits = int(Quality.CLOCK_NOT_SYNCHRONISED) if minute & _IV else 0
        return (local - _EPOCH) // timedelta(minutes=1) * _NS_PER_MINUTE, bits

    def _write_minute(self, number: int) -> bytes | None:
        if not _FIRST_MINUTE <= number < _LAST_MINUTE:
            return None
        local = (_EPOCH + timedelta(minutes=number)).astimezone(self._zone)
        hour = local.hour | (_SU if local.dst() else 0)
        return bytes([local.minute, hour, local.day | local.isoweekday() << 5, local.month, local.year - 2000])


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MINUTE = (datetime(2000, 1, 2, tzinfo=UTC) - _EPOCH) // timedelta(minutes=1)  # a day's room for the zone
_LAST_MINUTE = (datetime(2099, 12, 31, tzinfo=UTC) - _EPOCH) // timedelta(minutes=1)

UTC_TAGS = TimeTags()


def _forget(remembered: dict[bytes, tuple[int | None, int]] | dict[int, bytes | None]) -> None:
    if len(remembered) >= _REMEMBERED_MINUTES:  # a peer that invents times must not fill the memory
        remembered.clear()
