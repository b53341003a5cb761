"""DERPF (GR1): each generator and what it offers, sums by feeder and transformer, and the limits that they exceed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from PyQt6.QtWidgets import QTabWidget

from hmi.applications.figures import UNKNOWN, kilovars, kilowatts, per_unit
from hmi.applications.page import Brief, Page, titled
from hmi.applications.sorted_table import Cell, Line
from hmi.applications.told import Told
from hmi.widgets.columns import Column

PLANTS = (
    Column("Generator", 20),
    Column("Output", 11),
    Column("Can give more", 13),
    Column("less", 11),
    Column("± reactive", 11),
    Column("", 0),
)
SUMS = (
    Column("Behind", 18),
    Column("Plants", 7),
    Column("Rated", 11),
    Column("Output", 11),
    Column("Not known", 11),
    Column("More", 11),
    Column("Less", 11),
    Column("± reactive", 0),
)
ALL = "all"


class DerPage(Page):
    name, title = "Generators", "Power flows of distributed generation (DERPF): output, what is on offer, violations"
    turn, variables = "derpf", ("DERPF",)
    switched_on = 'Write [der] mode = "advisory" in unit.toml.'
    known: ClassVar[Mapping[str, frozenset[str]]] = {"DERPF": frozenset(("totals", "generators", "reasons", "effects"))}

    def build(self) -> None:
        self.parts, self.text = QTabWidget(self), self.explanation()
        self.plants, plants = self.table(PLANTS)
        self.sums, sums = self.table(SUMS)
        self.parts.addTab(plants, "By generator")
        self.parts.addTab(sums, "By feeder and transformer")
        self.rows.addWidget(self.parts, 3)
        self.rows.addWidget(self.text, 1)

    def found(self) -> Brief:
        told = self.told()
        every, effects = told.named("totals").get(ALL, Told()), told.part("effects")
        count = len(told.parts("generators"))
        if not count:
            return Brief("network.json has no generators", "muted")
        words = f"{kilowatts(every.number('power_w'))} from {count} plants"
        unknown_w = every.number("unknown_w") or 0.0
        words += f"; {kilowatts(unknown_w)} of rating NOT KNOWN" if unknown_w else ""
        wrong = len(effects.texts("caused")) + len(effects.texts("reverse"))
        if wrong:
            return Brief(f"{words}; {wrong} LIMIT{'S' * (wrong > 1)} EXCEEDED", "alarm")
        return Brief(words, "title" if unknown_w else "")

    def why(self) -> Sequence[str]:
        """What generation exceeds stands above everything."""
        effects = self.told().part("effects")
        caused = [f"exceeded because of generation: {each}" for each in effects.texts("caused")]
        return (*caused, *effects.texts("reverse"), *self.told().texts("reasons"))

    def render_told(self) -> None:
        told = self.told()
        plants = sorted(told.parts("generators"), key=lambda each: not each.text("why"))
        self.plants.replace([_plant(each) for each in plants])
        self.sums.replace([_sum(place, each) for place, each in _ordered(told.named("totals"))])
        self.text.say(_effects(told.part("effects")))


def _ordered(totals: dict[str, Told]) -> list[tuple[str, Told]]:
    """The whole unit first."""
    return sorted(totals.items(), key=lambda each: (each[0] != ALL, each[0]))


def _plant(told: Told) -> Line:
    power_w, up_w, down_w, var = (told.number(key) for key in ("power_w", "up_w", "down_w", "var"))
    why = told.text("why")
    nothing = "muted" if why else ""
    if told.flag("outlier"):
        why = "; ".join(filter(None, (why, "last reading is an outlier and is not counted")))
    cells = (
        Cell(told.text("generator")),
        Cell("NOT KNOWN", -1.0, "alarm_text") if power_w is None else Cell(kilowatts(power_w), power_w),
        Cell(kilowatts(up_w), up_w, nothing),
        Cell(kilowatts(down_w), down_w, nothing),
        Cell(kilovars(var), var, nothing),
        Cell(why),
    )
    return Line(told.text("generator"), cells)


def _sum(place: str, told: Told) -> Line:
    count, unknown_w = told.whole("count") or 0, told.number("unknown_w") or 0.0
    keys = ("rated_w", "power_w", "up_w", "down_w")
    rated, power, up, down = (Cell(kilowatts(told.number(key)), told.number(key)) for key in keys)
    unknown = Cell(kilowatts(unknown_w), unknown_w, "alarm_text") if unknown_w else Cell(UNKNOWN, 0.0)
    var = Cell(f"± {kilovars(told.number('var'))}", told.number("var"))
    name = "all of the unit" if place == ALL else place
    return Line(place, (Cell(name), Cell(str(count), count), rated, power, unknown, up, down, var), place == ALL)


def _effects(effects: Told) -> str:
    rise = effects.number("rise_pu")
    highest = f"greatest rise of a voltage: {per_unit(rise, signed=True)} at {effects.text('highest')}"
    back = effects.part("back_w")
    flows = [f"{kilowatts(back.number(name))} towards the higher voltage through {name}" for name in back.rest(())]
    facts = [highest] if rise is not None else []
    facts += [effects.text("why")] if effects.text("why") else []
    lines = [*facts, *flows] or ["not calculated"]
    return titled("Effect on the grid, against the same state without generation", lines) + titled(
        "Kept because of generation", effects.texts("relieved")
    )
