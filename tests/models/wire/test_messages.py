"""Strictness of the codec: round trips, and every kind of bad map refused with the field's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import LocalProtocolError, RemoteProtocolError
from models.point import Dbpos
from models.policy import Access, Grant, Policy
from models.wire import cbor
from models.wire import messages as m
from models.wire.glob import matches
from models.wire.instance import Instance
from models.wire.message_codec import from_map, to_map

INTEGERS = st.integers(-(2**63), 2**63 - 1)
PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.floats(allow_nan=False) | st.text(max_size=20) | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.text(min_size=1, max_size=40)
POLICIES = st.none() | st.builds(
    lambda name, access, delay: Policy((Grant(name, "*", access, delay),)),
    NAMES,
    st.sampled_from(Access),
    st.integers(0, 2**40),
)
INSTANCES = st.builds(Instance, NAMES, NAMES, PLAIN, st.integers(0, 2**63 - 1), st.integers(0, 0x7FFF), NAMES, POLICIES)
IDS = st.integers(1, 2**53)
MESSAGES = st.one_of(
    st.builds(
        m.Query, IDS, NAMES, NAMES, NAMES, st.none() | st.sampled_from(m.Function), st.none() | st.integers(1, 9)
    ),
    st.builds(m.Event, IDS, NAMES, NAMES, NAMES, st.booleans()),
    st.builds(m.Periodic, IDS, NAMES, NAMES, st.integers(m.MIN_PERIOD_MS, m.MAX_PERIOD_MS)),
    st.builds(m.Write, IDS, NAMES, NAMES, PLAIN, POLICIES),
    st.builds(m.Unsubscribe, IDS, IDS),
    st.builds(m.Notify, IDS, st.lists(INSTANCES, max_size=3).map(tuple), st.integers(0, 9)),
    st.builds(m.Result, IDS, st.sampled_from(m.Code), NAMES, st.none() | st.integers(0, 27)),
    st.builds(m.Welcome, IDS, NAMES, NAMES, st.lists(NAMES, max_size=3).map(tuple)),
    st.builds(m.Goodbye, st.sampled_from(m.Code), NAMES),
)


@given(MESSAGES)
def test_round_trip(message: m.Message) -> None:
    assert from_map(cbor.decode(cbor.encode(to_map(message)))) == message


BAD = [
    ([], "must be a map"),
    ({}, "'op'"),
    ({"op": "drop"}, "'op'"),
    ({"op": ["query"]}, "'op'"),
    ({"op": "query", "id": 1, "variable": "a"}, "query: field 'location' is missing"),
    ({"op": "query", "id": 1, "variable": "a", "location": "b", "shell": 1}, "'shell' is not known"),
    ({"op": "query", "id": 1, "variable": "a", "location": "b", 5: 1}, "5 is not known"),
    ({"op": "query", "id": True, "variable": "a", "location": "b"}, "query.id"),
    ({"op": "query", "id": 0, "variable": "a", "location": "b"}, "query.id"),
    ({"op": "query", "id": 1, "variable": b"a", "location": "b"}, "query.variable"),
    ({"op": "query", "id": 1, "variable": "a" * 513, "location": "b"}, "query.variable"),
    ({"op": "query", "id": 1, "variable": "a", "location": "b", "function": "median"}, "query.function"),
    ({"op": "periodic", "id": 1, "variable": "a", "location": "b", "period_ms": 99}, "periodic.period_ms"),
    ({"op": "write", "id": 1, "variable": "a", "location": "b", "value": {1: 2}}, "write.value"),
    ({"op": "write", "id": 1, "variable": "a", "location": "b", "value": 1, "policy": [["x"]]}, "write.policy.0"),
    ({"op": "notify", "id": 1, "instances": [[1, 2]]}, "notify.instances.0"),
    ({"op": "notify", "id": 1, "instances": [["a", "b", 1, -1, 0, "", None]]}, "instances.0.time"),
    ({"op": "notify", "id": 1, "instances": [["a", "b", 1, 1, 70000, "", None]]}, "instances.0.quality"),
    ({"op": "result", "id": 1, "code": "fine"}, "result.code"),
    ({"op": "login", "version": 1, "unit": bytes(31), "nonce": bytes(32)}, "login.unit"),
]


@pytest.mark.parametrize(("item", "where"), BAD)
def test_bad_maps_are_refused_by_field(item: object, where: str) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        from_map(item)
    assert where in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "0000",  # two items
        "9f00ff",  # indefinite length
        "a201010102",  # duplicate key
        "c11a00000001",  # time tag
        "d81c8101",  # shared reference
        "82d81c8101d81d00",
        "c249010000000000000000",  # big number
        "d82363612b29",  # regular expression
        "d9010082",  # string references
        "9bffffffffffffffff",  # an array of 2^64 items
        "5b000000ffffffffff",
        "81" * 60 + "00",  # too deep
        "62c328",  # not UTF-8
    ],
)
def test_cbor_beyond_plain_is_refused(data: str) -> None:
    with pytest.raises(RemoteProtocolError):
        cbor.plain(cbor.decode(bytes.fromhex(data)), "value")


@pytest.mark.parametrize("data", ["f7", "e0", "a10102", "a18001"])
def test_plain_refuses_undefined_simple_values_and_other_keys(data: str) -> None:
    with pytest.raises(RemoteProtocolError, match="'value'"):
        cbor.plain(cbor.decode(bytes.fromhex(data)), "value")


def test_outgoing_values() -> None:
    assert cbor.outgoing({"positions": (Dbpos.ON, Access.READ)}, "x") == {"positions": [2, "r"]}
    for bad in ({1: 2}, {"a": object()}, 2**63, [set()]):
        with pytest.raises(LocalProtocolError, match="x holds"):
            cbor.outgoing(bad, "x")


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("ST103/*", "ST103/K1/E01/Q0", True),
        ("ST103/*", "ST1030/K1", False),
        ("*", "", True),
        ("a*b", "ab", True),
        ("aa*a", "aa", False),
        ("*/E01/*", "OBR1/K1/E01/Q0", True),
        ("MMXU1.*.phs*", "MMXU1.PPV.phsAB", True),
        ("[a]*", "a", False),
        ("CSWI1.Pos", "CSWI1.Pos", True),
        ("CSWI?.Pos", "CSWI1.Pos", False),
        ("*a*a*a", "aa", False),
    ],
)
def test_patterns(pattern: str, text: str, fits: bool) -> None:
    assert matches(pattern, text) is fits
