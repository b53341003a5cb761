"""First settings of a feeder's overcurrent protection, from the ratings and the short-circuit power of the network."""

from __future__ import annotations

from math import sqrt

from models.errors import ConfigError
from models.network.elements import Feeder, Line, Network

_LOAD_MARGIN = 1.2  # above the rating of the outgoing line: transferred load must not trip it
_SENSITIVITY = 0.3  # of the busbar's short circuit at most, whatever ratings say: some networks have none
_WITHIN = 0.8  # a line recloser picks up at this share of what stands before it, so that it is never the slower one


def feeder_pickup_a(network: Network, feeder: Feeder) -> float:
    """Pickup in A, rounded to 10 A: as the network states it (the lowest of its groups), else a first estimate."""
    if feeder.settings:
        return min(each.pickup_a for each in feeder.settings)
    if feeder.within:
        before = next(each for each in network.feeders if each.id == feeder.within)
        return round(feeder_pickup_a(network, before) * _WITHIN / 10.0) * 10.0
    rating_a = max(line.rated_current_a for line in outgoing(network, feeder.breaker))
    short_circuit_a = busbar_short_circuit_a(network, feeder.transformer)
    return round(min(rating_a * _LOAD_MARGIN, short_circuit_a * _SENSITIVITY) / 10.0) * 10.0


def outgoing(network: Network, breaker: str) -> list[Line]:
    """Lines that leave a feeder's breaker. ConfigError when there are none."""
    node = next(switch.to_node for switch in network.switches if switch.id == breaker)
    found = [line for line in network.lines if node in (line.from_node, line.to_node)]
    if not found:
        raise ConfigError(network.name, None, f"no line leaves breaker '{breaker}'", "connect one or remove the bay")
    return found


def busbar_short_circuit_a(network: Network, feeding: str) -> float:
    """Three-phase short circuit behind source and transformer in A, with magnitudes added: a first, low estimate."""
    for transformer in (each for each in network.transformers if each.id == feeding):
        powers_va = [each.short_circuit_power_va for each in network.sources if each.node == transformer.hv_node]
        through_va = transformer.rated_power_va / transformer.short_circuit_voltage_pu
        power_va = 1 / (1 / sum(powers_va) + 1 / through_va) if powers_va else through_va
        return power_va / (sqrt(3) * transformer.lv_rated_voltage_v)
    source = next(each for each in network.sources if each.id == feeding)
    voltage_v = next(node.nominal_voltage_v for node in network.nodes if node.id == source.node)
    return source.short_circuit_power_va / (sqrt(3) * voltage_v)
