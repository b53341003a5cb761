"""Our octets against two other codecs: hat-drivers both ways, c104 (in a process of its own) for the header."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.point import Dbpos
from models.quality import Quality
from protocols.iec104.application.asdu import CounterReading, Observation, Order, PackedStatus, StepPosition
from protocols.iec104.application.types import TYPES, Kind
from protocols.iec104.link import apci
from tests.protocols.iec104.golden import GOLDEN

iec104 = pytest.importorskip("hat.drivers.iec60870.encodings.iec104")

C104 = Path(__file__).parents[3] / "peers" / "c104_explain.py"
HAT_KNOWS_NOT = {
    "query log": "type 127 is not there",
    "scaled set-point, select, QL 3": "QL of set-points is dropped",
}
PLAIN = {Kind.SINGLE, Kind.DOUBLE, Kind.SCALED, Kind.FLOAT, Kind.SINGLE_COMMAND, Kind.DOUBLE_COMMAND,
         Kind.STEP_COMMAND, Kind.SCALED_SETPOINT, Kind.FLOAT_SETPOINT}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(GOLDEN) - set(HAT_KNOWS_NOT)))
def test_hat_drivers_reads_and_writes_the_same(name: str) -> None:
    octets, ours = bytes.fromhex(GOLDEN[name][0]), GOLDEN[name][1]
    encoder = iec104.Encoder()
    theirs = encoder.decode_asdu(octets)
    theirs = theirs[0] if isinstance(theirs, tuple) else theirs
    assert bytes(encoder.encode_asdu(theirs)) == octets
    assert (theirs.type.value, theirs.address) == (ours.type_id, ours.common_address)
    cause = theirs.cause
    assert (cause.type.value, cause.originator_address) == (ours.cause, ours.originator)
    assert (cause.is_negative_confirm, cause.is_test) == (ours.negative, ours.test)
    elements = [
        (io.address + place, element, io.time) for io in theirs.ios for place, element in enumerate(io.elements)
    ]
    assert [address for address, *_ in elements] == [item.address for item in ours.objects]
    for item, (_, element, time) in zip(ours.objects, elements, strict=True):
        if isinstance(item, Observation | Order):
            assert number(item.value) == pytest.approx(hat_number(element.value), rel=1e-4)
            assert bool(time is not None and time.invalid) == bool(item.quality & int(Quality.CLOCK_NOT_SYNCHRONISED))
        if isinstance(item, Observation) and hasattr(element, "quality"):
            assert element.quality.invalid is (item.quality & 3 == int(Quality.INVALID))
        if isinstance(item, Order) and TYPES[ours.type_id].kind in PLAIN:
            assert element.select is item.select


def number(value: Any) -> Any:
    """Ours as a number."""
    if isinstance(value, StepPosition):
        return value.position
    if isinstance(value, CounterReading):
        return value.total
    if isinstance(value, PackedStatus):
        return value.status
    if isinstance(value, bool | Dbpos | int | float):
        return value
    return int(value.state) if hasattr(value, "state") else value.bits


def hat_number(value: Any) -> Any:
    """Theirs as a number: enumerations, wrapped numbers, octets, flags."""
    if hasattr(value, "general"):
        parts = (
            value.general,
            value.l1,
            value.l2,
            value.l3,
            *(getattr(value, name, False) for name in ("ie", "reverse")),
        )
        return sum(bit << place for place, bit in enumerate(parts))
    inner = getattr(value, "value", value)
    if isinstance(inner, bytes | bytearray):
        return int.from_bytes(inner, "little")
    if isinstance(inner, list):
        return sum(bit << place for place, bit in enumerate(inner))
    return inner


@pytest.mark.skipif(importlib.util.find_spec("c104") is None, reason="c104 is not installed (make setup-test)")
def test_c104_reads_the_same_headers() -> None:
    names = [name for name, (_, asdu) in GOLDEN.items() if asdu.type_id < 120]
    frames = [apci.information(0, 0, bytes.fromhex(GOLDEN[name][0])).hex() for name in names]
    finished = subprocess.run(
        [sys.executable, str(C104)], input="\n".join(frames), capture_output=True, text=True, check=True, timeout=30
    )
    lines = [json.loads(line) for line in finished.stdout.splitlines()]
    assert len(lines) == len(names)
    for name, said in zip(names, lines, strict=True):
        asdu = GOLDEN[name][1]
        assert said == {
            "type": asdu.type_id, "cot": asdu.cause, "numberOfObjects": len(asdu.objects), "sequence": asdu.sequence,
            "negative": asdu.negative, "test": asdu.test, "commonAddress": asdu.common_address,
            "originatorAddress": asdu.originator, "firstInformationObjectAddress": asdu.objects[0].address,
        }  # fmt: skip
