"""The table of the two-step operation: every way to Oper leads through Select, and success only through the field."""

from __future__ import annotations

import itertools

import pytest

from hmi.operation import BUSY, TRANSITIONS, Happening, Operation, Stage
from models.errors import LocalProtocolError
from models.point import Dbpos


def test_only_the_field_makes_done() -> None:
    assert {happening for (_, happening), stage in TRANSITIONS.items() if stage is Stage.DONE} == {Happening.CONFIRMED}


def test_execute_needs_a_selection() -> None:
    assert {start for (start, happening) in TRANSITIONS if happening is Happening.EXECUTE} == {Stage.SELECTED}


def test_every_busy_stage_ends_when_the_link_breaks_or_its_write_does() -> None:
    for stage in BUSY:
        ways = {happening for (start, happening) in TRANSITIONS if start is stage}
        assert Happening.LINK_LOST in ways or Happening.UNKNOWN in ways


def test_no_sequence_without_execute_operates() -> None:
    others = [each for each in Happening if each is not Happening.EXECUTE]
    for sequence in itertools.product(others, repeat=4):
        operation = Operation("Q0")
        for happening in sequence:
            operation.take(happening, 0)
        assert operation.stage not in (Stage.OPERATING, Stage.AWAITING, Stage.DONE)


def test_second_selection_while_one_runs() -> None:
    operation = Operation("Q0")
    operation.select(Dbpos.ON, Dbpos.OFF, 0)
    with pytest.raises(LocalProtocolError, match="Q0: an operation is running"):
        operation.select(Dbpos.ON, Dbpos.OFF, 0)


def test_countdown() -> None:
    operation = Operation("Q0")
    operation.select(Dbpos.ON, Dbpos.OFF, 0)
    operation.take(Happening.ACCEPTED, 0)
    assert operation.remaining_s(5_000_000_000) == 15.0
    assert not operation.tick(19_999_999_999)
    assert operation.tick(20_000_000_000)
    assert operation.stage is Stage.EXPIRED
