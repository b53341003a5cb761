"""Scenario files: what happens to a world, to which network, and what must come of it (docs/simulator.md).

`ringmain sim WORLD.toml --scenario FILE` plays `[[at]]` in a world changed by `[world]`; `ringmain scd NETWORK
--scenario FILE` makes the site for it by `[network]` and `[unit]`. `[[people]]` and `[expect]` are for whoever operates
the unit beside it: the tests.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models.config import Scalar, Table, read_toml
from models.errors import ConfigError
from sim_ied.disturbance import Disturbance, read_disturbance
from sim_ied.site_change import SiteChange, read_site_change

PEOPLE = ("open", "close", "write", "mode", "approve", "crew done")
"""What people do at the unit meanwhile: commands, writes of its data interface, the mode of a feeder or of the unit;
they approve the order of the kind that the target names, and tell that the crew has done the step at the target."""
OUTCOMES = ("healed", "refused", "stopped", "quiet")
"""healed: every order carried out, nothing left that could be fed. refused: automation moved nothing. stopped: an order
ended before its end. quiet: automation had nothing to do, and everything is fed."""


@dataclass(frozen=True, slots=True)
class PersonAct:
    """at_s: seconds after the start. keys: what else the table says; `refused`: words of an expected refusal."""

    at_s: float
    kind: str
    target: str
    keys: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Expectation:
    """says: per entry the words that stand in one line. opened, closed: switches that automation commanded, None where
    any will do. dark: stations without supply in the end. within_s: after the last act. faults_dead: every fault that
    still exists is without voltage. held: the outcome counts though customers stay dark that could be fed. crew: state
    in which the order of a crew ends, '' where none is asked for. hidden: so many faults hide behind others, and are
    closed onto once each."""

    outcome: str
    orders: int
    says: tuple[tuple[str, ...], ...]
    opened: frozenset[str] | None
    closed: frozenset[str] | None
    dark: frozenset[str] | None
    within_s: float
    faults_dead: bool
    held: bool
    crew: str
    hidden: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole file. world: keys that replace those of world.toml; site: the network, and the keys of [fdir]."""

    about: str
    site: SiteChange
    world: Mapping[str, object]
    acts: tuple[Disturbance, ...]
    people: tuple[PersonAct, ...]
    expect: Expectation | None


def read_scenario(text: str, file: str) -> Scenario:
    """Acts in the order of time. Raises ConfigError."""
    root = read_toml(text, file)
    root.table("world")
    scenario = Scenario(
        about=root.take("about", str, ""),
        site=read_site_change(root.table("network"), root.table("unit")),
        world=tomllib.loads(text).get("world", {}),
        acts=tuple(sorted((read_disturbance(table) for table in root.tables("at")), key=lambda act: act.at_s)),
        people=tuple(sorted((_person(table) for table in root.tables("people")), key=lambda act: act.at_s)),
        expect=_expectation(root.table("expect")) if "expect" in root else None,
    )
    root.done()
    return scenario


def open_scenario(file: Path) -> Scenario:
    """Raises ConfigError, also for a file that cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read ({error})", "name an existing file") from error
    return read_scenario(text, str(file))


def _person(table: Table) -> PersonAct:
    kind = table.take("kind", str)
    if kind not in PEOPLE:
        raise table.error("kind", f"unknown kind '{kind}'", f"choose from {', '.join(PEOPLE)}")
    at_s, target = table.take("s", float), table.take("target", str, "")
    others = {key: value for key, value in table.scalars().items() if key not in ("s", "kind", "target")}
    return PersonAct(at_s, kind, target, others)


def _expectation(table: Table) -> Expectation:
    outcome = table.take("outcome", str)
    if outcome not in OUTCOMES:
        raise table.error("outcome", f"unknown outcome '{outcome}'", f"choose from {', '.join(OUTCOMES)}")
    found = Expectation(
        outcome=outcome,
        orders=table.take("orders", int, 1),
        says=tuple(tuple(entry.split("; ")) for entry in table.take_list("says", str, [])),
        opened=_names(table, "opened"),
        closed=_names(table, "closed"),
        dark=_names(table, "dark"),
        within_s=table.take("within_s", float, 180.0),
        faults_dead=table.take("faults_dead", bool, True),
        held=table.take("held", bool, False),
        hidden=table.take("hidden", int, 0),
        crew=table.take("crew", str, ""),
    )
    table.done()
    return found


def _names(table: Table, key: str) -> frozenset[str] | None:
    return frozenset(table.take_list(key, str)) if key in table else None
