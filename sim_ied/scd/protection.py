"""First settings of overcurrent protection, from the ratings and the short-circuit power of the network itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import sqrt

from models.network.elements import Feeder, Network, SwitchKind, Transformer
from models.network.protection import busbar_short_circuit_a, feeder_pickup_a

CURVE = "standard inverse"


@dataclass(frozen=True, slots=True)
class RelaySettings:
    """Settings of one bay: inverse-time stage and definite-time high stage (IEC 60255-151)."""

    bay: str
    pickup_a: float
    time_multiplier: float
    high_pickup_a: float
    high_time_s: float


_TRANSFORMER_MARGIN = 1.4
_FEEDER_TMS, _TRANSFORMER_TMS = 0.1, 0.25
_FEEDER_HIGH, _TRANSFORMER_HIGH = 0.5, 0.75  # of the three-phase short circuit at the busbar
_FEEDER_HIGH_S, _TRANSFORMER_HIGH_S = 0.1, 0.5  # graded by 0.4 s
_RECLOSER_TMS, _RECLOSER_HIGH, _RECLOSER_HIGH_S = 0.05, 0.5, 0.02  # of the feeder's high stage; graded by 0.08 s
_BANK_MARGIN, _BANK_HIGH = 1.43, 10.0  # of the rated current: 1.3 lasting (IEC 60871-1) and some; above its inrush
_INDICATOR_MARGIN = 1.25
_SENSITIVITY = 0.3  # of the busbar's short circuit at most, whatever ratings say: some networks have none


def relay_settings(network: Network) -> list[RelaySettings]:
    """Transformer bays grade above their feeders: a feeder fault clears before the transformer's stages run out."""
    settings = [_infeed(network, transformer) for transformer in network.transformers]
    settings += _banks(network)
    for feeder in network.feeders:
        short_circuit_a = busbar_short_circuit_a(network, feeder.transformer)
        if feeder.within:
            settings.append(_recloser(network, feeder, short_circuit_a))
            continue
        settings.append(
            RelaySettings(
                feeder.id,
                feeder_pickup_a(network, feeder),
                _FEEDER_TMS,
                _round(short_circuit_a * _FEEDER_HIGH, 100),
                _FEEDER_HIGH_S,
            )
        )
    return settings


def _banks(network: Network) -> list[RelaySettings]:
    """Bays whose breaker switches capacitor banks alone."""
    feeding = {each.lv_node.rpartition("/")[0] for each in network.transformers} | {each.id for each in network.feeders}
    bays = {each.id.rpartition("/")[0] for each in network.switches if each.kind is SwitchKind.BREAKER} - feeding
    nominal_v = {node.id: node.nominal_voltage_v for node in network.nodes}
    rated_a: dict[str, float] = defaultdict(float)
    for bank in network.capacitors:
        rated_a[bank.id.rpartition("/")[0]] += bank.steps * bank.step_var / (sqrt(3) * nominal_v[bank.node])
    return [
        RelaySettings(
            bay,
            max(_round(rated_a[bay] * _BANK_MARGIN, 10), 10),
            _FEEDER_TMS,
            max(_round(rated_a[bay] * _BANK_HIGH, 100), 100),
            _FEEDER_HIGH_S,
        )
        for bay in rated_a
        if bay in bays
    ]


def _recloser(network: Network, feeder: Feeder, short_circuit_a: float) -> RelaySettings:
    """Fast: its breaker is open before the one towards the source has made up its mind."""
    high_a = _round(short_circuit_a * _FEEDER_HIGH * _RECLOSER_HIGH, 100)
    return RelaySettings(feeder.id, feeder_pickup_a(network, feeder), _RECLOSER_TMS, high_a, _RECLOSER_HIGH_S)


def indicator_pickup_a(network: Network) -> float:
    """Above every line's rating, so that load alone never shows a fault."""
    weakest_a = min(busbar_short_circuit_a(network, feeder.transformer) for feeder in network.feeders)
    rating_a = max(line.rated_current_a for line in network.lines)
    return _round(min(rating_a * _INDICATOR_MARGIN, weakest_a * _SENSITIVITY), 50)


def _infeed(network: Network, transformer: Transformer) -> RelaySettings:
    rated_a = transformer.rated_power_va / (sqrt(3) * transformer.lv_rated_voltage_v)
    short_circuit_a = busbar_short_circuit_a(network, transformer.id)
    return RelaySettings(
        transformer.lv_node.rpartition("/")[0],
        _round(rated_a * _TRANSFORMER_MARGIN, 10),
        _TRANSFORMER_TMS,
        _round(short_circuit_a * _TRANSFORMER_HIGH, 100),
        _TRANSFORMER_HIGH_S,
    )


def _round(value: float, step: float) -> float:
    return round(value / step) * step
