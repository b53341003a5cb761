"""What the image says of each transformer's voltage regulator, and why it must be left alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.network.elements import Network, Transformer
from models.point import PointName
from substation.image import Missing, ProcessImage
from substation.mv.reading import exists, flag, number
from substation.mv.vvc.settings import VvcSettings

SET_POINT, TAP, STEP = "AVCO1.VolSpt", "YLTC1.TapPos", "YLTC1.TapChg"
AUTOMATIC, BLOCKED, PARALLEL = "ATCC1.Auto", "ATCC1.LTCBlk", "ATCC1.ParOp"
_PHASES = ("MMXU1.PPV.phsAB", "MMXU1.PPV.phsBC", "MMXU1.PPV.phsCA")


@dataclass(frozen=True, slots=True)
class Regulator:
    """A transformer with a set-point, as it is now. None where it cannot be read; `doubts` say why.

    nominal_v: of the node behind it. voltage_v: mean of the phases that are told there. steps: its tap changer takes
    steps.
    """

    transformer: Transformer
    nominal_v: float
    set_point_v: float | None
    tap: int | None
    voltage_v: float | None
    automatic: bool | None
    blocked: bool | None
    parallel: bool
    doubts: tuple[str, ...]
    steps: bool = False

    @property
    def id(self) -> str:
        return self.transformer.id

    @property
    def in_hand(self) -> bool:
        """Off automatic, with taps that take steps: the unit may move them itself, where it is allowed to."""
        return self.automatic is False and self.steps


def read_regulators(image: ProcessImage, network: Network) -> tuple[Regulator, ...]:
    """Every transformer whose device takes a set-point."""
    nominal = {node.id: node.nominal_voltage_v for node in network.nodes}
    return tuple(
        _read(image, each, nominal[each.lv_node])
        for each in network.transformers
        if exists(image, each.id, SET_POINT) and each.tap_min < each.tap_max and each.tap_step_pu > 0
    )


def _read(image: ProcessImage, transformer: Transformer, nominal_v: float) -> Regulator:
    name, bay = transformer.id, transformer.lv_node.rpartition("/")[0]
    doubts: list[str] = []

    def known(read: float | Missing) -> float | None:
        if isinstance(read, Missing):
            doubts.append(read.reason)
            return None
        return read

    told = [phase for phase in _PHASES if exists(image, bay, phase)]
    if not told:
        doubts.append(f"no device tells the voltage behind {name} ({PointName(bay, _PHASES[0])})")
    phases = [known(number(image, bay, phase)) for phase in told]
    sure = [each for each in phases if each is not None]
    tap = known(number(image, name, TAP))
    parallel = flag(image, name, PARALLEL) if exists(image, name, PARALLEL) else False
    return Regulator(
        transformer,
        nominal_v,
        known(number(image, name, SET_POINT)),
        None if tap is None else round(tap),
        sum(sure) / len(sure) if sure and len(sure) == len(told) else None,
        _sure(known(flag(image, name, AUTOMATIC))),
        _sure(known(flag(image, name, BLOCKED)) if exists(image, name, BLOCKED) else False),
        not isinstance(parallel, Missing) and parallel,
        tuple(doubts),
        exists(image, name, STEP),
    )


def _sure(value: float | None) -> bool | None:
    return None if value is None else bool(value)


def why_not(image: ProcessImage, regulator: Regulator, settings: VvcSettings, supplied_w: float) -> Iterator[str]:
    """Every reason to leave this one alone. supplied_w: what the grid behind it draws, generation taken off."""
    name, voltage_v = regulator.id, regulator.voltage_v
    yield from (f"S14: {each}" for each in regulator.doubts)
    if regulator.automatic is False and not (settings.direct_taps and regulator.in_hand):
        yield f"its regulator is not in automatic ({AUTOMATIC}): a set-point would move nothing"
    if regulator.blocked:
        yield f"its tap changer is blocked or faulty ({BLOCKED})"
    if voltage_v is not None and voltage_v < settings.undervoltage_pu * regulator.nominal_v:
        yield f"{voltage_v / 1e3:.2f} kV is under-voltage (below {settings.undervoltage_pu:.0%} of nominal)"
    if supplied_w < -settings.reverse_pu * regulator.transformer.rated_power_va:
        yield f"{-supplied_w / 1e3:.0f} kW flow back towards the higher voltage"
    yield from (f"{tag.element} is tagged '{tag.kind.value}'" for tag in image.tags if tag.element == name)
    if name in image.differing:
        yield f"it differs from its description: {image.differing[name]}"


def named(regulators: Iterable[Regulator]) -> dict[str, Regulator]:
    return {each.id: each for each in regulators}
