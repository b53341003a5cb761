"""`ringmain settings UNIT.toml [LINK]`: settings of the active setting groups as devices tell them, beside the SCL.

It asks the devices itself, over an association of its own; nothing is written. Exit status 1 where something differs.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from models.errors import ConfigError
from models.scl.elements import Scl
from protocols.iec61850.setting_groups.comparison import Comparison, GroupSettings, compare, differing
from protocols.iec61850.setting_groups.group_point import domain_of, is_group_point
from substation.config import read_unit
from substation.site import Site, read_site

_ASKING = "protocols.iec61850.setting_groups.settings"  # loaded here alone: no unit server loads a protocol's library


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when every device was asked and no setting differs."""
    given = _parser().parse_args(arguments)
    site = read_site(read_unit(given.unit))
    if site is None:
        raise ConfigError(str(given.unit), None, "the unit has no devices", "name the unit.toml of a unit with an SCD")
    found = asyncio.run(_told(site, _asked(site, given.link, given.unit)))
    beside = [(each, compare(each.settings, expected(site.scl, each.domain, each.active))) for each in found]
    print(
        json.dumps([_plain(*each) for each in beside], indent=1)
        if given.json
        else "\n".join(_words(*b) for b in beside)
    )
    return 0 if all(not told.problem and not differing(settings) for told, settings in beside) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain settings", description="settings of devices beside their SCL")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("link", nargs="?", metavar="LINK", help="only this link; all with setting groups otherwise")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of words")
    return parser


def _asked(site: Site, link: str | None, unit: Path) -> dict[str, list[str]]:
    """Logical devices with setting groups, by link."""
    links = {each.name for each in site.links}
    asked: dict[str, list[str]] = {}
    for spec in site.points:
        if is_group_point(spec) and link in (None, spec.link) and spec.link in links:
            asked.setdefault(spec.link, []).append(domain_of(spec))
    if not asked:
        which = "no link" if link is None else f"link '{link}'"
        remedy = f"name one whose SCL has a SettingControl; links are {', '.join(sorted(links)) or 'none'}"
        raise ConfigError(str(unit), None, f"{which} has setting groups", remedy)
    return asked


async def _told(site: Site, asked: dict[str, list[str]]) -> list[GroupSettings]:
    ask = importlib.import_module(_ASKING).ask
    links = {each.name: each for each in site.links}
    found: list[GroupSettings] = []
    for name, domains in asked.items():
        found += await ask(links[name], domains)
    return found


def expected(scl: Scl, domain: str, group: int) -> dict[str, str]:
    """What the SCL gives a group: `PTOC1.StrVal.setMag.f` to its text."""
    found: dict[str, str] = {}
    for ied in scl.ieds:
        for node in ied.logical_nodes:
            if node.domain == domain:
                for path, values in node.group_values.items():
                    if group in values:
                        found[".".join((node.key.name, *path))] = values[group]
    return found


def _words(told: GroupSettings, settings: Sequence[Comparison]) -> str:
    head = f"{told.link} {told.domain}: "
    if told.problem:
        return head + told.problem
    lines = [f"{head}group {told.active} of {told.groups} is active, {len(settings)} settings"]
    for each in settings:
        mark = "DIFFERS: the SCL says" if each.differs else "SCL:"
        lines.append(f"  {each.name} = {each.device}" + ("" if each.scl is None else f"  {mark} {each.scl}"))
    return "\n".join(lines)


def _plain(told: GroupSettings, settings: Sequence[Comparison]) -> dict[str, object]:
    rows = [{**asdict(each), "differs": each.differs} for each in settings]
    return {**asdict(told), "settings": rows, "good": not told.problem and not differing(settings)}
