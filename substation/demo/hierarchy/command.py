"""`ringmain demo --hierarchy`: what may be asked of it, and what becomes of its report."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from models.bounded import bounded_number
from models.errors import RingmainError
from substation.demo.children import Children
from substation.demo.ending import end_in_order, interruptible
from substation.demo.hierarchy.plan import Shape, make_plan
from substation.demo.hierarchy.report import Report
from substation.demo.hierarchy.site import write_site
from substation.demo.hierarchy.story import CHAPTERS, Story
from substation.demo.narrator import Narrator
from substation.demo.report_file import check_target, narration, write_report
from substation.demo.window import why_not
from substation.open_files import allow_files
from substation.privacy.settings import LEAST_PARTICIPANTS

FILES_OF_A_UNIT, FILES_BESIDE = 18, 1024
"""Open files of a process that serves units: databases with their logs, connections of neighbours and users."""
LEAST_PERIOD_S = 4


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when every claim held, 1 otherwise."""
    given = _parser().parse_args(arguments)
    shape = _shape(given)
    check_target(given.report)
    needed = FILES_OF_A_UNIT * (shape.customers + shape.lvgmus + shape.between + 1) + FILES_BESIDE
    allow_files(needed, least=needed)
    end_in_order()
    folder = given.out or Path(tempfile.mkdtemp(prefix="ringmain-hierarchy-"))
    report = asyncio.run(_tell(given, shape, folder.resolve()))
    if given.report is not None:
        write_report(report.plain(), given.report)
    return 0 if report.verified else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain demo --hierarchy", description="show a whole hierarchy of units")
    parser.add_argument("--headless", action="store_true", help="no windows, no pictures")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write one JSON object ('-': standard output)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where data and logs go (default: a new one)")
    parser.add_argument("--mvgmus", type=int, default=2, metavar="N", help="units of medium voltage")
    parser.add_argument("--between", type=int, default=0, metavar="N", help="units of a further level below them")
    parser.add_argument("--lvgmus", type=int, default=20, metavar="N", help="units of low voltage")
    parser.add_argument("--customers", type=int, default=400, metavar="N", help="customers, with a meter each")
    parser.add_argument("--seed", type=int, default=3, metavar="N", help="of households and weather")
    parser.add_argument(
        "--period", type=bounded_number(LEAST_PERIOD_S, 60), default=20, metavar="SECONDS", help="of sums and readings"
    )
    names = [chapter.name for chapter in CHAPTERS[1:]]
    parser.add_argument("--without", nargs="+", default=[], choices=names, metavar="CLAIM", help=", ".join(names))
    return parser


def _shape(given: argparse.Namespace) -> Shape:
    """ConfigError or RingmainError for numbers that make no hierarchy, or none whose sums may be shown."""
    shape = Shape(
        mvgmus=given.mvgmus,
        between=given.between,
        lvgmus=given.lvgmus,
        customers=given.customers,
        seed=given.seed,
        live_s=round(given.period),
        fast_s=given.period / 2,
        silence_s=3 * given.period,
    )
    if shape.customers < LEAST_PARTICIPANTS * shape.lvgmus:
        text = f"{shape.customers} customers are too few for the sums of {shape.lvgmus} LVGMUs"
        raise RingmainError(f"{text}; name at least {LEAST_PARTICIPANTS} for each")
    if 86_400 % shape.live_s:
        raise RingmainError(f"--period {shape.live_s}: a day has no whole number of them; name 5, 10, 15, 20, 30 or 60")
    return shape


async def _tell(given: argparse.Namespace, shape: Shape, folder: Path) -> Report:
    began_s = time.monotonic()
    narrator = Narrator(narration(given.report))
    narrator.count_from_now()
    without = why_not()
    if without and not given.headless:
        narrator.say("demo", f"no windows: {without}")
    site = await asyncio.to_thread(write_site, folder / "site", make_plan(shape))
    narrator.say("demo", f"{len(site.plan.units)} units are configured; data and logs are in {folder}")
    async with Children(folder / "logs") as children:
        story = Story(site, children, narrator, given.without, not (given.headless or without), began_s=began_s)
        report = await interruptible(story.tell())
        _conclude(report, narrator)
        await story.wait_for_windows()
    return report


def _conclude(report: Report, narrator: Narrator) -> None:
    for usage in report.usages:
        narrator.say("demo", f"{usage.name}: {usage.cpu_s:.1f} s of processor time, {usage.memory_mb:.0f} MB")
    held = sum(claim.held for claim in report.claims)
    text = f"{held} of {len(report.claims)} claims verified in {report.seconds_total:.0f} s"
    narrator.say("demo", f"{text}, {report.processes} processes, all joined after {report.seconds_joined:.0f} s")
    for objection in report.objections:
        narrator.say("demo", f"NOT VERIFIED: {objection}")
