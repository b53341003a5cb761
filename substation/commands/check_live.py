"""`ringmain check UNIT.toml --live`: every device of IEC 61850 asked, and compared with what the SCD says of it.

| exit status | the worst of all that was found                                                             |
|---|---|
| 0 | nothing, or remarks alone                                                                              |
| 1 | a problem in the files of the site                                                                     |
| 3 | a device lacks something, or could not be asked                                                        |
| 4 | danger: something could be switched or shown wrongly                                                   |
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from models.difference import Difference
from models.driver import LinkConfig
from models.errors import ConfigError
from models.point import ControlModel, PointSpec
from models.scl.document import Progress
from models.scl.findings import Severity, named
from protocols.iec61850.comparison.outcome import Compared

AT_ONCE = 32
"""Devices that are asked at the same time."""
STATUS = {Severity.REMARK: 0, Severity.LOSS: 3, Severity.DANGER: 4}
UNREACHED = 3

_ASKING = "protocols.iec61850.comparison.asking"  # loaded here alone: no unit server loads a protocol's library
_PROTOCOL = "iec61850"


def compared(links: Sequence[LinkConfig], progress: Progress | None) -> list[Compared]:
    """All of them, in the order of the links."""
    return asyncio.run(_all(links, progress))


def asked_of(links: Iterable[LinkConfig], only: str | None, file: str) -> list[LinkConfig]:
    """Links of IEC 61850; ConfigError for a name that is none of them."""
    usable = [each for each in links if each.protocol == _PROTOCOL]
    chosen = [each for each in usable if only in (None, each.name)]
    if only is not None and not chosen:
        known = ", ".join(each.name for each in usable) or "none"
        raise ConfigError(file, None, f"'{only}' is no link of IEC 61850", f"links are {known}")
    return chosen


async def _all(links: Sequence[LinkConfig], progress: Progress | None) -> list[Compared]:
    ask: Callable[[LinkConfig], Awaitable[Compared]] = importlib.import_module(_ASKING).ask
    turns, done = asyncio.Semaphore(AT_ONCE), 0

    async def one(link: LinkConfig) -> Compared:
        nonlocal done
        async with turns:
            found = await ask(link)
        done += 1
        if progress is not None:
            progress(done / len(links))
        return found

    return list(await asyncio.gather(*(one(link) for link in links)))


def status_of(found: Iterable[Compared]) -> int:
    """See the module."""
    worst = 0
    for each in found:
        worst = max(worst, UNREACHED if each.problem else 0, *(STATUS[one.severity] for one in each.differences))
    return worst


def lines(found: Compared, specs: Sequence[PointSpec]) -> Iterator[str]:
    """One for each difference."""
    if found.problem:
        yield f"{found.link}: not compared: {found.problem}"
    for each in found.differences:
        touched = points_of(each, specs)
        touches = f"; it touches {named(touched)}" if touched else ""
        blocked = ", where automation is blocked" if touched and each.blocks else ""
        where = f"{each.where}: " if each.where else ""
        yield f"{each.severity.value}: {where}{found.link}: {each.text}{touches}{blocked}; {each.remedy}"
    if not found.problem and not found.differences:
        yield f"{found.link}: as the SCL says ({found.duration_s:.1f} s)"


def points_of(difference: Difference, specs: Iterable[PointSpec]) -> list[str]:
    """Names of the points that it touches; switches and whatever else is operated first."""
    touched = [spec for spec in specs if spec.reference and difference.concerns(spec.reference)]
    return [str(each.name) for each in sorted(touched, key=lambda each: each.control_model is ControlModel.STATUS_ONLY)]


def plain(found: Compared, specs: Sequence[PointSpec]) -> dict[str, object]:
    """For `--json`."""
    return {
        "link": found.link,
        "problem": found.problem,
        "duration_s": round(found.duration_s, 3),
        "differences": [
            {
                "severity": each.severity.value,
                "subject": each.subject,
                "scl": each.expected,
                "device": each.device,
                "file": each.file,
                "line": each.line,
                "remedy": each.remedy,
                "points": points_of(each, specs),
                "blocks_automation": each.blocks,
            }
            for each in found.differences
        ],
    }
