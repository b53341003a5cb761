"""Which class of logical node behaves how: the one table."""

from __future__ import annotations

from sim_ied.nodes.auxiliary_supply import AuxiliarySupply
from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.breaker_failure import BreakerFailure
from sim_ied.nodes.coil import Coil
from sim_ied.nodes.common_nodes import Echo, Head, PhysicalDevice
from sim_ied.nodes.context import Context
from sim_ied.nodes.controller import SwitchController
from sim_ied.nodes.fault_passage import FaultPassage
from sim_ied.nodes.gas import GasSupervision
from sim_ied.nodes.group_alarm import GroupAlarm
from sim_ied.nodes.measurement import InstrumentTransformer, Measuring, Meter
from sim_ied.nodes.presence import Presence
from sim_ied.nodes.protection import Instantaneous, Overcurrent, Protection, SensitiveEarth
from sim_ied.nodes.reclosing import Reclosing
from sim_ied.nodes.recording import DisturbanceRecorder
from sim_ied.nodes.release import Interlocking
from sim_ied.nodes.supervision import Supervision
from sim_ied.nodes.switchgear import SwitchNode
from sim_ied.nodes.synchronism import SynchronismCheck
from sim_ied.nodes.tap_changer import TapChanger
from sim_ied.nodes.trip import TripConditioning
from sim_ied.nodes.voltage_regulator import VoltageRegulator

_ON_DEMAND = (
    *("PDIF", "PDIS", "PDOP", "PDUP", "PFRC", "PHIZ", "PMRI", "PTHF"),
    *("PTOF", "PTOV", "PTTR", "PTUC", "PTUF", "PTUV", "PVOC", "PVPH"),
)
"""Protection that measures what the simulation does not compute."""

CLASSES: dict[str, type[Behaviour]] = {
    **dict.fromkeys(_ON_DEMAND, Protection),
    **dict.fromkeys(("ANCR", "YEFN"), Coil),
    **dict.fromkeys(("LCCH", "LGOS", "LSVS", "LTMS"), Supervision),
    **dict.fromkeys(("MMXN", "MMXU", "MSQI", "MSTA"), Measuring),
    **dict.fromkeys(("PSDE", "PTEF"), SensitiveEarth),
    **dict.fromkeys(("SCPI", "SVPI"), Presence),
    **dict.fromkeys(("TCTR", "TVTR"), InstrumentTransformer),
    **dict.fromkeys(("XCBR", "XSWI"), SwitchNode),
    **dict.fromkeys(("ZAXN", "ZBAT"), AuxiliarySupply),
    "ATCC": VoltageRegulator,
    "CALH": GroupAlarm,
    "CILO": Interlocking,
    "CSWI": SwitchController,
    "GGIO": Echo,
    "LLN0": Head,
    "LPHD": PhysicalDevice,
    "MMTR": Meter,
    "PIOC": Instantaneous,
    "PTOC": Overcurrent,
    "PTRC": TripConditioning,
    "RBRF": BreakerFailure,
    "RDRE": DisturbanceRecorder,
    "RREC": Reclosing,
    "RSYN": SynchronismCheck,
    "SFPI": FaultPassage,
    "SIMG": GasSupervision,
    "YLTC": TapChanger,
}
"""LN class (IEC 61850-7-4, edition 2, and IEC TR 61850-90-6) to its behaviour; all others hold their values."""


def behaviour_of(context: Context) -> Behaviour:
    return CLASSES.get(context.key.ln_class, Behaviour)(context)
