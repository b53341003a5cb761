"""How many files a process may have open: raised as far as the system lets us."""

from __future__ import annotations

import resource

from models.errors import RingmainError


def allow_files(wanted: int, least: int = 0) -> None:
    """The default is too low for hundreds of units. RingmainError when even `least` are not to be had."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most < least:
        raise RingmainError(
            f"{least} open files are needed and {hard} allowed; raise the hard limit (ulimit -Hn), or do with less"
        )
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
