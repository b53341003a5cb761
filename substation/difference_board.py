"""What devices have otherwise than the SCL says: alarms, and what automation leaves alone because of it.

A difference is an alarm when it appears and an event when it is gone. One that touches points blocks automation on
their places (SAFETY S21) until the device says as the SCL again; people may command what the device still takes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from types import MappingProxyType

from models.alarm import Category, Severity
from models.difference import Difference
from models.point import PointSpec
from models.scl.findings import Severity as Grade
from substation.event_list import EventList
from substation.register import PointRegister

MOST_LINES = 20
"""Lines of one link at a time; `ringmain check --live` lists all."""
_SEVERITIES = {Grade.DANGER: Severity.HIGH, Grade.LOSS: Severity.MEDIUM}
_LIST = "`ringmain check UNIT.toml --live` lists them"

Blocked = Mapping[str, str]
"""The first difference in words, by location."""


class DifferenceBoard:
    """One per unit. changed: called after the blocked locations have changed; shown: told all that a link has."""

    def __init__(self, register: PointRegister, events: EventList) -> None:
        self._register, self._events = register, events
        self._known: dict[str, tuple[Difference, ...]] = {}
        self._blocked: dict[str, dict[str, str]] = {}
        self.blocked: Blocked = MappingProxyType({})
        self.changed: Callable[[], None] = lambda: None
        self.shown: Callable[[str, tuple[Difference, ...]], None] = lambda link, found: None

    def take(self, link: str, found: tuple[Difference, ...]) -> None:
        """All that the device of a link has otherwise, in place of what was known."""
        before, self._known[link] = self._known.get(link, ()), found
        if found == before:
            return
        self._tell(link, before, found)
        self._blocked[link] = self._places(link, found)
        blocked = {place: text for places in self._blocked.values() for place, text in places.items()}
        self.shown(link, found)
        if blocked != self.blocked:
            self.blocked = MappingProxyType(blocked)
            self.changed()

    def _tell(self, link: str, before: Collection[Difference], found: Collection[Difference]) -> None:
        old, new = {each.text for each in before}, {each.text for each in found}
        alarms = [each for each in found if each.text not in old and each.severity is not Grade.REMARK]
        for each in islice(alarms, MOST_LINES):
            where = f" ({each.where})" if each.where else ""
            self._events.tell(Category.LINK, _SEVERITIES[each.severity], link, f"{each.text}{where}; {each.remedy}")
        if len(alarms) > MOST_LINES:
            text = f"{len(alarms) - MOST_LINES} more differences between SCL and device; {_LIST}"
            self._events.tell(Category.LINK, Severity.MEDIUM, link, text)
        remarks = [each for each in found if each.text not in old and each.severity is Grade.REMARK]
        if remarks:
            text = f"the device has {len(remarks)} things otherwise or more than the SCL, which touch nothing; {_LIST}"
            self._events.tell(Category.LINK, Severity.INFORMATION, link, text)
        gone = [each for each in before if each.text not in new and each.severity is not Grade.REMARK]
        if gone:
            text = f"as in the SCL again: {gone[0].subject}" + (f" and {len(gone) - 1} more" if gone[1:] else "")
            self._events.tell(Category.LINK, Severity.INFORMATION, link, text)

    def _places(self, link: str, found: Iterable[Difference]) -> dict[str, str]:
        """Locations of touched points. In one go through points and differences: there may be thousands of both."""
        touching: dict[str, str] = {}
        for each in found:
            if each.blocks:
                for reference in each.touches:
                    touching.setdefault(reference, each.text)
        if not touching:
            return {}
        beneath = {above: text for reference, text in touching.items() for above in _upwards(reference)}
        places: dict[str, str] = {}
        for spec in self._specs(link):
            text = beneath.get(spec.reference) or next(filter(None, map(touching.get, _upwards(spec.reference))), "")
            if text:
                places.setdefault(spec.name.location, text)
        return places

    def _specs(self, link: str) -> Iterable[PointSpec]:
        return (spec for handle in self._register.of_link(link) if (spec := self._register.spec(handle)).reference)


def _upwards(reference: str) -> Iterable[str]:
    """`IED1LD0/CSWI1.Pos.stVal`, `IED1LD0/CSWI1.Pos`, `IED1LD0/CSWI1`, `IED1LD0`."""
    domain, _, path = reference.partition("/")
    while path:
        yield f"{domain}/{path}"
        path = path.rpartition(".")[0]
    yield domain
