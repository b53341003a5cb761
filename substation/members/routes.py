"""Through which child each unit below is reached."""

from __future__ import annotations

from collections.abc import Container, Iterable

from substation.members.member import Member


class Routes:
    """Follows what the members say they serve. A unit that two of them claim stays with the first.

    A child leads neither to this unit, nor to those above it, nor to another child: whoever claims that would draw the
    requests for them to itself, and could answer them.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._through: dict[str, str] = {}
        self.above: frozenset[str] = frozenset()
        """Units above this one, as far as they are known."""

    def to(self, unit: str) -> str | None:
        """The child that leads to a unit below, or is it; None when no member does."""
        return self._through.get(unit)

    def behind(self, child: str) -> set[str]:
        """Units that are reached through a child, without itself."""
        return {name for name, through in self._through.items() if through == child and name != child}

    @property
    def known(self) -> frozenset[str]:
        """All units below."""
        return frozenset(self._through)

    def follow(self, members: Iterable[Member]) -> list[tuple[str, str]]:
        """Take up the members as they are now; (unit, child) of each claim that is not granted."""
        children = {member.name: member for member in members}
        present = [member for member in children.values() if member.belongs]
        claims = {member.name: frozenset(member.serves) for member in present}
        through = {name: name for name in claims}
        for unit, child in self._through.items():
            if unit in claims.get(child, ()) and not self._is_no_ones(unit, children):
                through.setdefault(unit, child)
        contested = []
        for child, units in claims.items():
            for unit in sorted(units):
                if self._is_no_ones(unit, children) or through.setdefault(unit, child) != child:
                    contested.append((unit, child))
        self._through = through
        return contested

    def _is_no_ones(self, unit: str, children: Container[str]) -> bool:
        return unit == self._unit or unit in self.above or unit in children
