"""What the rules of switching may be told in unit.toml: `[parallels]`, `[restoring]`, `[[overload]]`, `[market]`,
`[second_operator]`, `[authority]`, `[orders]`.

The defaults are on the safe side; what is not released here is not allowed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.command import Originator, OriginatorCategory
from models.config import Table
from substation.authority.authority import AuthoritySettings
from substation.authority.four_eyes import SecondOperator, read_second_operator
from substation.authority.settings import read_authority
from substation.control.standing import WaitingSettings, read_waiting


@dataclass(frozen=True, slots=True)
class Released:
    """Two sources that may be joined. angle_difference_deg: the largest that is to be expected between them."""

    sources: frozenset[str]
    angle_difference_deg: float


@dataclass(frozen=True, slots=True)
class Parallels:
    """S8. circulating_current_pu: of the smallest rating in the loop. longest_s: until the alarm."""

    voltage_difference_pu: float = 0.03
    angle_difference_deg: float = 5.0
    circulating_current_pu: float = 0.5
    longest_s: float = 300.0
    released: tuple[Released, ...] = ()

    def between(self, one: str, other: str) -> Released | None:
        """What is said of joining these two sources; a source and itself need nothing."""
        if one == other:
            return Released(frozenset({one}), 0.0)
        return next((each for each in self.released if each.sources == {one, other}), None)


@dataclass(frozen=True, slots=True)
class Restoring:
    """S11, S15. protection_margin_pu: smallest fault over pickup, and pickup over load; cold_load_pu: load that comes
    back after an interruption of cold_load_after_s and more, as a multiple of the load before."""

    fault_margin_pu: float = 1.3
    load_margin_pu: float = 1.1
    cold_load_pu: float = 1.2
    cold_load_after_s: float = 1800.0


@dataclass(frozen=True, slots=True)
class Overload:
    """S16: a line or transformer that may carry more than its limit for a while. loading_pu: of its rating."""

    asset: str
    loading_pu: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Contract:
    """S20: what a market or flexibility service may command, by the name it acts under.

    assets: generators, storage, controllable loads (bay or equipment). customer_breakers: switches of a customer.
    """

    holder: str
    assets: frozenset[str]
    customer_breakers: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """demonstration: feeder breakers may be named in contracts, in a simulated world alone."""

    parallels: Parallels = Parallels()
    restoring: Restoring = Restoring()
    overloads: Mapping[str, Overload] = field(default_factory=dict)
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    demonstration: bool = False
    second_operator: SecondOperator = SecondOperator()
    authority: AuthoritySettings = AuthoritySettings()
    waiting: WaitingSettings = WaitingSettings()

    def originator(self, category: OriginatorCategory, name: str) -> Originator:
        """Who commands under this name. Whoever has a contract is a market service, never a person."""
        if name in self.contracts:
            return Originator(OriginatorCategory.AUTOMATIC_REMOTE, name, market=True)
        return Originator(category, name)


def read_rules(root: Table) -> RuleSettings:
    """From the root of unit.toml. ConfigError with line and remedy."""
    market = root.table("market")
    demonstration = market.take("demonstration", bool, False)
    contracts = [_contract(table) for table in market.tables("contract")]
    market.done()
    overloads = [_overload(table) for table in root.tables("overload")]
    return RuleSettings(
        parallels=_parallels(root.table("parallels")),
        restoring=_restoring(root.table("restoring")),
        overloads={each.asset: each for each in overloads},
        contracts={each.holder: each for each in contracts},
        demonstration=demonstration,
        second_operator=read_second_operator(root.table("second_operator")),
        authority=read_authority(root.table("authority")),
        waiting=read_waiting(root.table("orders")),
    )


def _parallels(table: Table) -> Parallels:
    default = Parallels()
    parallels = Parallels(
        voltage_difference_pu=_between(table, "voltage_difference_pu", default.voltage_difference_pu, 0.2),
        angle_difference_deg=_between(table, "angle_difference_deg", default.angle_difference_deg, 30.0),
        circulating_current_pu=_between(table, "circulating_current_pu", default.circulating_current_pu, 1.0),
        longest_s=_between(table, "longest_s", default.longest_s, 86_400.0),
        released=tuple(_released(each) for each in table.tables("released")),
    )
    table.done()
    return parallels


def _released(table: Table) -> Released:
    sources = frozenset(table.take_list("sources", str))
    if len(sources) != 2:
        raise table.error("sources", "'sources' does not name two sources", 'write sources = ["ONE/IFL1", "TWO/IFL1"]')
    released = Released(sources, _between(table, "angle_difference_deg", None, 30.0))
    table.done()
    return released


def _restoring(table: Table) -> Restoring:
    default = Restoring()
    restoring = Restoring(
        fault_margin_pu=_between(table, "fault_margin_pu", default.fault_margin_pu, 10.0, 1.0),
        load_margin_pu=_between(table, "load_margin_pu", default.load_margin_pu, 10.0, 1.0),
        cold_load_pu=_between(table, "cold_load_pu", default.cold_load_pu, 10.0, 1.0),
        cold_load_after_s=_between(table, "cold_load_after_s", default.cold_load_after_s, 86_400.0),
    )
    table.done()
    return restoring


def _overload(table: Table) -> Overload:
    overload = Overload(
        asset=table.take("asset", str),
        loading_pu=_between(table, "loading_pu", None, 2.0, 1.0),
        duration_s=_between(table, "duration_s", None, 86_400.0),
    )
    table.done()
    return overload


def _contract(table: Table) -> Contract:
    contract = Contract(
        holder=table.take("holder", str),
        assets=frozenset(table.take_list("assets", str, [])),
        customer_breakers=frozenset(table.take_list("customer_breakers", str, [])),
    )
    table.done()
    return contract


def _between(table: Table, key: str, default: float | None, most: float, least: float = 0.0) -> float:
    value = table.take(key, float, default)
    if not least <= value <= most or math.isnan(value):
        raise table.error(key, f"'{key}' is {value:g}", f"give a number from {least:g} to {most:g}")
    return value
