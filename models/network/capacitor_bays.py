"""Capacitor banks put into a network that states none: a bay of its own at a busbar, with breaker and bank."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.config import Table
from models.errors import ConfigError
from models.network.elements import CapacitorBank, Network, Node, Switch, SwitchKind

_RATED_A = 630.0
_MARGIN = 1.43
"""Of the rated current, which a capacitor's switchgear has to carry."""


@dataclass(frozen=True, slots=True)
class CapacitorBay:
    """bay: `OBR1/K1/E09`; busbar: node at which it stands. step_var: of one step at nominal voltage."""

    bay: str
    busbar: str
    step_var: float
    steps: int
    discharge_s: float = 600.0


def with_capacitor_bays(network: Network, bays: Iterable[CapacitorBay]) -> Network:
    """The network with these bays; ConfigError for a bay that exists already or a busbar that does not."""
    for each in bays:
        network = _with_bay(network, each)
    return network


def _with_bay(network: Network, bay: CapacitorBay) -> Network:
    nodes = {node.id: node for node in network.nodes}
    if bay.busbar not in nodes:
        raise ConfigError(network.name, None, f"no busbar '{bay.busbar}'", "name a node of the network")
    if any(switch.id.rpartition("/")[0] == bay.bay for switch in network.switches):
        raise ConfigError(network.name, None, f"bay '{bay.bay}' exists already", "name a bay that is free")
    busbar = nodes[bay.busbar]
    node = replace(busbar, id=f"{bay.bay}/N1", busbar=False)
    bank = CapacitorBank(f"{bay.bay}/C1", node.id, bay.step_var, bay.steps, discharge_s=bay.discharge_s)
    return replace(
        network,
        nodes=(*network.nodes, node),
        switches=(*network.switches, _breaker(network, bay, busbar)),
        capacitors=(*network.capacitors, bank),
    )


def _breaker(network: Network, bay: CapacitorBay, busbar: Node) -> Switch:
    """As the other breakers of the busbar's level, where there are any."""
    level = bay.bay.rpartition("/")[0]
    like = next((each for each in network.switches if _is_breaker(each) and each.id.startswith(f"{level}/")), None)
    current_a = bay.steps * bay.step_var / (math.sqrt(3) * busbar.nominal_voltage_v) * _MARGIN
    if like is not None:
        return replace(
            like, id=f"{bay.bay}/Q0", from_node=busbar.id, to_node=f"{bay.bay}/N1", normally_open=False, remote=True
        )
    rated_a = max(_RATED_A, current_a)
    return Switch(
        f"{bay.bay}/Q0", SwitchKind.BREAKER, busbar.id, f"{bay.bay}/N1", False, True, rated_a, rated_a
    )  # fmt: skip


def _is_breaker(switch: Switch) -> bool:
    return switch.kind is SwitchKind.BREAKER


def read_capacitor_bays(table: Table) -> tuple[CapacitorBay, ...]:
    """`[network.capacitors."OBR1/K1/E09"]` of a scenario: busbar, step_var, steps, discharge_s. Raises ConfigError."""
    return tuple(_bay(key, table.table(key)) for key in table)


def _bay(name: str, table: Table) -> CapacitorBay:
    bay = CapacitorBay(
        name,
        table.take("busbar", str),
        table.take("step_var", float),
        table.take("steps", int),
        table.take("discharge_s", float, 600.0),
    )
    if not 0 < bay.step_var < 1e8 or not 1 <= bay.steps <= 100:
        raise table.error("steps", f"'{name}' is no bank", "write 1 to 100 steps of more than 0 var each")
    table.done()
    return bay
