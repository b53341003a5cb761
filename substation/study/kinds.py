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
    "locate": Entry(
        "substation.study.locate", "where a fault lies: --set A,B --reset C [--unknown D] [--trip BREAKER]"
    ),
    "vvc": Entry("substation.study.vvc", "taps, capacitor steps and reactive power that lose least over a horizon"),
    "flow": Entry("substation.study.flow", "power flow of the present state: losses, voltages, loading, what is wrong"),
}
