"""The table of studies: name on the command line, module, line in the help."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import cast

from substation.study.kind import Kind


@dataclass(frozen=True, slots=True)
class Entry:
    module: str
    summary: str

    def load(self) -> Kind:
        return cast(Kind, importlib.import_module(self.module))


KINDS = {
    "reconfigure": Entry("substation.study.reconfigure", "which branches to open so that the network loses least"),
    "locate": Entry(
        "substation.study.locate", "where a fault lies: --set A,B --reset C [--unknown D] [--trip BREAKER]"
    ),
    "vvc": Entry("substation.study.vvc", "taps, capacitor steps and reactive power that lose least over a horizon"),
    "restore": Entry("substation.study.restore", "what is switched after faults: --fault A,B [--dark-only]"),
    "prevent": Entry("substation.study.prevent", "faults: learned from the past, judged on later times, for a unit"),
    "flow": Entry("substation.study.flow", "power flow of the present state: losses, voltages, loading, what is wrong"),
}
