"""A point-to-point test as the data interface carries it, and back."""

from __future__ import annotations

from models.plain import PlainFields
from models.point import PointName
from models.wire.cbor import WireValue
from substation.commissioning.point_test import Look, PointTest, Tested, Verdict

_WHERE = "point-to-point test"


def to_plain(test: PointTest) -> dict[str, WireValue]:
    """Everything of a test."""
    points: list[WireValue] = [_point(each) for each in test.points]
    return {**summary(test), "points": points}


def summary(test: PointTest) -> dict[str, WireValue]:
    """Without its points: what a list of tests shows."""
    tally: dict[str, WireValue] = dict(test.tally)
    return {
        "id": test.id,
        "scope": test.scope,
        "holder": test.holder,
        "started_ns": test.started_ns,
        "ended_ns": test.ended_ns,
        "tally": tally,
        "open": len(test.open_points),
        "passed": test.passed,
    }


def _point(tested: Tested) -> dict[str, WireValue]:
    look = tested.look
    seen: dict[str, WireValue] | None = None
    if look is not None:
        seen = {"value": look.value, "quality": look.quality, "time_ns": look.time_ns, "arrival_ns": look.arrival_ns}
    return {
        "number": tested.number,
        "location": tested.point.location,
        "variable": tested.point.variable,
        "kind": tested.kind,
        "address": tested.address,
        "commandable": tested.commandable,
        "verdict": tested.verdict.value,
        "look": seen,
        "note": tested.note,
        "tester": tested.tester,
        "said_ns": tested.said_ns,
        "command": tested.command,
    }


def from_plain(plain: object) -> PointTest:
    """The inverse of `to_plain`. RemoteProtocolError for something else."""
    fields = PlainFields(plain, _WHERE)
    points = fields.take("points")
    return PointTest(
        id=fields.whole("id"),
        scope=fields.text("scope"),
        holder=fields.text("holder"),
        started_ns=fields.whole("started_ns"),
        points=tuple(_tested(each) for each in points) if isinstance(points, list) else (),
        ended_ns=fields.whole_or_none("ended_ns"),
    )


def _tested(plain: object) -> Tested:
    fields = PlainFields(plain, _WHERE)
    look = fields.take("look")
    return Tested(
        number=fields.whole("number"),
        point=PointName(fields.text("location"), fields.text("variable")),
        kind=fields.text("kind"),
        address=fields.text("address"),
        commandable=fields.take("commandable") is True,
        verdict=fields.one_of("verdict", Verdict),
        look=None if look is None else _look(look),
        note=fields.text("note"),
        tester=fields.text("tester"),
        said_ns=fields.whole_or_none("said_ns"),
        command=fields.text("command"),
    )


def _look(plain: object) -> Look:
    fields = PlainFields(plain, _WHERE)
    return Look(
        fields.text("value"), fields.text("quality"), fields.whole_or_none("time_ns"), fields.whole("arrival_ns")
    )
