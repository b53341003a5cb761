"""Writes the site of a plan: files, keys, and who is admitted where."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.errors import ConfigError
from models.privacy.sum_key import PrivateSumKey
from models.wire.keys import SigningKey, VerifyKey
from substation.demo.hierarchy.customers_file import customers_text
from substation.demo.hierarchy.plan import Plan, UnitPlan
from substation.demo.hierarchy.unit_files import CABLE, OPERATOR, SUPPLIER, WEATHER, unit_text
from substation.exchange.access import EVERYWHERE, Role
from substation.exchange.key_files import unit_key, write_key_pair
from substation.level import Level
from substation.privacy.key_file import FILE_NAME, write_sum_key
from substation.stakeholders.register import StakeholderRegister
from substation.stakeholders.stakeholder import Kind

CUSTOMERS, KEYS = "customers.toml", "keys"
GRID, MEDIUM_VOLTAGE, CUSTOMER_UNITS = "grid", "medium-voltage", "customer-units"
"""Processes of units."""
_PROCESSES = {Level.MVGMU: MEDIUM_VOLTAGE, Level.CMU: CUSTOMER_UNITS}
WRITERS = 32


@dataclass(frozen=True, slots=True)
class HierarchySite:
    """Where everything is."""

    folder: Path
    plan: Plan

    @property
    def customers_file(self) -> Path:
        return self.folder / CUSTOMERS

    def unit_file(self, unit: str) -> Path:
        return self.folder / unit / "unit.toml"

    def data(self, unit: str) -> Path:
        return self.folder / unit / "data"

    def key_file(self, stakeholder: str) -> Path:
        return self.folder / KEYS / f"{stakeholder}.key"

    @property
    def control_socket(self) -> Path:
        """Of the simulated customers."""
        return self.folder / "customers.sock"

    @property
    def cable(self) -> Path:
        """Where the cable to the parent of `Plan.cabled` tells its address."""
        return self.folder / CABLE

    @property
    def processes(self) -> dict[str, tuple[Path, ...]]:
        """Units that start together: those of medium voltage can be killed without the others."""
        files: dict[str, list[Path]] = {GRID: [], MEDIUM_VOLTAGE: [], CUSTOMER_UNITS: []}
        for unit in self.plan.units:
            files[_PROCESSES.get(unit.level, GRID)].append(self.unit_file(unit.name))
        return {name: tuple(each) for name, each in files.items()}


def write_site(folder: Path, plan: Plan) -> HierarchySite:
    """Into an empty or new folder. ConfigError when there is something in it."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ConfigError(str(folder), None, "is not empty", "name a new folder for the site")
    site = HierarchySite(folder, plan)
    (folder / KEYS).mkdir()
    with ThreadPoolExecutor(WRITERS) as writers:  # they wait for the disk, all the time
        names = [*_stakeholders(plan)]
        keys = dict(zip(names, writers.map(partial(_write_key, site), names), strict=True))
        keys |= zip(
            (unit.name for unit in plan.units), writers.map(partial(_write_unit, site), plan.units), strict=True
        )
        list(writers.map(partial(_admit, site, keys), plan.units))
    site.cable.mkdir()
    write_sum_key(PrivateSumKey.generate(), site.data(plan.top.name) / FILE_NAME, None)
    site.customers_file.write_text(customers_text(plan), encoding="utf-8")
    return site


def _stakeholders(plan: Plan) -> Iterator[str]:
    yield from (OPERATOR, SUPPLIER, WEATHER)
    for customer in plan.customers:
        yield customer.owner
        yield customer.meter


def _write_unit(site: HierarchySite, unit: UnitPlan) -> VerifyKey:
    file = site.unit_file(unit.name)
    file.parent.mkdir()
    file.write_text(unit_text(site.plan, unit), encoding="utf-8")
    return unit_key(site.data(unit.name)).public


def _write_key(site: HierarchySite, stakeholder: str) -> VerifyKey:
    key, private = SigningKey.generate(), site.key_file(stakeholder)
    write_key_pair(key, private, private.with_suffix(".pub"))
    return key.public


@dataclass(frozen=True, slots=True)
class _Admission:
    name: str
    role: Role = Role.VIEWER
    kind: Kind = Kind.AGENT
    approves: bool = False


def _admissions(plan: Plan, unit: UnitPlan) -> Iterator[_Admission]:
    """The operator may act everywhere; whoever else writes does so as owner, or as the device at its own name.

    Customers may come in at the top too: what they may read below is not decided there.
    """
    yield _Admission(OPERATOR, Role.OPERATOR, Kind.PERSON, approves=True)
    yield _Admission(SUPPLIER)
    yield _Admission(WEATHER)
    for name in (*unit.children, unit.parent):
        if name:
            yield _Admission(name)
    for customer in unit.customers if unit.parent else plan.customers:
        yield _Admission(customer.owner, kind=Kind.PERSON)
    for customer in unit.customers:
        yield _Admission(customer.meter)


def _admit(site: HierarchySite, keys: Mapping[str, VerifyKey], unit: UnitPlan) -> None:
    now_ns = time.time_ns()
    with closing(StakeholderRegister(site.data(unit.name))) as register:
        for each in _admissions(site.plan, unit):
            register.enrol(
                keys[each.name], each.name, each.role, now_ns,
                approves=each.approves, areas=EVERYWHERE, kind=each.kind, by="the demonstration",
            )  # fmt: skip
