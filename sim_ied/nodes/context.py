"""What the behaviour of a logical node has of its device and of the process."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import TYPE_CHECKING

from models.command import AddCause
from models.scl.elements import LogicalNodeKey
from sim_ied.agenda import Action, after_ns
from sim_ied.nodes.change import Completion
from sim_ied.nodes.mode import ON, Mode
from sim_ied.nodes.primary import Primary
from sim_ied.nodes.signals import Signals
from sim_ied.nodes.spot import Spot

if TYPE_CHECKING:
    from sim_ied.nodes.behaviour import Behaviour
    from sim_ied.records.device_record import DeviceRecord


class Occasion(Enum):
    """What functions of one device tell each other."""

    STARTED = "a protection function has picked up"
    OPERATED = "a protection function has operated"
    RESET = "a protection function has reset"
    TRIPPED = "a trip has gone out to breakers"


Listener = Callable[["Behaviour", int], None]
"""Called with the node that tells it and the instant (ns UTC)."""


@dataclass(slots=True)
class Interior:
    """What the nodes of a device share. nodes: their behaviours in the file's order; records: finished ones."""

    name: str
    primary: Primary
    completions: list[Completion] = field(default_factory=list)
    nodes: dict[LogicalNodeKey, Behaviour] = field(default_factory=dict)
    listeners: dict[Occasion, list[Listener]] = field(default_factory=lambda: defaultdict(list))
    records: deque[DeviceRecord] = field(default_factory=deque)


class Context:
    """Of one node. spot: where it works; mode: its Beh; random: its own sequence, from the seed and its name."""

    def __init__(self, signals: Signals, device: Interior) -> None:
        self.signals, self.device, self.primary = signals, device, device.primary
        self.key = signals.node.key
        self.domain = signals.node.domain
        self.mode: Mode = ON
        self.random = Random(f"{device.primary.seed} {self.key}")
        self._spot: Spot | None = None

    @property
    def spot(self) -> Spot:
        if self._spot is None:
            self._spot = self.primary.spot(self.key)
        return self._spot

    @property
    def location(self) -> str | None:
        return self.primary.location(self.key)

    @property
    def own_location(self) -> str | None:
        """Where the file itself says that the node works."""
        return self.location if self.primary.is_placed(self.key) else None

    def later(self, what: Hashable, seconds: float, now_ns: int, action: Action) -> None:
        """Do it then; replaces what this node had planned under that name."""
        self.primary.agenda.set((str(self.key), what), after_ns(now_ns, seconds), action)

    def forget(self, what: Hashable) -> None:
        self.primary.agenda.cancel((str(self.key), what))

    def planned(self, what: Hashable) -> bool:
        return (str(self.key), what) in self.primary.agenda

    def end(self, path: str, now_ns: int, cause: AddCause | None = None) -> None:
        """An accepted control of this node's data object has ended; cause: why it failed, None for success."""
        reference = f"{self.domain}/{self.key.name}.{path}"
        self.device.completions.append(Completion(reference, cause is None, cause or AddCause.NONE, now_ns))

    def tell(self, occasion: Occasion, teller: Behaviour, now_ns: int) -> None:
        """Everybody in the device whose mode lets it hear this node."""
        for listener in tuple(self.device.listeners[occasion]):
            listener(teller, now_ns)

    def listen(self, occasion: Occasion, listener: Listener) -> None:
        """Be told, except by nodes that are under test while this one is not."""

        def heard(teller: Behaviour, now_ns: int) -> None:
            if self.mode.hears(teller.context.mode):
                listener(teller, now_ns)

        self.device.listeners[occasion].append(heard)

    def related(self, *classes: str) -> list[Behaviour]:
        """Nodes of these classes of the device that belong to this one, the nearest kin only.

        Nearest first: placed at the same place, same prefix and instance in the logical device, same instance there,
        the logical device, the same in the IED, the IED.
        """
        candidates = [each for each in self.device.nodes.values() if each.key.ln_class in classes]
        for kin in _KINSHIP:
            found = [each for each in candidates if kin(self, each.context)]
            if found:
                return found
        return []

    def around(self, *classes: str) -> list[Behaviour]:
        """All nodes of these classes in the logical device, else all in the IED."""
        candidates = [each for each in self.device.nodes.values() if each.key.ln_class in classes]
        return [each for each in candidates if each.key.device == self.key.device] or candidates


def _same_place(one: Context, other: Context) -> bool:
    return one.own_location is not None and one.own_location == other.own_location


def _same_device(one: Context, other: Context) -> bool:
    return one.key.device == other.key.device


def _same_number(one: Context, other: Context) -> bool:
    return one.key.instance == other.key.instance


def _same_name(one: Context, other: Context) -> bool:
    return _same_number(one, other) and one.key.prefix == other.key.prefix


_KINSHIP: Sequence[Callable[[Context, Context], bool]] = (
    _same_place,
    lambda one, other: _same_device(one, other) and _same_name(one, other),
    lambda one, other: _same_device(one, other) and _same_number(one, other),
    _same_device,
    _same_name,
    _same_number,
    lambda one, other: True,
)
