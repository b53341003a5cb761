"""What a kind of study is: its options, what it is asked, what it answers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.network.planning import PlanningGrid
from models.network.supplement.model import Supplement

Json = bool | int | float | str | None | Sequence["Json"] | Mapping[str, "Json"]


@dataclass(frozen=True, slots=True)
class Asked:
    """network: as the user named it. grid: with everything of the file beside it that has a place there."""

    network: str
    grid: PlanningGrid
    supplement: Supplement


@dataclass(frozen=True, slots=True)
class Result:
    """values: the object of --json, without the findings of the network, which are added. text: lines for people.

    findings: what this study found besides.
    """

    values: Mapping[str, Json]
    text: tuple[str, ...]
    findings: tuple[str, ...] = ()


class Kind(Protocol):
    """A module of this package that a line of `kinds.KINDS` names. `run` raises RingmainError instead of guessing."""

    def add_options(self, parser: argparse.ArgumentParser) -> None: ...

    def run(self, asked: Asked, options: argparse.Namespace) -> Result: ...
