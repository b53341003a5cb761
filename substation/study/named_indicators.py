"""Indicators as a user names them: 'BRANCH@BUS', or the branch alone where it has one indicator only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.errors import ConfigError
from models.network.planning import PlanningGrid
from models.network.supplement.model import PlacedIndicator
from substation.grid.location.evidence import Shown


@dataclass(frozen=True, slots=True)
class NamedIndicators:
    """indicators: that answer to the fault in question. short: the user names branches, so the answer does too."""

    grid: PlanningGrid
    indicators: tuple[PlacedIndicator, ...]
    short: bool

    def name(self, indicator: PlacedIndicator) -> str:
        alone = sum(each.branch == indicator.branch for each in self.indicators) == 1
        return self.grid.branches[indicator.branch].id if self.short and alone else indicator.id

    def shown(self, told: Mapping[Shown, Iterable[str]]) -> Mapping[str, Shown]:
        """By indicator id what it shows; who is not named shows nothing. ConfigError for a name that is unknown, or
        told twice."""
        found: dict[str, Shown] = {}
        for shown, names in told.items():
            for name in names:
                indicator = self.find(name).id
                if found.setdefault(indicator, shown) is not shown:
                    raise ConfigError("locate", None, f"indicator '{name}' is told twice", "name it in one list only")
        return {each.id: found.get(each.id, Shown.SILENT) for each in self.indicators}

    def find(self, name: str) -> PlacedIndicator:
        """ConfigError for a name that is unknown, or that of a branch with several."""
        named = [each for each in self.indicators if each.id == name]
        of_branch = [each for each in self.indicators if self.grid.branches[each.branch].id == name]
        if named or len(of_branch) == 1:
            return (named or of_branch)[0]
        if of_branch:
            choice = " or ".join(each.id for each in of_branch)
            raise ConfigError("locate", None, f"branch '{name}' has several indicators", f"write {choice}")
        raise ConfigError(
            "locate", None, f"there is no indicator '{name}'", "name a branch with one, or BRANCH@BUS where it stands"
        )


def listed(text: str | None) -> list[str]:
    """Names between commas."""
    return [each.strip() for each in (text or "").split(",") if each.strip()]
