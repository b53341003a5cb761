"""An interruption as plain data: how it is kept, published and printed as JSON."""

from __future__ import annotations

from models.errors import RemoteProtocolError, StorageError
from models.plain import PlainFields
from substation.application import Plain
from substation.reliability.interruption import Cause, Interruption, LoadOutage, Span


def to_plain(event: Interruption) -> dict[str, Plain]:
    return {
        "id": event.id,
        "since_ns": event.since_ns,
        "cause": event.cause.value,
        "feeder": event.feeder,
        "reference": event.reference,
        "explanation": event.explanation,
        "stated_by": event.stated_by,
        "outages": [_outage(each) for each in event.outages],
    }


def from_plain(plain: object) -> Interruption:
    """The inverse. StorageError when it is none."""
    try:
        fields = PlainFields(plain, "interruption")
        event = Interruption(
            fields.text("id"),
            fields.whole("since_ns"),
            fields.one_of("cause", Cause),
            fields.text("feeder"),
            fields.text("reference"),
            fields.text("explanation"),
            tuple(_read_outage(each) for each in fields.objects("outages")),
            fields.text("stated_by"),
        )
        fields.done()
    except RemoteProtocolError as error:
        raise StorageError(f"a stored interruption cannot be read: {error}") from error
    return event


def published(event: Interruption, end_ns: int) -> dict[str, Plain]:
    """For people: its sums and stages instead of every load. end_ns: up to when energy is counted."""
    return {
        "id": event.id,
        "since_ns": event.since_ns,
        "until_ns": event.until_ns,
        "in_doubt": event.in_doubt,
        "doubt_s": sum(span.doubt_ns for outage in event.outages for span in outage.spans) / 1e9,
        "cause": event.cause.value,
        "feeder": event.feeder,
        "reference": event.reference,
        "explanation": event.explanation,
        "stated_by": event.stated_by,
        "customers": event.customers,
        "critical_customers": event.critical_customers,
        "power_w": event.power_w,
        "energy_not_supplied_wh": event.energy_not_supplied_wh(event.since_ns, max(end_ns, event.since_ns)),
        "loads": [outage.load for outage in event.outages],
        "stages": [
            {"at_ns": stage.at_ns, "loads": list(stage.loads), "customers": stage.customers, "power_w": stage.power_w}
            for stage in event.stages()
        ],
    }


def _outage(outage: LoadOutage) -> dict[str, Plain]:
    return {
        "load": outage.load,
        "customers": outage.customers,
        "critical_customers": outage.critical_customers,
        "power_w": outage.power_w,
        "spans": [
            {"since_ns": span.since_ns, "until_ns": span.until_ns, "doubt_ns": span.doubt_ns,
             "doubted_ns": span.doubted_ns}
            for span in outage.spans
        ],
    }  # fmt: skip


def _read_outage(fields: PlainFields) -> LoadOutage:
    outage = LoadOutage(
        fields.text("load"),
        fields.whole("customers"),
        fields.whole("critical_customers"),
        fields.number("power_w"),
        tuple(_read_span(each) for each in fields.objects("spans")),
    )
    fields.done()
    return outage


def _read_span(fields: PlainFields) -> Span:
    since_ns, doubt_ns = fields.whole("since_ns"), fields.whole("doubt_ns")
    until_ns, doubted_ns = fields.whole_or_none("until_ns"), fields.whole_or_none("doubted_ns")
    fields.done()
    return Span(since_ns, until_ns, doubt_ns, doubted_ns)
