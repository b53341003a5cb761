"""Which class of logical node behaves how: the one table."""

from __future__ import annotations

from sim_ied.nodes.behaviour import Behaviour
from sim_ied.nodes.context import Context
from sim_ied.nodes.controller import SwitchController
from sim_ied.nodes.release import Interlocking, SynchronismCheck
from sim_ied.nodes.switchgear import SwitchNode

CLASSES: dict[str, type[Behaviour]] = {
    "CILO": Interlocking,
    "CSWI": SwitchController,
    "RSYN": SynchronismCheck,
    "XCBR": SwitchNode,
    "XSWI": SwitchNode,
}
"""LN class (IEC 61850-7-4, edition 2, and IEC TR 61850-90-6) to its behaviour; all others hold their values."""


def behaviour_of(context: Context) -> Behaviour:
    return CLASSES.get(context.key.ln_class, Behaviour)(context)
