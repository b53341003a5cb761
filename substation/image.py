"""The process image: the newest sample of every point, ordered by arrival; and its frozen copy for applications."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from models.point import Handle, PointName, Sample
from models.quality import Quality, is_actionable, is_stale, stale
from models.switching import Order
from substation.placements.placement import Placement
from substation.register import PointRegister
from substation.tags import Tag
from substation.weather_forecast import WeatherForecast

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Missing:
    """No usable value: a type that an application must handle, and the reason in words."""

    point: PointName
    reason: str


class Mode(IntEnum):
    """Mode of an automation; the lower of unit and feeder rules."""

    DISABLED = 0
    MANUAL = 1
    AUTOMATIC = 2


@dataclass(frozen=True, slots=True)
class Precursor:
    """What protection noticed, without a fault that stayed. kind: as in forecast.hazard.conditions.PRECURSORS."""

    time_ns: int
    feeder: str
    kind: str


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that a feeder tripped for, for good. zone: ids of the elements where it lies; () as long as unknown."""

    time_ns: int
    feeder: str
    zone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProcessImage:
    """What an application sees of the world at one instant; it never changes.

    modes: effective mode per feeder and transformer bay id. orders: every order that is not finished, by id.
    open_intents: numbers of commands with a journalled intent and no result (SAFETY, after a crash). placements: what
    people have put on the grid, and positions that they have set. differing: bays, equipment and feeders where a device
    is otherwise than the SCL says, in words. in_flight: switches that a command is about to move, or may, in words.
    faults: those that are not dealt with, in words; for applications that work in normal operation alone.
    released: when a person released what an application had locked, by element, in ns. asked: what other applications
    have found that OPF is to look at, in words. produced: filtered production in W by generator, in place of what is
    measured, where DERPF is on; applications that heal see none of it. unmoved: equipment that did not carry out the
    last step that an application gave it, in words. weather: the newest forecast that a data provider has written.
    precursors, struck: for prevention.
    """

    time_ns: int
    register: PointRegister
    samples: Mapping[Handle, Sample]
    modes: Mapping[str, Mode] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)
    tags: tuple[Tag, ...] = ()
    open_intents: tuple[int, ...] = ()
    placements: tuple[Placement, ...] = ()
    differing: Mapping[str, str] = field(default_factory=dict)
    in_flight: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    released: Mapping[str, int] = field(default_factory=dict)
    asked: tuple[str, ...] = ()
    produced: Mapping[str, float] = field(default_factory=dict)
    unmoved: Mapping[str, str] = field(default_factory=dict)
    weather: WeatherForecast | None = None
    precursors: tuple[Precursor, ...] = ()
    struck: tuple[Struck, ...] = ()

    def raw(self, name: PointName) -> Sample | None:
        """The newest sample whatever its quality; None when the point is unknown or nothing has arrived."""
        handle = self.register.handle(name)
        return None if handle is None else self.samples.get(handle)

    def read(self, name: PointName) -> Sample | Missing:
        """The newest sample if automation may rely on it (good, not substituted, not test, not too old)."""
        handle = self.register.handle(name)
        return Missing(name, f"no device has the point {name}") if handle is None else self.at(handle)

    def at(self, handle: Handle) -> Sample | Missing:
        """The same by the point's handle."""
        sample, spec = self.samples.get(handle), self.register.spec(handle)
        if sample is None:
            return Missing(spec.name, f"{spec.name} has never been received")
        if not is_actionable(sample.quality):
            return Missing(spec.name, f"{spec.name} is not valid ({describe(sample.quality)})")
        if spec.max_age_s is not None and self.time_ns - sample.arrival_time_ns > spec.max_age_s * 1e9:
            return Missing(spec.name, f"{spec.name} is older than {spec.max_age_s:g} s")
        return sample


def describe(quality: int) -> str:
    """Quality bits in words, for reasons and event texts."""
    bits = Quality(quality)
    names = [str(bits.validity.name or "").lower()] if bits.validity else []
    names += [flag.name.lower().replace("_", " ") for flag in Quality if flag.name and flag > 3 and flag in bits]
    return ", ".join(names) or "good"


class Image:
    """The living image of a unit. Listeners are called in order of subscription, in the loop's thread."""

    def __init__(self, register: PointRegister) -> None:
        self.register = register
        self._samples: dict[Handle, Sample] = {}
        self._listeners: list[Callable[[list[Sample]], None]] = []
        self._defective: set[int] = set()
        self._behind: dict[Handle, Sample | None] = {}  # masked points: what the field says of them meanwhile
        self.on_defect: Callable[[str], None] = lambda text: None

    def subscribe(self, listener: Callable[[list[Sample]], None]) -> None:
        """`listener` gets every applied list of samples, in arrival order."""
        self._listeners.append(listener)

    def _hand_on(self, samples: list[Sample]) -> None:
        for number, listener in enumerate(self._listeners):
            try:
                listener(samples)
            except Exception as error:  # supervisor: one listener's defect must not keep a trip from the others
                log.exception("a listener of the process image failed")
                if number not in self._defective:
                    self._defective.add(number)
                    self.on_defect(f"defect: {type(error).__name__}: {error}; see the log")

    def apply(self, samples: Iterable[Sample]) -> None:
        """Take samples in arrival order and tell the listeners."""
        taken = list(samples)
        if self._behind:
            self._behind.update((each.handle, each) for each in taken if each.handle in self._behind)
            taken = [each for each in taken if each.handle not in self._behind]
        self._take(taken)

    def _take(self, samples: list[Sample]) -> None:
        for sample in samples:
            self._samples[sample.handle] = sample
        self._hand_on(samples)

    def mask(self, sample: Sample) -> None:
        """Show this sample in place of what the field says, until `unmask`."""
        self._behind.setdefault(sample.handle, self._samples.get(sample.handle))
        self._take([sample])

    def unmask(self, handle: Handle) -> list[Sample]:
        """Show what the field has said meanwhile; nothing known is invalid. Returns the samples that say so."""
        masking, field_sample = self._samples[handle], self._behind.pop(handle)
        if field_sample is None:
            field_sample = masking._replace(quality=stale(0))
        self._take([field_sample])
        return [field_sample]

    def invalidate_link(self, link: str, now_ns: int) -> list[Sample]:
        """The link is lost: each of its points keeps its value and turns invalid, old; never silently frozen.

        Returns the samples that say so.
        """
        lost = []
        for handle in self.register.of_link(link):
            sample = self._behind.get(handle) or self._samples.get(handle)
            if sample is not None and not is_stale(sample.quality):
                lost.append(sample._replace(quality=stale(sample.quality), arrival_time_ns=now_ns))
        self.apply(lost)
        return lost

    def get(self, handle: Handle) -> Sample | None:
        return self._samples.get(handle)

    def read(self, name: PointName, time_ns: int) -> Sample | Missing:
        """One point as `freeze` would show it."""
        return ProcessImage(time_ns, self.register, self._samples).read(name)

    def freeze(self, time_ns: int) -> ProcessImage:
        """A frozen copy without modes, orders and tags (the unit adds them with dataclasses.replace)."""
        return ProcessImage(time_ns, self.register, dict(self._samples))
