"""What a simulated RTU has agreed with whoever connects: every service of its standard, for masters to try."""

from __future__ import annotations

from protocols.iec104.controlled_station.service_settings import CounterSettings, ServiceSettings
from protocols.iec104.controlled_station.settings import GroupSettings

ANSWER_S = 0.2
"""From the confirmation of a reset until the connections are closed."""

SERVED = GroupSettings(
    services=ServiceSettings(
        groups={1: ("*Pos", "*TapPos"), 2: ("*/SFPI*",), 3: ("*/MMXU*",)},
        counters=CounterSettings(groups={1: ("*SupWh",), 2: ("*DmdWh",)}, running=True),
        reset=True,
        parameters=True,
    )
)
"""Groups: 1 positions, 2 fault indicators, 3 measurands; counter groups: 1 supplied, 2 demanded energy. Totals are told
on change, as meters with pulse outputs do, and frozen on demand."""
