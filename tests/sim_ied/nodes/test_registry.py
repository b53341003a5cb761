"""The table of classes and what the handbook says of it."""

from __future__ import annotations

from pathlib import Path

from sim_ied.nodes.acts import READERS
from sim_ied.nodes.registry import CLASSES

HANDBOOK = Path("docs/simulator.md").read_text(encoding="utf-8").partition("## Behaviour of logical nodes")[2]


def test_every_class_and_every_kind_is_described() -> None:
    assert not [each for each in CLASSES if each not in HANDBOOK]
    assert not [each for each in READERS if f"`{each}`" not in HANDBOOK]


def test_every_class_says_what_it_does() -> None:
    assert all(each.acts and each.help for each in CLASSES.values())
