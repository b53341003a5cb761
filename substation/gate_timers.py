"""Times of the command gate, from unit.toml."""

from __future__ import annotations

from substation.config import UnitConfig
from substation.control.operation import GateTimers


def gate_timers(config: UnitConfig) -> GateTimers:
    healing, control = config.self_healing, config.control
    return GateTimers(
        travel_timeout_s=healing.travel_s,
        regulation_timeout_s=control.regulation_s,
        identity_octets=control.identity_octets,
        late_s=healing.late_s,
    )
