"""What is known of every switch's position: closed, open, or in doubt with the reason (SAFETY S14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from models.network.elements import Network
from models.point import Dbpos, Sample
from substation.grid.arrays import Booleans
from substation.image import Missing, ProcessImage
from substation.placements.placement import PLACED, set_by_hand


@dataclass(frozen=True, slots=True)
class Positions:
    """bool[s] in the order of Network.switches. A switch that is neither closed nor open is in `doubts`.

    feeding: only certainly closed switches conduct. isolating: all but certainly open switches conduct.
    """

    closed: Booleans
    open: Booleans
    doubts: Mapping[str, str]

    @property
    def feeding(self) -> Booleans:
        return self.closed

    @property
    def isolating(self) -> Booleans:
        return ~self.open

    @classmethod
    def certain(cls, network: Network, closed: Mapping[str, bool]) -> Positions:
        """Positions without doubt, by switch id; a switch that is left out is open."""
        mask = np.array([closed.get(switch.id, False) for switch in network.switches], dtype=np.bool_)
        return cls(mask, ~mask, {})

    def with_switch(self, number: int, closed: bool) -> Positions:
        """The same with one switch in a certain position; for planning ahead."""
        new_closed, new_open = self.closed.copy(), self.open.copy()
        new_closed[number], new_open[number] = closed, not closed
        return Positions(new_closed, new_open, self.doubts)


def read_positions(image: ProcessImage, network: Network) -> Positions:
    """Positions from the image; a switch that no device reports is in doubt too."""
    closed = np.zeros(len(network.switches), dtype=np.bool_)
    opened = np.zeros(len(network.switches), dtype=np.bool_)
    doubts: dict[str, str] = {}
    for number, switch in enumerate(network.switches):
        position = position_of(image, switch.id)
        if isinstance(position, str):
            doubts[switch.id] = position
        else:
            closed[number], opened[number] = position is Dbpos.ON, position is Dbpos.OFF
    return Positions(closed, opened, doubts)


def position_of(image: ProcessImage, switch: str) -> Dbpos | str:
    """ON or OFF, or the reason why the position is in doubt. What stands for a placement is closed, beyond doubt."""
    if switch.startswith(PLACED):
        return Dbpos.ON
    if switch in image.in_flight:
        return image.in_flight[switch]
    position = _reported(image, switch)
    if isinstance(position, str) and image.placements and (manual := set_by_hand(image.placements, switch)):
        return f"{position}; {manual.kind.value} as set by {manual.holder}, which the field does not confirm"
    return position


def positions_of(image: ProcessImage, switches: Iterable[str]) -> dict[str, Dbpos | str]:
    """`position_of` of many: what is beyond doubt is taken as it is, all else is looked at one by one."""
    handles, samples, in_flight, aging = image.register.positions, image.samples, image.in_flight, image.register.aging
    found: dict[str, Dbpos | str] = {}
    for switch in switches:
        handle = handles.get(switch)
        sample = None if handle is None or handle in aging or switch in in_flight else samples.get(handle)
        if sample is None or sample.quality or not isinstance(sample.value, Dbpos) or sample.value not in _ENDS:
            found[switch] = position_of(image, switch)
        else:
            found[switch] = sample.value
    return found


_ENDS = (Dbpos.ON, Dbpos.OFF)


def _reported(image: ProcessImage, switch: str) -> Dbpos | str:
    name = image.register.position_of(switch)
    if name is None:
        return f"no device reports the position of {switch}"
    sample = image.read(name)
    if isinstance(sample, Missing):
        return sample.reason
    return _certain(sample, switch)


def _certain(sample: Sample, switch: str) -> Dbpos | str:
    if sample.value == Dbpos.ON:
        return Dbpos.ON
    if sample.value == Dbpos.OFF:
        return Dbpos.OFF
    words = {Dbpos.INTERMEDIATE: "intermediate", Dbpos.BAD: "contradictory"}
    value = Dbpos(sample.value) if isinstance(sample.value, int) and sample.value in (0, 3) else None
    state = words[value] if value is not None else f"unreadable ({sample.value!r})"
    return f"the position of {switch} is {state}"


def normal_positions(network: Network) -> Positions:
    """The released normal diagram as positions."""
    opened = np.array([switch.normally_open for switch in network.switches], dtype=np.bool_)
    return Positions(~opened, opened, {})
