"""Voltage control (GR4): regulators, banks and converters, what holds them; mode and release by people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from PyQt6.QtWidgets import QSplitter, QTableView, QTabWidget

from hmi.applications.figures import kilowatts
from hmi.applications.page import Brief, Page, titled
from hmi.applications.told import Told
from hmi.applications.vvc_commands import VvcCommands
from hmi.applications.vvc_lines import BANKS, CONVERTERS, REGULATORS, bank_line, converter_line, regulator_line
from hmi.words import moment_text

REJECTED = "; rejected: "
_TONES = {"blocked": "title", "off": "muted"}


class VvcPage(Page):
    """What is locked stands first; it is released below, where the mode is set."""

    name, title = "Voltage", "Voltage and reactive power control (VVC): set-points of regulators"
    turn, variables = "vvc", ("VVC",)
    switched_on = "Set its mode below; unit.toml, [vvc] mode, holds for the first start alone."
    stays = True
    known: ClassVar[Mapping[str, frozenset[str]]] = {
        "VVC": frozenset(
            ("time_ns", "state", "explanation", "set_points", "saved_w", "proven", "why", "regulators")
            + ("banks", "converters")
        )
    }

    def build(self) -> None:
        self.regulators, self.view = self.table(REGULATORS)
        self.banks, self.bank_view = self.table(BANKS)
        self.converters, converters = self.table(CONVERTERS)
        self.text, self.commands = self.explanation(), VvcCommands(self.site, self)
        self.both, self.parts = QSplitter(self), QTabWidget(self)
        self.both.setOrientation(self.both.orientation().Vertical)
        for view, title in ((self.view, "Regulators"), (self.bank_view, "Capacitor banks"), (converters, "Converters")):
            self.parts.addTab(view, title)
        self.both.addWidget(self.parts)
        self.both.addWidget(self.text)
        self.rows.addWidget(self.both, 1)
        self.rows.addWidget(self.commands)
        for view in (self.view, self.bank_view):
            selection = view.selectionModel()
            if selection is not None:
                selection.currentChanged.connect(lambda now, _, view=view: self._chosen(view, now.row()))

    def found(self) -> Brief:
        told = self.told()
        state, locked = told.text("state"), self._locked()
        if locked:
            return Brief(f"{state}; {', '.join(locked[:3])} LOCKED", "alarm")
        saved_w, given = told.number("saved_w") or 0.0, told.parts("set_points")
        if given:
            verb = "given" if state == "automatic" else "proposed"
            return Brief(f"{state}: {len(given)} set-point{'s' * (len(given) > 1)} {verb}, saves {kilowatts(saved_w)}")
        return Brief(state, _TONES.get(state, ""))

    def why(self) -> Sequence[str]:
        told = [(name, each.text("locked"), each.text("why")) for name, each in self._equipment()]
        locked = [f"{name} is LOCKED until a person releases it: {why}" for name, why, _ in told if why]
        return [*locked, *(f"nothing is given to {name}: {why}" for name, lock, why in told if why and not lock)]

    def render_told(self) -> None:
        told = self.told()
        self.both.setVisible(bool(told))
        listed = (
            (self.regulators, [regulator_line(each) for each in told.parts("regulators")]),
            (self.banks, [bank_line(each) for each in told.parts("banks")]),
            (self.converters, [converter_line(each) for each in told.parts("converters")]),
        )
        for place, (model, rows) in enumerate(listed):
            model.replace(rows)
            self.parts.setTabVisible(place, bool(rows) or place == 0)
        lines = told.texts("explanation")
        made_ns = told.whole("time_ns") or 0
        when = f"Schedule of {moment_text(made_ns)} UTC" if made_ns else "Schedule"
        proven = ", proven among the taps within reach" if told.flag("proven") else ""
        rejected = [line.replace(REJECTED, ": ") for line in lines if REJECTED in line]
        rest = [line for line in lines if REJECTED not in line]
        self.text.say(titled(f"{when}{proven}", rest) + titled("Rejected", rejected))
        self.commands.tell(told.text("state"), self.how, self._locked())

    def _equipment(self) -> list[tuple[str, Told]]:
        """All that has a lock or a reason of its own, by name."""
        told, keys = self.told(), {"regulators": "transformer", "banks": "bank", "converters": "bay"}
        return [(each.text(key), each) for kind, key in keys.items() for each in told.parts(kind)]

    def _locked(self) -> list[str]:
        return [name for name, each in self._equipment() if each.text("locked")]

    def _chosen(self, view: QTableView, row: int) -> None:
        lines = (self.regulators if view is self.view else self.banks).lines
        self.commands.choose(lines[row].key if 0 <= row < len(lines) else "")
