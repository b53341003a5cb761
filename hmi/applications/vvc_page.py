"""Voltage control (GR4): each regulator with set-point, band, reading and what holds it; mode and release by people."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtWidgets import QSplitter

from hmi.applications.figures import UNKNOWN, kilovolts, kilowatts
from hmi.applications.page import Brief, Page, titled
from hmi.applications.sorted_table import Cell, Line
from hmi.applications.told import Told
from hmi.applications.vvc_commands import VvcCommands
from hmi.widgets.columns import Column
from hmi.words import moment_text

REGULATORS = (
    Column("Regulator", 10),
    Column("Reads", 8),
    Column("Kept within", 13),
    Column("Set-point", 9),
    Column("Proposed", 9),
    Column("Tap", 9),
    Column("Control", 9),
    Column("Steps/h", 8),
    Column("Why not", 0),
)
REJECTED = "; rejected: "
_TONES = {"blocked": "title", "off": "muted"}


class VvcPage(Page):
    """What is locked stands first; it is released below, where the mode is set."""

    name, title = "Voltage", "Voltage and reactive power control (VVC): set-points of regulators"
    turn, variables = "vvc", ("VVC",)
    switched_on = "Set its mode below; unit.toml, [vvc] mode, holds for the first start alone."
    stays = True
    known = {  # noqa: RUF012 - never changed
        "VVC": frozenset(("time_ns", "state", "explanation", "set_points", "saved_w", "proven", "why", "regulators"))
    }

    def build(self) -> None:
        self.regulators, self.view = self.table(REGULATORS)
        self.text, self.commands = self.explanation(), VvcCommands(self.site, self)
        self.both = QSplitter(self)
        self.both.setOrientation(self.both.orientation().Vertical)
        self.both.addWidget(self.view)
        self.both.addWidget(self.text)
        self.rows.addWidget(self.both, 1)
        self.rows.addWidget(self.commands)
        selection = self.view.selectionModel()
        if selection is not None:
            selection.currentChanged.connect(lambda *_: self._chosen())

    def found(self) -> Brief:
        told = self.told()
        state, locked = told.text("state"), self._locked()
        if locked:
            return Brief(f"{state}; {len(locked)} REGULATOR{'S' * (len(locked) > 1)} LOCKED", "alarm")
        saved_w, given = told.number("saved_w") or 0.0, told.parts("set_points")
        if given:
            verb = "given" if state == "automatic" else "proposed"
            return Brief(f"{state}: {len(given)} set-point{'s' * (len(given) > 1)} {verb}, saves {kilowatts(saved_w)}")
        return Brief(state, _TONES.get(state, ""))

    def why(self) -> Sequence[str]:
        told = [(each.text("transformer"), each.text("locked"), each.text("why")) for each in self._regulators()]
        locked = [f"{name} is LOCKED until a person releases it: {why}" for name, why, _ in told if why]
        return [*locked, *(f"nothing is given to {name}: {why}" for name, lock, why in told if why and not lock)]

    def render_told(self) -> None:
        told = self.told()
        self.both.setVisible(bool(told))
        self.regulators.replace([_regulator(each) for each in self._regulators()])
        lines = told.texts("explanation")
        made_ns = told.whole("time_ns") or 0
        when = f"Schedule of {moment_text(made_ns)} UTC" if made_ns else "Schedule"
        proven = ", proven among the taps within reach" if told.flag("proven") else ""
        rejected = [line.replace(REJECTED, ": ") for line in lines if REJECTED in line]
        rest = [line for line in lines if REJECTED not in line]
        self.text.say(titled(f"{when}{proven}", rest) + titled("Rejected", rejected))
        self.commands.tell(told.text("state"), self.how, [each.text("transformer") for each in self._locked()])
        self._chosen()

    def _regulators(self) -> list[Told]:
        return self.told().parts("regulators")

    def _locked(self) -> list[Told]:
        return [each for each in self._regulators() if each.text("locked")]

    def _chosen(self) -> None:
        row, lines = self.view.currentIndex().row(), self.regulators.lines
        self.commands.choose(lines[row].key if 0 <= row < len(lines) else "")


def _regulator(told: Told) -> Line:
    voltage_v, least_v, greatest_v = (told.number(key) for key in ("voltage_v", "least_v", "greatest_v"))
    outside = voltage_v is not None and not (least_v or 0.0) <= voltage_v <= (greatest_v or float("inf"))
    band = UNKNOWN if least_v is None or greatest_v is None else f"{least_v / 1e3:.1f} - {greatest_v / 1e3:.1f} kV"
    set_point_v, proposed_v = told.number("set_point_v"), told.number("proposed_v")
    reading = f"{kilovolts(voltage_v)}{' ▲▼' * outside}"
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
    blocked, own = told.flag("tap_blocked"), {True: "automatic", False: "MANUAL", None: "NOT KNOWN"}
    words = own[told.flag("automatic")] + (", parallel" if told.flag("parallel") else "")
    return Cell("BLOCKED" if blocked else words, tone="alarm_text" if blocked or told.flag("automatic") is None else "")


def _counts(told: Told) -> Cell:
    """Steps of the tap changer and set-points within an hour, of the most that are allowed."""
    steps, given = told.whole("steps") or 0, told.whole("set_points_given") or 0
    tip = f"{steps} tap steps of {told.whole('most_steps')}, {given} set-points of {told.whole('most_set_points')}"
    return Cell(f"{steps}", steps, tip=f"{tip} within an hour; more tap steps are hunting")


def _why(told: Told) -> Cell:
    if locked := told.text("locked"):
        since_ns = told.whole("locked_ns") or 0
        since = f" since {moment_text(since_ns)} UTC" if since_ns else ""
        return Cell(f"LOCKED{since}: {locked}", tone="alarm_low")
    if told.flag("followed") is False:
        return Cell(f"on its way to {kilovolts(told.number('sent_v'))}")
    return Cell(told.text("why"))
