"""Rows of voltage control: regulators, capacitor banks, and converters that deliver reactive power."""

from __future__ import annotations

from hmi.applications.figures import UNKNOWN, kilovars, kilovolts
from hmi.applications.sorted_table import Cell, Line
from hmi.applications.told import Told
from hmi.widgets.columns import Column
from hmi.words import moment_text

REGULATORS = (
    Column("Regulator", 10),
    Column("Reads", 11),
    Column("Kept within", 13),
    Column("Set-point", 9),
    Column("Proposed", 9),
    Column("Tap", 9),
    Column("Control", 9),
    Column("Steps/h", 8),
    Column("Why not", 0),
)
_OWN = {True: "automatic", False: "MANUAL", None: "NOT KNOWN"}
"""Of the device itself."""
BANKS = (
    Column("Capacitor bank", 18),
    Column("In service", 16),
    Column("Proposed", 9),
    Column("Control", 9),
    Column("Switchings/day", 14),
    Column("Why not", 0),
)
CONVERTERS = (
    Column("Converter", 18),
    Column("Asked for", 12),
    Column("At most", 12),
    Column("Proposed", 12),
    Column("Why not", 0),
)


def regulator_line(told: Told) -> Line:
    voltage_v, least_v, greatest_v = (told.number(key) for key in ("voltage_v", "least_v", "greatest_v"))
    outside = voltage_v is not None and not (least_v or 0.0) <= voltage_v <= (greatest_v or float("inf"))
    band = UNKNOWN if least_v is None or greatest_v is None else f"{least_v / 1e3:.1f} - {greatest_v / 1e3:.1f} kV"
    set_point_v, proposed_v = told.number("set_point_v"), told.number("proposed_v")
    low = voltage_v is not None and voltage_v < (least_v or 0.0)
    reading = f"{kilovolts(voltage_v)}{(' ▼' if low else ' ▲') * outside}"
    cells = (
        Cell(told.text("transformer")),
        Cell(reading, voltage_v, "alarm_text" if outside else "", "beyond what is kept" * outside),
        Cell(band, least_v),
        Cell(kilovolts(set_point_v), set_point_v),
        Cell("" if proposed_v is None else kilovolts(proposed_v), proposed_v),
        _tap(told),
        _mode(told),
        _counts(told),
        _why(told),
    )
    return Line(told.text("transformer"), cells, bool(told.text("locked")))


def _tap(told: Told) -> Cell:
    tap, least, greatest = (told.whole(key) for key in ("tap", "least_tap", "greatest_tap"))
    if tap is None:
        return Cell("NOT KNOWN", None, "alarm_text")
    at_end = tap in (least, greatest)
    return Cell(f"{tap} ({least} to {greatest})", tap, "alarm_text" if at_end else "", "at its end" * at_end)


def _mode(told: Told) -> Cell:
    """Of the regulator itself, not of voltage control."""
    blocked = told.flag("tap_blocked")
    words = _OWN[told.flag("automatic")] + (", parallel" if told.flag("parallel") else "")
    return Cell("BLOCKED" if blocked else words, tone="alarm_text" if blocked or told.flag("automatic") is None else "")


def _counts(told: Told) -> Cell:
    """Steps of the tap changer and set-points within an hour, of the most that are allowed."""
    steps, given = told.whole("steps") or 0, told.whole("set_points_given") or 0
    tip = f"{steps} tap steps of {told.whole('most_steps')}, {given} set-points of {told.whole('most_set_points')}"
    return Cell(f"{steps}", steps, tip=f"{tip} within an hour; more tap steps are hunting")


def _why(told: Told) -> Cell:
    if locked := told.text("locked"):
        since_ns = told.whole("locked_ns") or 0
        since = f", since {moment_text(since_ns)} UTC" if since_ns else ""
        return Cell(f"LOCKED: {locked}{since}", tone="alarm_low")
    if told.flag("followed") is False:
        return Cell(f"on its way to {kilovolts(told.number('sent_v'))}")
    return Cell(told.text("why"))


def bank_line(told: Told) -> Line:
    steps, most, step_var = told.whole("steps"), told.whole("most_steps"), told.number("step_var")
    size = f" of {most} x {kilovars(step_var)}" if most is not None and step_var is not None else ""
    proposed, switchings = told.number("proposed_steps"), told.whole("switchings") or 0
    control = "discharging" if told.flag("discharging") else _OWN[told.flag("automatic")]
    cells = (
        Cell(told.text("bank")),
        Cell("NOT KNOWN", -1.0, "alarm_text") if steps is None else Cell(f"{steps}{size}", steps),
        Cell("" if proposed is None else f"{proposed:g} steps", proposed),
        Cell(control),
        Cell(f"{switchings} of {told.whole('most_switchings')}", switchings),
        _why(told),
    )
    return Line(told.text("bank"), cells, bool(told.text("locked")))


def converter_line(told: Told) -> Line:
    """var, positive delivered."""
    given, most, proposed = (told.number(key) for key in ("given_var", "most_var", "proposed_var"))
    cells = (
        Cell(told.text("bay")),
        Cell(kilovars(given), given),
        Cell(f"± {kilovars(most)}", most),
        Cell("" if proposed is None else kilovars(proposed), proposed),
        _why(told),
    )
    return Line(told.text("bay"), cells)
