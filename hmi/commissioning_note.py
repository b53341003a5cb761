"""What people have set aside while they commission: inhibited alarms, substituted values, tests that go on."""

from __future__ import annotations

from dataclasses import dataclass

from hmi.words import date_time_text
from models.plain import PlainFields
from models.wire.cbor import WireValue

INHIBITIONS, SUBSTITUTIONS, TESTS = "Inhibitions", "Substitutions", "PointTests"
"""Variables of the unit."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """key: tells them apart. variable, location, value: the write that ends it; location '': at the unit."""

    key: str
    what: str
    place: str
    holder: str
    state: str
    reason: str
    variable: str
    location: str
    value: WireValue


def inhibitions_from(value: object) -> list[SetAside]:
    """RemoteProtocolError for something else, as all readers."""
    return [_inhibition(fields) for fields in PlainFields(value, INHIBITIONS).objects("inhibitions")]


def _inhibition(fields: PlainFields) -> SetAside:
    number, place = fields.whole("id"), fields.text("place")
    location, _, last = place.rpartition("/")
    until = f"until {date_time_text(fields.whole('until_ns'))[:16]}"
    at = location if "." in last else place
    what = f"alarm {fields.text('kind')}"
    holder, reason = fields.text("holder"), fields.text("reason")
    return SetAside(f"alarm {number}", what, place, holder, until, reason, "Inhibit.Lift", at, number)


def substitutions_from(value: object) -> list[SetAside]:
    return [_substitution(fields) for fields in PlainFields(value, SUBSTITUTIONS).objects("substitutions")]


def _substitution(fields: PlainFields) -> SetAside:
    location, variable = fields.text("location"), fields.text("variable")
    state = f"{fields.take('value')} since {date_time_text(fields.whole('placed_ns'))[:16]}"
    holder, reason = fields.text("holder"), fields.text("reason")
    wanted: dict[str, WireValue] = {"variable": variable}
    place = f"{location}/{variable}"
    return SetAside(
        f"value {place}", "value substituted", place, holder, state, reason, "Substitute.Remove", location, wanted
    )


def running_test_from(value: object) -> tuple[str, SetAside | None]:
    """Which test, and what to list of it: None for one that has ended."""
    fields = PlainFields(value, TESTS)
    number, scope = fields.whole("id"), fields.text("scope")
    if fields.whole_or_none("ended_ns") is not None:
        return f"test{number}", None
    state = f"{fields.whole('open')} not tested"
    holder = fields.text("holder")
    kind = f"test{number}"
    shown = f"test {number}"
    note = SetAside(f"{kind} ", "point-to-point test", scope, holder, state, shown, "PointTest.End", "", number)
    return kind, note
