"""Who may command at all (SAFETY S18, S19, S21, S22)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from substation.control.situation import Context, Situation
from substation.image import Missing

LOCAL_SWITCHES = ("LLN0.Loc", "CSWI1.Loc", "XCBR1.Loc", "XSWI1.Loc")
"""Points that say 'local control', at the device, the bay or the station."""


class Standing(Protocol):
    """Where a command stands, whatever it commands: what rules of authority ask."""

    @property
    def element(self) -> str: ...

    @property
    def context(self) -> Context: ...

    def exists(self, location: str, variable: str) -> bool: ...

    def flag(self, location: str, variable: str) -> bool | Missing: ...


def open_intents(situation: Standing) -> str:
    """S22: after a crash read, stay blocked, ask."""
    found = situation.context.open_intents
    if not found:
        return ""
    return f"the outcome of {found[0]} was never seen; read the positions, then release the blocked commands"


def unresolved_outcome(situation: Standing) -> str:
    """S21: a command whose outcome is unknown is never repeated."""
    found = situation.context.unresolved
    if not found:
        return ""
    return f"{found} had no confirmed outcome and is not repeated; an operator reads the position and releases it"


def leased_to_another(situation: Situation) -> str:
    """S19: a running sequence holds what it touches."""
    leases, own = situation.context.leases, situation.request.order
    for resource in _resources(situation):
        holder = leases.get(resource, own)
        if holder != own:
            return f"{resource} is held by the running order {holder}; abort it to take over"
    return ""


def _resources(situation: Situation) -> Iterator[str]:
    yield situation.element
    if not situation.context.leases:
        return
    feeders = sorted(situation.feeders)
    yield from feeders
    if situation.energised:
        yield from sorted(feeder.transformer for feeder in situation.grid.network.feeders if feeder.id in feeders)


def local_control(situation: Standing) -> str:
    """S18: local control at the device, its bay or its station excludes every remote source."""
    return local_at(situation, situation.element, LOCAL_SWITCHES)


def local_at(situation: Standing, path: str, switches: tuple[str, ...]) -> str:
    """S18 for a place and everything above it."""
    while path:
        for variable in switches:
            if situation.exists(path, variable):
                local = situation.flag(path, variable)
                if isinstance(local, Missing):
                    return f"who has control at {path} is not known: {local.reason}"
                if local:
                    return f"{path} is switched to local control ({variable})"
        path = path.rpartition("/")[0]
    return ""
