"""How a scenario changes a network before its site is written: a part of it, remote control, reclosers, indicators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from models.config import Scalar, Table
from models.errors import ConfigError
from models.network.capacitor_bays import CapacitorBay, read_capacitor_bays, with_capacitor_bays
from models.network.completion import completed
from models.network.elements import Network, Neutral
from models.network.line_switches import with_reclosers, with_sectionalisers
from models.network.selection import fraction, with_remote_control
from models.network.subset import subset
from models.network.transformer_bays import with_second_transformers


@dataclass(frozen=True, slots=True)
class SiteChange:
    """stations: None for all. remote: share of station switches with remote control. indicators: share that stays.

    without_indicator: bays. sectionalisers: switch to its counts. unprotected: generators of which no loss-of-mains
    protection is declared. neutral: treatment of every galvanic network. unit: keys of [fdir] of unit.toml; late_s: its
    table of stations. capacitors: bays with a capacitor bank that are added.
    second_transformers: transformers that get another one like them at their busbars.
    """

    stations: int | None = None
    remote: float | None = None
    indicators: float | None = None
    without_indicator: tuple[str, ...] = ()
    reclosers: tuple[str, ...] = ()
    sectionalisers: Mapping[str, int] | None = None
    unprotected: tuple[str, ...] = ()
    unit: Mapping[str, Scalar] | None = None
    late_s: Mapping[str, Scalar] | None = None
    neutral: Neutral | None = None
    capacitors: tuple[CapacitorBay, ...] = ()
    second_transformers: tuple[str, ...] = ()

    def applied(self, network: Network) -> Network:
        """Raises ConfigError or AlgorithmError for what does not fit the network."""
        if self.remote is not None:
            network = with_remote_control(network, self.remote)
        if self.stations is not None:
            network = subset(network, self.stations)
        if self.neutral is not None:
            network = _treated(network, self.neutral)
        network = with_sectionalisers(with_reclosers(network, self.reclosers), self.sectionalisers or {})
        network = with_second_transformers(with_capacitor_bays(network, self.capacitors), self.second_transformers)
        return _without_protection(self._indicated(network), self.unprotected)

    def _indicated(self, network: Network) -> Network:
        bays = {each.id for each in network.indicators}
        if strange := [bay for bay in self.without_indicator if bay not in bays]:
            raise ConfigError(network.name, None, f"no indicator stands at '{strange[0]}'", "name the bay of one")
        share = 1.0 if self.indicators is None else self.indicators
        order = sorted(network.indicators, key=lambda each: fraction(f"indicator {each.id}"))
        kept = {each.id for each in order[: round(share * len(order))]} - set(self.without_indicator)
        return replace(network, indicators=tuple(each for each in network.indicators if each.id in kept))


def _treated(network: Network, neutral: Neutral) -> Network:
    """What a network of that treatment has not, its coil, is left out; what it needs is filled in."""
    treated = tuple(
        replace(each, neutral=neutral, coil="", coil_min_a=None, coil_max_a=None) for each in network.galvanic_networks
    )
    return completed(replace(network, galvanic_networks=treated))


def _neutral(table: Table) -> Neutral | None:
    name = table.optional("neutral", str)
    kinds = {each.value: each for each in Neutral}
    if name is not None and name not in kinds:
        raise table.error("neutral", f"'neutral' is '{name}'", f"choose from {', '.join(kinds)}")
    return None if name is None else kinds[name]


def _without_protection(network: Network, generators: tuple[str, ...]) -> Network:
    ids = {each.id for each in network.generators}
    if strange := [name for name in generators if name not in ids]:
        raise ConfigError(network.name, None, f"no generator '{strange[0]}'", "name one of the network")
    return replace(
        network,
        generators=tuple(
            replace(each, loss_of_mains_s=None) if each.id in generators else each for each in network.generators
        ),
    )


def read_site_change(table: Table, unit: Table) -> SiteChange:
    """[network] and [unit] of a scenario. Raises ConfigError."""
    counts, late_s = table.table("sectionalisers"), unit.table("late_s")
    change = SiteChange(
        stations=table.optional("stations", int),
        remote=table.optional("remote", float),
        indicators=table.optional("indicators", float),
        without_indicator=tuple(table.take_list("without_indicator", str, [])),
        reclosers=tuple(table.take_list("reclosers", str, [])),
        sectionalisers={switch: counts.take(switch, int) for switch in counts},
        unprotected=tuple(table.take_list("unprotected", str, [])),
        unit={key: _number(unit.take(key, float)) for key in unit if key != "late_s"},
        late_s=late_s.scalars(),
        neutral=_neutral(table),
        capacitors=read_capacitor_bays(table.table("capacitors")),
        second_transformers=tuple(table.take_list("second_transformers", str, [])),
    )
    table.done()
    return change


def _number(value: float) -> Scalar:
    """Whole where it is: some keys take nothing else."""
    return int(value) if value.is_integer() else value
