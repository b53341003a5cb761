"""`ringmain settings UNIT.toml [LINK]`: settings of the active setting groups as devices tell them, beside the SCL.

It asks the devices itself, over an association of its own; nothing is written. Exit status 1 where something differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models.driver import LinkConfig
from models.errors import ConfigError, LinkError
from models.point import PointSpec
from models.scl.elements import Scl
from protocols.iec61850.association import LIBRARY_ERRORS, Association
from protocols.iec61850.setting_groups.group_block import domain_of, is_group_point, read_state
from protocols.iec61850.setting_groups.settings import Comparison, compare, read_active
from protocols.tls.modes import has_tls
from substation.config import read_unit
from substation.site import Site, read_site

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """One logical device. problem: why its settings are not known, '' when they are."""

    link: str
    domain: str
    active: int
    groups: int
    settings: tuple[Comparison, ...]
    problem: str = ""

    @property
    def is_good(self) -> bool:
        return not self.problem and not any(each.differs for each in self.settings)


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when every device was asked and no setting differs."""
    given = _parser().parse_args(arguments)
    config = read_unit(given.unit)
    site = read_site(config)
    if site is None:
        raise ConfigError(str(given.unit), None, "the unit has no devices", "name the unit.toml of a unit with an SCD")
    asked = _asked(site, given.link, given.unit)
    found = asyncio.run(_all(site, asked))
    print(json.dumps([_plain(each) for each in found], indent=1) if given.json else "\n".join(map(_words, found)))
    return 0 if all(each.is_good for each in found) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain settings", description="settings of devices beside their SCL")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("link", nargs="?", metavar="LINK", help="only this link; all with setting groups otherwise")
    parser.add_argument("--json", action="store_true", help="one JSON list instead of words")
    return parser


def _asked(site: Site, link: str | None, unit: Path) -> dict[str, list[PointSpec]]:
    links = {each.name: each for each in site.links}
    asked: dict[str, list[PointSpec]] = {}
    for spec in site.points:
        if is_group_point(spec) and link in (None, spec.link) and spec.link in links:
            asked.setdefault(spec.link, []).append(spec)
    if not asked:
        which = "no link" if link is None else f"link '{link}'"
        remedy = f"links with setting groups have a SettingControl in the SCL; links are {', '.join(links) or 'none'}"
        raise ConfigError(str(unit), None, f"{which} has setting groups", remedy)
    return asked


async def _all(site: Site, asked: dict[str, list[PointSpec]]) -> list[GroupSettings]:
    links = {each.name: each for each in site.links}
    found: list[GroupSettings] = []
    for name, specs in asked.items():
        found += await _of_link(site.scl, links[name], specs)
    return found


async def _of_link(scl: Scl, link: LinkConfig, specs: Sequence[PointSpec]) -> list[GroupSettings]:
    if has_tls(link):
        problem = "the link is behind TLS, which this command does not speak; read the settings with the device's tool"
        return [GroupSettings(link.name, domain_of(spec), 0, 0, (), problem) for spec in specs]
    try:
        association = await asyncio.to_thread(Association.open, link.host, link.port, _TIMEOUT_S, lambda report: None)
    except LIBRARY_ERRORS as error:
        return [GroupSettings(link.name, domain_of(spec), 0, 0, (), f"no association: {error}") for spec in specs]
    association.receive()
    try:
        return [await asyncio.to_thread(_read, association, scl, link, domain_of(spec)) for spec in specs]
    finally:
        association.abort("done")


def _read(client: Association, scl: Scl, link: LinkConfig, domain: str) -> GroupSettings:
    """On a thread of its own."""
    try:
        state = read_state(client, domain)
        device = read_active(client, domain)
    except (*LIBRARY_ERRORS, LinkError) as error:
        return GroupSettings(link.name, domain, 0, 0, (), str(error))
    wanted = expected(scl, domain, state.active)
    return GroupSettings(link.name, domain, state.active, state.groups, compare(device, wanted))


def expected(scl: Scl, domain: str, group: int) -> dict[str, str]:
    """What the SCL gives a group, by the names of `read_active`."""
    found: dict[str, str] = {}
    for ied in scl.ieds:
        for node in ied.logical_nodes:
            if node.domain == domain:
                for path, values in node.group_values.items():
                    if group in values:
                        found[".".join((node.key.name, *path))] = values[group]
    return found


def _words(found: GroupSettings) -> str:
    head = f"{found.link} {found.domain}: "
    if found.problem:
        return head + found.problem
    lines = [f"{head}group {found.active} of {found.groups} is active, {len(found.settings)} settings"]
    for each in found.settings:
        mark = "DIFFERS: the SCL says" if each.differs else "SCL:"
        lines.append(f"  {each.name} = {each.device}" + ("" if each.scl is None else f"  {mark} {each.scl}"))
    return "\n".join(lines)


def _plain(found: GroupSettings) -> dict[str, object]:
    settings = [{**asdict(each), "differs": each.differs} for each in found.settings]
    return {**asdict(found), "settings": settings, "good": found.is_good}
