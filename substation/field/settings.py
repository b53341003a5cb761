"""`[field]` of unit.toml: what the SCD does not say about links to devices, per protocol and per link.

[field.iec104]          # every link of this protocol
clock_sync = true
[field.link.ST103]      # one link, by the name of its IED
counter_period_s = 900
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models.config import Scalar, Table
from models.driver import DriverInfo, LinkConfig
from models.errors import ConfigError

_LINK = "link"

Settings = Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class FieldSettings:
    """Settings by protocol and by link; a link's own rule over its protocol's, both over the SCD's. lines: of links."""

    protocols: Mapping[str, Settings] = field(default_factory=dict)
    links: Mapping[str, Settings] = field(default_factory=dict)
    lines: Mapping[str, int | None] = field(default_factory=dict)
    file: str = ""

    def applied(self, links: Sequence[LinkConfig]) -> tuple[LinkConfig, ...]:
        """The links with these settings. ConfigError for a name that is no link, or a protocol that none speaks."""
        self._refuse_strangers(self.links, [link.name for link in links], "is no IED with a link in the SCD")
        self._refuse_strangers(self.protocols, {link.protocol for link in links}, "is spoken by no link of the SCD")
        return tuple(
            replace(
                link,
                settings={**link.settings, **self.protocols.get(link.protocol, {}), **self.links.get(link.name, {})},
            )
            for link in links
        )

    def _refuse_strangers(self, named: Mapping[str, Settings], known: Sequence[str] | set[str], problem: str) -> None:
        for name in named:
            if name not in known:
                remedy = f"known are {', '.join(sorted(known))}"
                raise ConfigError(self.file, self.lines.get(name), f"[field] names '{name}', which {problem}", remedy)


def read_field(table: Table) -> FieldSettings:
    """ConfigError where it is no table of tables of plain values. What the values may be, the protocol knows."""
    protocols = {name: table.table(name).scalars() for name in table if name != _LINK}
    named = table.table(_LINK)
    links = {name: named.table(name).scalars() for name in named}
    lines = {name: table.line_of(name) for name in protocols} | {name: named.line_of(name) for name in links}
    return FieldSettings(protocols, links, lines, table.file)


def setting_problems(links: Sequence[LinkConfig], settings: FieldSettings = FieldSettings()) -> list[ConfigError]:
    """What the drivers' own readers say of the settings of their links, before any of them is started.

    What is wrong of several links for the same reason is one problem, with the line of their section in unit.toml.
    """
    found: dict[tuple[str, str, int | None], tuple[str, ConfigError]] = {}
    further: Counter[tuple[str, str, int | None]] = Counter()
    for link in links:
        check = _check_of(link.protocol)
        try:
            if check is not None:
                check(link)
        except ConfigError as error:
            line = settings.lines.get(link.name, settings.lines.get(link.protocol))
            key = error.problem.replace(f"link {link.name}", "link"), error.remedy, line
            further[key] += key in found
            found.setdefault(key, (link.name, error))
    return [
        _located(settings.file or error.file, key[2], name, error, further[key]) for key, (name, error) in found.items()
    ]


def _located(file: str, line: int | None, link: str, error: ConfigError, further: int) -> ConfigError:
    who = f"link {link} and {further} more" if further else f"link {link}"
    problem = error.problem.replace(f"link {link}", who, 1)
    return ConfigError(file, line, problem if who in problem else f"{who}: {problem}", error.remedy)


def _check_of(protocol: str) -> Callable[[LinkConfig], object] | None:
    info: DriverInfo = importlib.import_module(f"protocols.{protocol}").info
    module, _, function = info.check.partition(":")
    check: Callable[[LinkConfig], object] | None = (
        getattr(importlib.import_module(module), function) if module else None
    )
    return check
