"""The monthly report: the same figures for people, for spreadsheets, and for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from substation.application import Plain
from substation.reliability.document import published
from substation.reliability.indices import Indices, Period
from substation.reliability.interruption import Interruption
from substation.reliability.major_days import DAY_NS, MajorDays
from substation.reliability.month import Month, by_kind, plain_indices

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("interruptions", "interruptions", ",.0f"),
    ("customer interruptions, long", "customer_interruptions", ",.0f"),
    ("customer interruptions, short", "momentary_customer_interruptions", ",.0f"),
    ("customer minutes", "customer_minutes", ",.0f"),
    ("SAIFI (1)", "saifi", ".4f"),
    ("SAIDI (min)", "saidi_min", ".3f"),
    ("CAIDI (min)", "caidi_min", ".1f"),
    ("MAIFI (1)", "maifi", ".4f"),
    ("ASAI (%)", "asai", ".5%"),
    ("energy not supplied (kWh)", "energy_not_supplied_kwh", ",.1f"),
)
MOST_NAMED = 8
"""Loads of one stage; --json has them all."""
COLUMNS = (
    "id", "since", "until", "cause", "stated_by", "feeder", "reference", "customers", "critical_customers", "power_kw",
    "customer_minutes", "energy_not_supplied_kwh", "doubt_s", "stages", "explanation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """events: that touch the period, the oldest first. major: None where major event days were not asked for."""

    unit: str
    month: Month
    period: Period
    served: int
    short_s: float
    events: tuple[Interruption, ...]
    major: MajorDays | None = None

    @property
    def found(self) -> dict[str, Indices]:
        """AlgorithmError when nobody is served."""
        figures = by_kind(self.events, self.served, self.period, self.short_s)
        if self.major is not None and self.major.threshold_min is not None:
            rest = self.major.without(self.events)
            usual = by_kind(rest, self.served, self.period, self.short_s)
            figures["unplanned, without major event days"] = usual["unplanned"]
        return figures


def as_plain(report: Report) -> dict[str, Plain]:
    return {
        "unit": report.unit,
        "month": str(report.month),
        "start_ns": report.period.start_ns,
        "end_ns": report.period.end_ns,
        "served": report.served,
        "short_s": report.short_s,
        "indices": {kind: plain_indices(found) for kind, found in report.found.items()},
        "major_event_days": None if report.major is None else _plain_days(report.major),
        "interruptions": [published(event, report.period.end_ns) for event in report.events],
    }


def as_csv(report: Report) -> str:
    """One line per interruption; minutes and energy are those within the month."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(event, report.period) for event in report.events)
    return text.getvalue()


def as_lines(report: Report) -> Iterator[str]:
    end = _moment(report.period.end_ns)
    yield f"{report.unit}: interruptions of supply, {report.month} (UTC, up to {end}), {report.served:,} customers"
    yield f"Longer than {report.short_s:g} s counts for SAIFI, SAIDI and CAIDI, what is shorter for MAIFI."
    yield ""
    yield from _table({kind: plain_indices(found) for kind, found in report.found.items()})
    if report.major is not None:
        yield ""
        yield _major_line(report.major)
    for event in report.events:
        yield ""
        yield from _event_lines(event, report.period)


def _table(figures: Mapping[str, dict[str, Plain]]) -> Iterator[str]:
    width = max(len(title) for title, _, _ in _ROWS)
    columns = {kind: max(13, len(kind)) for kind in figures}
    yield " " * width + "".join(f"  {kind:>{columns[kind]}}" for kind in figures)
    for title, key, form in _ROWS:
        cells = (f"  {_formatted(found[key], form):>{columns[kind]}}" for kind, found in figures.items())
        yield f"{title:{width}}" + "".join(cells)


def _formatted(value: Plain, form: str) -> str:
    return format(value, form) if isinstance(value, int | float) else str(value)


def _event_lines(event: Interruption, period: Period) -> Iterator[str]:
    until = "lasts" if event.until_ns is None else f"to {_moment(event.until_ns)}"
    stated = f", stated by {event.stated_by}" if event.stated_by else ""
    doubt = ", in doubt" if event.in_doubt else ""
    yield f"{event.id}  {_moment(event.since_ns)} {until}{doubt}  {event.cause.value}{stated}"
    critical = f" ({event.critical_customers:,} critical)" if event.critical_customers else ""
    energy_kwh = event.energy_not_supplied_wh(period.start_ns, period.end_ns) / 1e3
    lost = f"{event.customers:,} customers{critical}, {event.power_w / 1e3:,.0f} kW"
    yield f"    {lost}, {energy_kwh:,.1f} kWh not supplied"
    yield f"    {event.explanation}"
    for stage in event.stages():
        after_s = (stage.at_ns - event.since_ns) / 1e9
        back = f"{stage.customers:,} customers, {stage.power_w / 1e3:,.0f} kW"
        yield f"    after {_lasting(after_s)}: {back} back ({_named(stage.loads)})"
    dark = [outage for outage in event.outages if outage.lasts]
    if dark:
        customers = sum(outage.customers for outage in dark)
        yield f"    still without supply: {customers:,} customers ({_named(sorted(each.load for each in dark))})"


def _named(loads: Sequence[str]) -> str:
    rest = f" and {len(loads) - MOST_NAMED} more" if len(loads) > MOST_NAMED else ""
    return f"{', '.join(loads[:MOST_NAMED])}{rest}"


def _lasting(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def _major_line(major: MajorDays) -> str:
    if major.threshold_min is None:
        return f"Major event days: cannot be told, only {major.known} days with interruptions are known before."
    days = ", ".join(f"{_day(day)} ({saidi:.3f} min)" for day, saidi in sorted(major.days.items())) or "none"
    return f"Major event days (SAIDI beyond {major.threshold_min:.3f} min a day): {days}"


def _plain_days(major: MajorDays) -> dict[str, Plain]:
    days: dict[str, Plain] = {_day(day): saidi for day, saidi in sorted(major.days.items())}
    return {"threshold_saidi_min": major.threshold_min, "days_known": major.known, "days_saidi_min": days}


def _cells(event: Interruption, period: Period) -> Iterable[object]:
    minutes = sum(each.customers * each.seconds(period.start_ns, period.end_ns) for each in event.outages) / 60.0
    doubt_s = sum(span.doubt_ns for outage in event.outages for span in outage.spans) / 1e9
    stages = "; ".join(f"{_moment(each.at_ns)} {each.customers}" for each in event.stages())
    return (
        event.id, _moment(event.since_ns), "" if event.until_ns is None else _moment(event.until_ns), event.cause.value,
        event.stated_by, event.feeder, event.reference, event.customers, event.critical_customers,
        round(event.power_w / 1e3, 3), round(minutes, 3),
        round(event.energy_not_supplied_wh(period.start_ns, period.end_ns) / 1e3, 3), round(doubt_s, 3), stages,
        event.explanation,
    )  # fmt: skip


def _moment(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _day(day: int) -> str:
    return datetime.fromtimestamp(day * (DAY_NS // 10**9), UTC).strftime("%Y-%m-%d")
