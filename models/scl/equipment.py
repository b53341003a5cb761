"""What the types of conducting equipment (IEC 61850-6) mean for the topology."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What equipment does between or at its connectivity nodes."""

    SWITCH = "switch"
    THROUGH = "joins without impedance"
    LINE = "line"
    SERIES = "joins"
    INFEED = "infeed"
    MACHINE = "may feed"
    CONSUMER = "consumes"
    SHUNT = "at one node"


ROLES: dict[str, Role] = {
    "CBR": Role.SWITCH,
    "DIS": Role.SWITCH,
    "CTR": Role.THROUGH,
    "BSH": Role.THROUGH,
    "LIN": Role.LINE,
    "CAB": Role.LINE,
    "GIL": Role.LINE,
    "REA": Role.SERIES,
    "RES": Role.SERIES,
    "SCR": Role.SERIES,
    "TCF": Role.SERIES,
    "TCR": Role.SERIES,
    "IFL": Role.INFEED,
    "GEN": Role.MACHINE,
    "BAT": Role.MACHINE,
    "SMC": Role.MACHINE,
    "RRC": Role.MACHINE,
    "CON": Role.MACHINE,
    "MOT": Role.CONSUMER,
    "PMP": Role.CONSUMER,
    "FAN": Role.CONSUMER,
    "AXN": Role.CONSUMER,
    "CAP": Role.CONSUMER,
    "VTR": Role.SHUNT,
    "SAR": Role.SHUNT,
    "EFN": Role.SHUNT,
    "PSH": Role.SHUNT,
}
"""Types that are not listed join what they stand between: in doubt, conductors hang together."""


def role_of(equipment_type: str) -> Role:
    return ROLES.get(equipment_type, Role.SERIES)
