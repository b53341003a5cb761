"""What the image says of each capacitor bank, and why it must be left alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.network.elements import CapacitorBank, Network
from substation.image import Missing, ProcessImage
from substation.mv.reading import exists, flag, number
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.state import WatchedBank

STEPS, OWN, DISCHARGING = "ARCO1.TapChg", "ARCO1.Auto", "ARCO1.DschBlk"


@dataclass(frozen=True, slots=True)
class BankNow:
    """steps: in service. automatic: its own controller holds it. discharging: it may not be switched on now. None:
    cannot be read, `doubts` say why."""

    bank: CapacitorBank
    steps: int | None
    automatic: bool | None
    discharging: bool | None
    doubts: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.bank.id


def read_banks(image: ProcessImage, network: Network) -> tuple[BankNow, ...]:
    """Every bank whose device takes steps."""
    return tuple(_read(image, each) for each in network.capacitors if exists(image, each.id, STEPS))


def _read(image: ProcessImage, bank: CapacitorBank) -> BankNow:
    doubts: list[str] = []

    def known(read: float | Missing) -> float | None:
        if isinstance(read, Missing):
            doubts.append(read.reason)
            return None
        return read

    def told(variable: str) -> bool | None:
        value = known(flag(image, bank.id, variable)) if exists(image, bank.id, variable) else 0.0
        return None if value is None else bool(value)

    steps = known(number(image, bank.id, STEPS))
    return BankNow(bank, None if steps is None else round(steps), told(OWN), told(DISCHARGING), tuple(doubts))


def with_charge(now: BankNow, watched: WatchedBank, time_ns: int) -> BankNow:
    """A step that was seen to go is still charged for its time, whatever the device tells."""
    gone_ns = max((at_ns for at_ns, direction in watched.switchings if direction < 0), default=None)
    if gone_ns is None or time_ns - gone_ns >= now.bank.discharge_s * 1e9:
        return now
    return BankNow(now.bank, now.steps, now.automatic, True, now.doubts)


def why_not_moved(
    image: ProcessImage, now: BankNow, watched: WatchedBank, settings: VvcSettings, fed: bool
) -> Iterator[str]:
    """Every reason to leave this one alone."""
    if watched.locked:
        yield watched.locked
    yield from (f"S14: {each}" for each in now.doubts)
    if not fed:
        yield "it is not fed"
    if now.automatic:
        yield f"its own controller holds it ({OWN})"
    if len(watched.switchings) >= settings.bank_switchings_per_day:
        count, most = len(watched.switchings), settings.bank_switchings_per_day
        yield f"{count} switchings within a day (at most {most})"
    yield from (f"{tag.element} is tagged '{tag.kind.value}'" for tag in image.tags if _concerns(tag.element, now.id))
    for place in (now.id, now.id.rpartition("/")[0]):
        if place in image.differing:
            yield f"{place} differs from its description: {image.differing[place]}"


def _concerns(element: str, bank: str) -> bool:
    return element == bank or bank.startswith(f"{element}/")
