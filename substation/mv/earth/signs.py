"""Signs of an earth fault in one galvanic network: residual voltage, directional protection, indicators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from models.network.elements import Switch
from models.point import PointName, Sample
from substation.image import Missing, ProcessImage
from substation.mv.indication import EARTH_FAULT, Indication, battery_low, channel_down
from substation.mv.reading import bay_of, exists, flag, number, station_of, time_of

VOLTAGE = ("PTOV1.Str", "PTOV1.Op")
RESIDUAL = "MMXU1.PhV.res"
FORWARD, REVERSE = ("PSDE1.Str", "PSDE1.Op"), ("PSDE2.Str", "PSDE2.Op")
TRIPPING = ("PTEF1.Str", "PTEF1.Op")


@dataclass(frozen=True, slots=True)
class Signs:
    """displaced: the residual voltage is there; None where nobody tells. words: what is set. since_ns: earliest time
    tag of it, 0 without any. feeders: by bay what its directional protection says; text: why it is no evidence.
    """

    displaced: bool | None
    words: tuple[str, ...]
    since_ns: int
    feeders: Mapping[str, Indication | str]

    @property
    def present(self) -> bool:
        """A fault stands."""
        forward = Indication.FORWARD in self.feeders.values()
        return bool(self.displaced) or (forward and self.displaced is None)

    def of(self, wanted: Indication) -> tuple[str, ...]:
        return tuple(feeder for feeder, shown in self.feeders.items() if shown is wanted)

    @property
    def missing(self) -> Mapping[str, str]:
        """Feeders whose protection is no evidence, with the reason."""
        return {feeder: shown for feeder, shown in self.feeders.items() if isinstance(shown, str)}


def read_signs(
    image: ProcessImage, bays: Iterable[str], feeders: Iterable[str], nominal_v: float, residual_pu: float
) -> Signs:
    """bays: those of transformers and feeders at the busbar, where the residual voltage is measured."""
    found: list[Sample] = []
    words: list[str] = []
    displaced: bool | None = None
    for bay in bays:
        for variable in VOLTAGE:
            displaced = _join(displaced, _set(image, bay, variable, found, words))
        displaced = _join(displaced, _measured(image, bay, nominal_v, residual_pu, found, words))
    shown = {feeder: _direction(image, feeder, found, words) for feeder in feeders}
    return Signs(displaced, tuple(words), min((time_of(each) for each in found), default=0), shown)


def _join(one: bool | None, other: bool | None) -> bool | None:
    """Set when any says so; not known when none says anything."""
    return other if one is None else one if other is None else one or other


def _set(image: ProcessImage, bay: str, variable: str, found: list[Sample], words: list[str]) -> bool | None:
    """None where the point does not exist or cannot be relied on."""
    sample = image.read(PointName(bay, variable))
    if isinstance(sample, Missing):
        return None
    if bool(sample.value):
        found.append(sample)
        words.append(f"{bay}/{variable}")
    return bool(sample.value)


def _measured(
    image: ProcessImage, bay: str, nominal_v: float, residual_pu: float, found: list[Sample], words: list[str]
) -> bool | None:
    if not exists(image, bay, RESIDUAL):
        return None
    residual_v = number(image, bay, RESIDUAL)
    if isinstance(residual_v, Missing):
        return None
    share = residual_v / (sqrt(3.0) * nominal_v)
    if share < residual_pu:
        return False
    words.append(f"{bay}: residual voltage {share:.0%}")
    sample = image.raw(PointName(bay, RESIDUAL))
    found.extend(() if sample is None else (sample,))
    return True


def _direction(image: ProcessImage, feeder: str, found: list[Sample], words: list[str]) -> Indication | str:
    if not exists(image, feeder, FORWARD[0]):
        return f"{feeder} has no sensitive earth-fault protection"
    for variable in (*FORWARD, *REVERSE):
        if exists(image, feeder, variable) and isinstance(reading := flag(image, feeder, variable), Missing):
            return reading.reason
    forward = [_set(image, feeder, variable, found, words) for variable in (*FORWARD, *TRIPPING)]
    reverse = [_set(image, feeder, variable, found, words) for variable in REVERSE]
    if any(forward) and any(reverse):
        return f"the earth-fault protection of {feeder} shows both directions"
    return Indication.FORWARD if any(forward) else Indication.REVERSE if any(reverse) else Indication.CLEAR


def read_indicators(image: ProcessImage, switches: Iterable[Switch], since_ns: int) -> Mapping[str, Indication | str]:
    """By switch; text: why an indicator is no evidence. since_ns: earliest time tag that belongs to this fault."""
    return {switch.id: _indicator(image, switch, since_ns) for switch in switches}


def _indicator(image: ProcessImage, switch: Switch, since_ns: int) -> Indication | str:
    if reason := channel_down(image, station_of(switch)):
        return reason
    found: list[bool] = []
    for variable in EARTH_FAULT:
        name = PointName(bay_of(switch.id), variable)
        sample = image.read(name)
        if isinstance(sample, Missing):
            return sample.reason
        if bool(sample.value) and time_of(sample) < since_ns:
            return f"{name} was set before this earth fault"
        found.append(bool(sample.value))
    if all(found):
        return f"the indicator of {bay_of(switch.id)} shows both directions"
    if not any(found) and (reason := battery_low(image, station_of(switch))):
        return f"{reason}, so its silence is no evidence"
    return Indication.FORWARD if found[0] else Indication.REVERSE if found[1] else Indication.CLEAR
