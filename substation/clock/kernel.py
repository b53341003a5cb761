"""The kernel's clock discipline (ntp_adjtime of glibc, RFC 5905 appendix and timex.h of Linux), read by ctypes.

NTP daemons and ptp4l/phc2sys steer the clock through this interface and say here whether it follows its source, so the
answer is the same whichever of them runs.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import time
from dataclasses import dataclass
from typing import Protocol

from models.errors import RingmainError

STA_UNSYNC = 0x0040
TIME_ERROR = 5
_MAX_ERROR_US = 16_000_000  # the kernel's word for "nobody has steered this clock" (NTP_PHASE_LIMIT)


class ClockError(RingmainError):
    """The clock cannot be read or set: why, and what to do."""


@dataclass(frozen=True, slots=True)
class ClockHealth:
    """synchronised: the clock follows a source now. estimated_error_us: as its daemon says."""

    synchronised: bool
    estimated_error_us: int = 0

    def __str__(self) -> str:
        if self.synchronised:
            return f"synchronised, estimated error {self.estimated_error_us} us"
        return "not synchronised"


class SystemClock(Protocol):
    """The seam for tests. Neither call waits."""

    def health(self) -> ClockHealth:
        """ClockError where the system does not tell."""

    def set(self, time_ns: int) -> None:
        """Step the clock to this UTC time. ClockError where that is not permitted."""


class _Timeval(ctypes.Structure):
    _fields_ = (("tv_sec", ctypes.c_long), ("tv_usec", ctypes.c_long))


class _Timex(ctypes.Structure):
    """struct timex of Linux; modes 0 only reads."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time", _Timeval),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("reserved", ctypes.c_int * 11),
    )


class KernelClock:
    """The clock of the computer that this process runs on."""

    def __init__(self) -> None:
        library = ctypes.util.find_library("c")
        self._adjtime = getattr(ctypes.CDLL(library, use_errno=True), "adjtimex", None) if library else None

    def health(self) -> ClockHealth:
        if self._adjtime is None:
            raise ClockError("this system does not tell whether its clock is synchronised: it has no adjtimex")
        timex = _Timex()
        state = self._adjtime(ctypes.byref(timex))
        if state < 0:
            raise ClockError(f"the clock's discipline cannot be read: error {ctypes.get_errno()} of adjtimex")
        unsynchronised = state == TIME_ERROR or timex.status & STA_UNSYNC or timex.maxerror >= _MAX_ERROR_US
        return ClockHealth(not unsynchronised, timex.esterror)

    def set(self, time_ns: int) -> None:
        try:
            time.clock_settime_ns(time.CLOCK_REALTIME, time_ns)
        except (PermissionError, OSError) as error:
            remedy = "give the service CAP_SYS_TIME, or refuse clock synchronisation of control centres"
            raise ClockError(f"the clock cannot be set: {error.strerror}; {remedy}") from error
