"""`ringmain demo`: a fault in a real-size simulated grid, located, isolated and restored by a real unit."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.bounded import bounded_number
from models.network.reader import read_network
from substation.demo.children import ROOT, Children
from substation.demo.choice import check_fault
from substation.demo.ending import end_in_order, interruptible
from substation.demo.narrator import Narrator
from substation.demo.report import Report
from substation.demo.report_file import check_target, narration, write_report
from substation.demo.site import network_file, prepare
from substation.demo.story import Story, Wishes
from substation.demo.window import why_not

EXAMPLE = ROOT / "examples" / "oberrhein"


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when the outcome is confirmed, 1 otherwise."""
    given = _parser().parse_args(arguments)
    _check(given)
    end_in_order()
    folder = given.out or Path(tempfile.mkdtemp(prefix="ringmain-demo-"))
    report = asyncio.run(_tell(given, folder.resolve()))
    if given.report is not None:
        write_report(report.plain(), given.report)
    return 0 if report.verified else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain demo", description="show a fault being located and healed")
    parser.add_argument("--hierarchy", action="store_true", help="show a whole hierarchy instead (its own --help)")
    parser.add_argument("--headless", action="store_true", help="no operator's window, no pictures")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write one JSON object ('-': standard output)")
    parser.add_argument("--fault", default="", metavar="ELEMENT", help="line or busbar, for example L003/W003")
    parser.add_argument("--mode", default="automatic", choices=("disabled", "manual", "automatic"))
    parser.add_argument(
        "--speed", type=bounded_number(0.01, 1000), default=1.0, help="of profiles, dead times and travel"
    )
    parser.add_argument("--site", type=Path, default=EXAMPLE, metavar="DIR", help="scd.xml, network.json, world.toml")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where data, logs and pictures go (default: a new one)")
    return parser


async def _tell(given: argparse.Namespace, folder: Path) -> Report:
    narrator = Narrator(narration(given.report))
    without = why_not()
    if without and not given.headless:
        narrator.say("demo", f"no operator's window: {without}")
    site = prepare(given.site, folder, given.mode)
    narrator.say("demo", f"data, logs and pictures are in {folder}")
    async with Children(folder / "logs") as children:
        story = Story(site, Wishes(given.fault, given.speed, not (given.headless or without)), children, narrator)
        report = await interruptible(story.tell())
        _conclude(report, narrator)
        await story.wait_for_window()
    return report


def _conclude(report: Report, narrator: Narrator) -> None:
    times = report.times
    narrator.say("demo", f"interrupted: {report.interrupted_mw:g} MW, {report.interrupted_customers} customers")
    narrator.say("demo", f"restored:    {report.restored_mw:g} MW; still off: {report.unrestored_mw:g} MW")
    narrator.say(
        "demo",
        f"{times.total:.1f} s in all: mechanism {times.mechanism:.1f} s, declared waiting {times.waiting:.1f} s, "
        f"software {times.software:.2f} s",
    )
    for objection in report.objections:
        narrator.say("demo", f"NOT VERIFIED: {objection}")
    if report.verified:
        narrator.say("demo", "verified by the simulator's own physics")


def _check(given: argparse.Namespace) -> None:
    """What would end the demonstration only after its processes have started, or its report after all is done."""
    check_target(given.report)
    if given.fault:
        file = network_file(given.site)
        check_fault(read_network(file.read_text(encoding="utf-8"), str(file)), given.fault)
