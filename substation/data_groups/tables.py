"""Which variables each level declares: its own groups, then the flows that all take part in (D3.2 5 and 6.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from substation.data_groups.customer import CUSTOMER_UNIT, DEVICE, GUI_DEVICE, POLICIES, SMART_METER
from substation.data_groups.der import DER_UNIT
from substation.data_groups.low_voltage import LV_UNIT
from substation.data_groups.measured import FLOWS
from substation.data_groups.medium_voltage import MV_UNIT, TOP_UNIT
from substation.data_groups.row import Row
from substation.level import Level

SECTIONS: Mapping[str, Sequence[Row]] = {
    "4.4.2": POLICIES,
    "5.1.2": DEVICE,
    "5.2.2": GUI_DEVICE,
    "5.3.2": CUSTOMER_UNIT,
    "5.4.2": SMART_METER,
    "5.5.2": DER_UNIT,
    "5.6.2": LV_UNIT,
    "5.7.2": MV_UNIT,
    "5.8.2": TOP_UNIT,
    "6.1": FLOWS,
}
_OF_LEVEL: Mapping[Level, tuple[str, ...]] = {
    Level.TLGMU: ("5.8.2", "6.1", "4.4.2"),
    Level.MVGMU: ("5.7.2", "6.1", "4.4.2"),
    Level.LVGMU: ("5.6.2", "6.1", "4.4.2"),
    Level.DERMU: ("5.5.2", "6.1", "4.4.2"),
    Level.CMU: ("5.3.2", "5.2.2", "6.1", "4.4.2"),
    Level.SM: ("5.4.2", "4.4.2"),
    Level.DMU: ("5.1.2", "4.4.2"),
}


def table(level: Level) -> dict[str, Row]:
    """Rows of a level by variable; what an earlier section says goes before a later one."""
    rows: dict[str, Row] = {}
    for section in _OF_LEVEL[level]:
        for row in SECTIONS[section]:
            rows.setdefault(row.variable, row)
    return rows
