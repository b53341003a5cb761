"""The members as they are: every change is kept, shown as `Members`, told as an event, and moves the routes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from models.alarm import Category, Severity
from models.driver import Clock
from models.wire.cbor import outgoing
from substation.event_list import EventList
from substation.members.member import Happening, Member, State
from substation.members.routes import Routes
from substation.variables.publication import Publication

VARIABLE = "Members"
MAX_COMPLAINTS = 1000
NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class _Line:
    category: Category
    severity: Severity
    words: str


LINES = {
    Happening.JOIN: _Line(Category.LINK, Severity.INFORMATION, "has joined"),
    Happening.HEARD: _Line(Category.LINK, Severity.INFORMATION, "is heard again"),
    Happening.SILENCE: _Line(Category.LINK, Severity.MEDIUM, "is silent"),
    Happening.LEAVE: _Line(Category.LINK, Severity.INFORMATION, "has left"),
    Happening.REFUSAL: _Line(Category.SECURITY, Severity.HIGH, "may not join"),
    Happening.EXPULSION: _Line(Category.SECURITY, Severity.HIGH, "is a member no longer"),
}


class MemberRegister:
    """One per unit; calls belong to the loop's thread. unit: its name."""

    def __init__(self, unit: str, publication: Publication, events: EventList, clock: Clock) -> None:
        self._unit, self._publication, self._events, self._clock = unit, publication, events, clock
        self._members: dict[str, Member] = {}
        self._routes = Routes(unit)
        self._served: frozenset[str] = frozenset()
        self._contested: set[tuple[str, str]] = set()
        self._complaints: dict[str, str] = {}
        self._watchers: list[Callable[[], None]] = []
        self.unkept: set[str] = set()
        """Names whose present state is not on disk yet."""

    def load(self, members: Iterable[Member]) -> None:
        """What was on disk, and configured children that were never heard of."""
        for member in members:
            self._members[member.name] = member
            self._show(member)
        self._follow()

    def get(self, name: str) -> Member | None:
        return self._members.get(name)

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(self._members.values())

    def descendants(self, name: str) -> set[str]:
        """Units below a child; below the whole unit when that is named. Empty for anybody else."""
        return set(self._routes.known) if name == self._unit else self._routes.behind(name)

    def route_to(self, unit: str) -> str | None:
        """The child through which a unit below is reached; None when no member leads there."""
        return self._routes.to(unit)

    @property
    def above(self) -> frozenset[str]:
        """Units above this one, as far as they are known."""
        return self._routes.above

    def set_above(self, units: frozenset[str]) -> None:
        """No member leads to these, whatever it says."""
        if units != self._routes.above:
            self._routes.above = units
            self._follow()

    @property
    def served(self) -> frozenset[str]:
        """All units below: what this unit tells its own parent."""
        return self._served

    def watch(self, changed: Callable[[], None]) -> None:
        """`changed` is called when `served` is another one."""
        self._watchers.append(changed)

    def happen(
        self, name: str, happening: Happening, reason: str = "", facts: Mapping[str, object] = NOTHING
    ) -> Member:
        """Take a happening; facts: fields of Member that change along with it. Tells only what is new."""
        old = self._members.get(name) or Member(name)
        new = replace(old.after(happening, self._clock(), reason), **facts)  # type: ignore[arg-type]  # fields of Member
        self._members[name] = new
        if new.state is not old.state:
            self._complaints.pop(name, None)
        if (new.state, new.reason) != (old.state, old.reason):
            self._tell(old, new, happening)
        if replace(new, last_seen_ns=0) != replace(old, last_seen_ns=0):
            self.unkept.add(name)
            self._show(new)
        if (new.belongs, new.serves) != (old.belongs, old.serves):
            self._follow()
        return new

    def show_again(self, name: str) -> None:
        """Publish when it was last seen."""
        self._show(self._members[name])
        self.unkept.add(name)

    def complain(self, name: str, why: str) -> None:
        """A refusal that changes no member's state; told once, and again when the state has changed meanwhile."""
        if self._complaints.get(name) == why:
            return
        if len(self._complaints) >= MAX_COMPLAINTS:
            self._complaints.clear()
        self._complaints[name] = why
        self._events.tell(Category.SECURITY, Severity.HIGH, self._unit, f"member {name} refused: {why}")

    def device(self, member: Member) -> None:
        """A device of the field: shown as a member; its link tells its own events."""
        self._publication.publish_if_new(VARIABLE, outgoing(member.shown(), VARIABLE), key=f"device {member.name}")

    def _show(self, member: Member) -> None:
        self._publication.publish_if_new(VARIABLE, outgoing(member.shown(), VARIABLE), key=member.name)

    def _tell(self, old: Member, new: Member, happening: Happening) -> None:
        if happening is Happening.JOIN and old.state is State.JOINED:
            return  # asked again
        line = LINES[happening]
        who = f"{new.name} ({new.level})" if new.level else new.name
        end = f": {new.reason}" if new.reason else ""
        self._events.tell(line.category, line.severity, self._unit, f"member {who} {line.words}{end}")

    def _follow(self) -> None:
        contested = set(self._routes.follow(self._members.values()))
        for unit, child in sorted(contested - self._contested):
            way = f"reached through {self.route_to(unit) or self._unit}"
            text = f"member {child} claims to serve {unit}, which is {'above' if unit in self.above else way}"
            self._events.tell(Category.SECURITY, Severity.MEDIUM, self._unit, text)
        self._contested = contested
        if self._routes.known != self._served:
            self._served = self._routes.known
            for changed in tuple(self._watchers):
                changed()
