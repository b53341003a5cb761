"""What can be placed on an element, and what has to be stated for each (`Placement.Place`, docs/data-interface.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hmi.people import BY_HAND, PlacementNote
from hmi.places import CUT, across, cuts_at, line_of, places_at
from hmi.site_model import SiteModel
from hmi.widgets.form import Asked, Choice, Number, Said, Text
from models.network.elements import Line, Switch, SwitchKind
from models.wire.cbor import WireValue

PERMIT = "work permit"
EARTH, JUMPER, GENERATOR = "earth", "jumper", "mobile generator"
AT, POWER = "at", "rated_power_kw"
MOST_KW = 50_000.0
REFERENCE = Text("Reference")
SEEN = Text("Who has seen it, and how", required=True)


@dataclass(frozen=True)
class Wanted:
    """title: in the menu. element: where it is placed, unless `at` is asked. other: unless it is asked."""

    kind: str
    title: str
    element: str
    other: str = ""
    form: Mapping[str, Asked] = field(default_factory=lambda: {"reference": REFERENCE})

    def place(self, said: Said) -> str:
        """The location of the write."""
        return str(said.get(AT, self.element))

    def value(self, said: Said) -> WireValue:
        found: dict[str, WireValue] = {"kind": self.kind, "reference": said["reference"]}
        other = str(said.get("other", self.other))
        if other:
            found["other"] = other
        if POWER in said:
            found["rated_power_w"] = float(said[POWER]) * 1e3
        return found


def permit_form() -> dict[str, Asked]:
    return {
        "reference": Text("Number of the work permit", required=True),
        "permit_holder": Text("Holder of the work permit", required=True),
    }


def wanted_at(model: SiteModel, placements: Sequence[PlacementNote], element: str) -> list[Wanted]:
    """A switch is bypassed, or its position told; a line is cut, and bridged there; nodes are earthed, fed, joined."""
    switch = model.switches.get(element)
    if switch is not None:
        return _on_switch(switch)
    places = places_at(model, placements, element)
    line = line_of(model, element)
    found = [_earth(element, places), _generator(element, places)] if places else []
    if line is not None:
        found.insert(1, _cut(line))
    if len(places) > 1:
        found.append(_jumper(element, places))
    return [*found, *(_bridge(cut) for cut in cuts_at(model, placements, element))]


def _on_switch(switch: Switch) -> list[Wanted]:
    positions = [Wanted(kind, kind, switch.id, form={"reference": SEEN}) for kind in BY_HAND]
    bypass = [Wanted(JUMPER, "jumper past the switch", switch.id)]
    return positions + bypass * (switch.kind is not SwitchKind.EARTHING_SWITCH)


def _earth(element: str, places: Sequence[str]) -> Wanted:
    return Wanted(EARTH, EARTH, element, form={AT: _choice("At", places), "reference": REFERENCE})


def _generator(element: str, places: Sequence[str]) -> Wanted:
    power = Number("Rated power, kW", 100.0, 1.0, MOST_KW)
    return Wanted(GENERATOR, GENERATOR, element, form={AT: _choice("At", places), POWER: power, "reference": REFERENCE})


def _cut(line: Line) -> Wanted:
    ends = {"in the middle of the line": "", **{f"at {node}": node for node in (line.from_node, line.to_node)}}
    return Wanted(CUT, CUT, line.id, form={"other": Choice("Where", ends), "reference": REFERENCE})


def _jumper(element: str, places: Sequence[str]) -> Wanted:
    """From the first place to the last one, unless somebody says otherwise."""
    ends = {AT: _choice("From", places), "other": _choice("To", [*reversed(places)])}
    return Wanted(JUMPER, "jumper between two nodes", element, form={**ends, "reference": REFERENCE})


def _bridge(cut: PlacementNote) -> Wanted:
    start, end = across(cut)
    return Wanted(JUMPER, f"jumper across the cut placed/{cut.id}", start, end)


def _choice(label: str, places: Sequence[str]) -> Choice:
    return Choice(label, {each: each for each in places})
