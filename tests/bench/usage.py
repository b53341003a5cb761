"""What a process of a bench has used."""

from __future__ import annotations

import os
import resource
import threading


def usage() -> dict[str, float]:
    """CPU seconds, resident octets and threads of this process."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    with open("/proc/self/statm", encoding="ascii") as statm:
        pages = int(statm.read().split()[1])
    return {
        "cpu_s": own.ru_utime + own.ru_stime,
        "rss_bytes": float(pages * os.sysconf("SC_PAGE_SIZE")),
        "threads": float(threading.active_count()),
    }
