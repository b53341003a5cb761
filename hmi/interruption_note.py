"""Interruptions of supply and the indices of months, as the unit tells them (`Interruptions`, `Reliability`)."""

from __future__ import annotations

from dataclasses import dataclass

from models.plain import PlainFields

INTERRUPTIONS, RELIABILITY, STATE = "Interruptions", "Reliability", "Interruption.State"
CAUSES = ("fault", "planned work", "operation", "upstream", "unknown")
"""What a person may state."""


@dataclass(frozen=True, slots=True)
class InterruptionNote:
    """until_ns: None while it lasts. stages: when (ns UTC) how many customers came back, the first first."""

    id: str
    since_ns: int
    until_ns: int | None
    in_doubt: bool
    cause: str
    feeder: str
    explanation: str
    stated_by: str
    customers: int
    critical_customers: int
    power_w: float
    energy_wh: float
    stages: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class MonthNote:
    """Of unplanned interruptions; all: SAIDI with planned ones."""

    month: str
    saidi_min: float
    saifi: float
    energy_kwh: float
    saidi_all_min: float

    def __str__(self) -> str:
        unplanned = f"SAIDI {self.saidi_min:.2f} min, SAIFI {self.saifi:.4f}, {self.energy_kwh:,.0f} kWh"
        return f"{self.month}: unplanned {unplanned}; with planned work SAIDI {self.saidi_all_min:.2f} min"


def interruptions_from(value: object) -> list[InterruptionNote]:
    """The newest first."""
    return [_interruption(each) for each in PlainFields(value, INTERRUPTIONS).objects("interruptions")]


def months_from(value: object) -> list[MonthNote]:
    """The present month first."""
    return [_month(each) for each in PlainFields(value, RELIABILITY).objects("months")]


def _interruption(fields: PlainFields) -> InterruptionNote:
    return InterruptionNote(
        fields.text("id"),
        fields.whole("since_ns"),
        fields.whole_or_none("until_ns"),
        fields.take("in_doubt") is True,
        fields.text("cause"),
        fields.text("feeder"),
        fields.text("explanation"),
        fields.text("stated_by"),
        fields.whole("customers"),
        fields.whole("critical_customers"),
        fields.number("power_w"),
        fields.number("energy_not_supplied_wh"),
        tuple((each.whole("at_ns"), each.whole("customers")) for each in fields.objects("stages")),
    )


def _month(fields: PlainFields) -> MonthNote:
    unplanned = PlainFields(fields.take("unplanned"), f"{RELIABILITY}.unplanned")
    every = PlainFields(fields.take("all"), f"{RELIABILITY}.all")
    return MonthNote(
        fields.text("month"),
        unplanned.number("saidi_min"),
        unplanned.number("saifi"),
        unplanned.number("energy_not_supplied_kwh"),
        every.number("saidi_min"),
    )
