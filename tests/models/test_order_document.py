"""Orders as documents: golden case both ways, any order survives the round trip, what is wrong is refused by name."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RemoteProtocolError
from models.order_document import from_json, from_plain, to_json, to_plain
from models.order_xml import from_xml, to_xml
from models.point import Dbpos, PointName
from models.switching import (
    AssumedLoad,
    CrewAct,
    CrewTask,
    GroupChange,
    Order,
    OrderKind,
    OrderState,
    Purpose,
    Step,
    StepState,
    SwitchAction,
)

CASES = Path(__file__).parents[1] / "cases" / "orders"

ORDER = Order(
    id="OBR1-E03-1",
    revision=2,
    kind=OrderKind.ISOLATE_AND_RESTORE,
    title="Fault on L062: isolate and restore",
    created_ns=1_795_168_590_000_000_001,
    state=OrderState.EXECUTING,
    steps=(
        Step(1, "OBR1/K1/E03", PointName("OBR1/K1/E03", "RREC1.BlkRec"), True, Purpose.BLOCK_RECLOSING, "block <1>"),
        Step(
            2,
            "ST103/K1/E01/Q0",
            PointName("ST103/K1/E01/Q0", "CSWI1.Pos"),
            Dbpos.OFF,
            Purpose.ISOLATE,
            "open ST103 E01 towards the fault",
            StepState.CONFIRMED,
            1_795_168_591_000_000_000,
            1_795_168_593_500_000_000,
        ),
        Step(
            3,
            "OBR1/K1/E03/Q0",
            PointName("OBR1/K1/E03/Q0", "CSWI1.Pos"),
            Dbpos.ON,
            Purpose.RESTORE_UPSTREAM,
            "close the feeder breaker",
            StepState.FAILED,
            1_795_168_594_000_000_000,
            None,
            "answered but did not move",
        ),
        Step(4, "OBR1/K1/E03", PointName("OBR1/K1/E03", "RREC1.BlkRec"), False, Purpose.RELEASE_RECLOSING, "release"),
    ),
    feeders=("OBR1/K1/E03", "OBR1/T1"),
    zone=("L062/W062",),
    tripped=("OBR1/K1/E03/Q0",),
    open_before=("ST103/K1/E02/Q0",),
    loads=(AssumedLoad("ST103/T1", 120_000.0, 30_000.0),),
    interrupted_w=250_000.0,
    interrupted_customers=412,
    restored_w=120_000.5,
    unrestored_w=129_999.5,
    unrestored_reason="no tie",
    explanation=("E03 tripped by PTOC1", "ST103 saw the fault pass"),
    approved_by="Ada",
)


def test_golden_json() -> None:
    text = (CASES / "isolate-and-restore.json").read_text()
    assert from_json(text) == ORDER
    assert json.loads(text) == to_plain(ORDER)


def test_golden_xml() -> None:
    document = (CASES / "isolate-and-restore.xml").read_bytes()
    assert from_xml(document) == ORDER
    assert to_xml(ORDER) == document


texts = st.text(
    alphabet=string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", "") + "äß€😀", max_size=20
)
times = st.integers(min_value=0, max_value=2**62)
powers = st.floats(allow_nan=False, allow_infinity=False)
steps = st.builds(
    Step,
    number=st.integers(1, 99),
    element=texts,
    point=st.builds(PointName, st.just("ST1/K1/E01/Q0"), st.sampled_from(["CSWI1.Pos", "RREC1.BlkRec", "LLN0.ActSG"])),
    value=st.sampled_from([action.value_commanded for action in SwitchAction])
    | st.builds(GroupChange, st.integers(1, 99), st.integers(1, 99))
    | st.builds(CrewTask, st.sampled_from(CrewAct)),
    purpose=st.sampled_from(Purpose),
    text=texts,
    state=st.sampled_from(StepState),
    started_ns=st.none() | times,
    confirmed_ns=st.none() | times,
    reason=texts,
)
orders = st.builds(
    Order,
    id=texts,
    revision=st.integers(0, 99),
    kind=st.sampled_from(OrderKind),
    title=texts,
    created_ns=times,
    state=st.sampled_from(OrderState),
    steps=st.lists(steps, max_size=5).map(tuple),
    feeders=st.lists(texts, max_size=3).map(tuple),
    loads=st.lists(st.builds(AssumedLoad, texts, powers, powers), max_size=3).map(tuple),
    interrupted_w=powers,
    restored_w=powers,
    explanation=st.lists(texts, max_size=3).map(tuple),
    remarks=st.lists(texts, max_size=3).map(tuple),
    reason=texts,
    narrows=texts,
)


@given(orders)
def test_every_order_survives_both_round_trips(order: Order) -> None:
    for read in (from_json(to_json(order)), from_xml(to_xml(order))):
        assert read == order
        # Dbpos.OFF == True, so the type is asked as well
        assert [type(step.value) for step in read.steps] == [type(step.value) for step in order.steps]


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [("revision", "2", "revision"), ("state", "done", "state"), ("feeders", "x", "feeders"), ("more", 1, "more")],
)
def test_a_wrong_field_is_refused_by_name(field: str, value: object, named: str) -> None:
    with pytest.raises(RemoteProtocolError, match=f"'{named}'"):
        from_plain({**to_plain(ORDER), field: value})


def test_a_step_that_switches_a_setting_group_is_a_control_action() -> None:
    step = Step(1, "F", PointName("F", "LLN0.ActSG"), GroupChange(2, 1), Purpose.SETTING_GROUP, "switch")
    order = replace(ORDER, steps=(step,))
    plain = to_plain(order)["steps"][0]  # type: ignore[index]
    assert (plain["action"], plain["group"], plain["former_group"]) == ("switchSettingGroup", 2, 1)
    document = to_xml(order)
    assert b"<ControlAction>" in document
    with pytest.raises(RemoteProtocolError, match="settingGroup"):
        from_xml(document.replace(b"<settingGroup>2</settingGroup>", b""))


def test_a_missing_field_is_refused_by_name() -> None:
    plain = to_plain(ORDER)
    del plain["steps"]
    with pytest.raises(RemoteProtocolError, match="'steps' is missing"):
        from_plain(plain)


@pytest.mark.parametrize("document", [b"", b"<a/>", b"not xml", b"<SwitchingPlan/>"])
def test_what_is_no_order_is_refused(document: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        from_xml(document)
    with pytest.raises(RemoteProtocolError):
        from_json(document.decode())


def test_xml_entities_are_not_expanded() -> None:
    document = to_xml(replace(ORDER, title="harmless"))
    bomb = document.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', 1)
    read = from_xml(bomb.replace(b"harmless", b"&e;"))
    assert read.title == ""
