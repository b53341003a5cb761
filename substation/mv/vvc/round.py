"""One schedule: what is seen, what may be controlled, what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from models.errors import AlgorithmError
from substation.application import Decision, Plain
from substation.forecast.weekly_profile import SLOT_NS
from substation.grid.positions import Positions
from substation.grid.topology import Topology
from substation.image import Mode, ProcessImage
from substation.mv.opf.conditions import abnormal
from substation.mv.opf.present import Present, present, tightened
from substation.mv.vvc.banks import why_not_moved, with_charge
from substation.mv.vvc.converters import why_not_asked
from substation.mv.vvc.equipment import Equipment
from substation.mv.vvc.giving import Giver
from substation.mv.vvc.horizon import Horizon, horizon
from substation.mv.vvc.hunting import Watch
from substation.mv.vvc.lever import Lever, bank_lever, converter_lever, tap_lever
from substation.mv.vvc.parallel import Groups, beside, discrepancies, leaders, merged
from substation.mv.vvc.regulators import Regulator, why_not
from substation.mv.vvc.schedule import Planned, fed_buses, scheduled, supplied_w
from substation.mv.vvc.settings import VvcSettings
from substation.mv.vvc.state import VvcState, with_load
from substation.mv.vvc.words import report

_MOST_SHOWN = 8
_LIMITED = 1e-4
"""Excess over limits in p.u. whose removal is worth a set-point whatever it saves."""
_HOURS = SLOT_NS / 3.6e12
Left = dict[str, tuple[str, ...]]


class Round:
    """found: transformers that feed one busbar together. `decision` is called once."""

    def __init__(
        self,
        topology: Topology,
        settings: VvcSettings,
        equipment: Equipment,
        watch: Watch,
        positions: Positions,
        found: Groups,
        state: VvcState,
    ) -> None:
        self._topology, self._settings, self._equipment = topology, settings, equipment
        self._watch, self._positions, self._groups = watch, positions, found
        self._state = replace(state, held=())
        time_ns = watch.image.time_ns
        self._banks = {name: with_charge(each, state.of_bank(name), time_ns) for name, each in equipment.banks.items()}

    @property
    def _image(self) -> ProcessImage:
        return self._watch.image

    def decision(self) -> Decision[VvcState]:
        apart = discrepancies(self._equipment.regulators, self._groups)
        strange = abnormal(self._topology, self._image, self._positions, beside(self._groups))
        if reasons := (*apart.values(), *strange):
            return self._blocked(reasons)
        now = present(self._topology, self._image, self._positions)
        now = replace(now, grid=merged(now.grid, self._groups))
        if now.assumed_share > self._settings.assumed_share:
            share = f"{now.assumed_share:.0%} of the load is not known (at most {self._settings.assumed_share:.0%})"
            return self._blocked((f"S14: {share}: {now.assumed[0]}",))
        return self._seen(now)

    def _seen(self, now: Present) -> Decision[VvcState]:
        image, settings = self._image, self._settings
        load_w = sum(bus.load_w for bus in now.grid.buses if bus.load_w > 0)
        ahead = horizon(self._state.load, image.time_ns, load_w, settings.horizon_s)
        self._state = replace(self._state, load=with_load(self._state.load, image.time_ns, load_w))
        left = self._left_alone(now)
        levers = tuple(self._levers(now, left))
        if not levers:
            return self._blocked([f"{name}: {why[0]}" for name, why in left.items() if why], left)
        grid = tightened(now.grid, self._topology.network.limits, settings.voltage_reserve_pu, 0.0)
        given_var = {name: each.measured_var for name, each in self._equipment.converters.items()}
        try:
            found = scheduled(grid, levers, self._measured(now), ahead.shares, given_var)
        except AlgorithmError as error:
            return self._blocked((str(error),), left)
        return self._answered(found, ahead, left, now)

    def _measured(self, now: Present) -> tuple[Regulator, ...]:
        """Those with a sure voltage behind a transformer that is in service."""
        closed = {branch.id for branch in now.grid.branches if branch.closed}
        regulators = self._equipment.regulators.values()
        return tuple(each for each in regulators if each.voltage_v and each.tap is not None and each.id in closed)

    def _left_alone(self, now: Present) -> Left:
        """Everything that may not be moved, by id, () where it may."""
        drawn_w, fed = supplied_w(now.grid), fed_buses(now.grid)
        left: Left = {}
        for name, members in leaders(self._equipment.regulators, self._groups).items():
            left[name] = tuple(dict.fromkeys(why for each in members for why in self._why_not(each, drawn_w.get(name))))
            if len(members) > 1 and any(self._equipment.regulators[each].in_hand for each in members):
                left[name] += ("in parallel operation nothing moves their taps but their regulators",)
        moving = [each.id for each in self._state.watched if not each.followed]
        for name, bank in self._banks.items():
            at_bus = now.bus_of.get(bank.bank.node, -1) in fed
            reasons = why_not_moved(self._image, bank, self._state.of_bank(name), self._settings, at_bus)
            left[name] = (*reasons, *(f"the regulator of {each} is on its way" for each in moving))
        for name, converter in self._equipment.converters.items():
            left[name] = tuple(why_not_asked(self._image, converter, now.bus_of.get(converter.node, -1) in fed))
        return left

    def _why_not(self, name: str, drawn_w: float | None) -> Iterator[str]:
        watched = self._state.of(name)
        if watched.locked:
            yield watched.locked
        if drawn_w is None:
            yield "it feeds nothing"
            return
        yield from why_not(self._image, self._equipment.regulators[name], self._settings, drawn_w)
        if not watched.followed:
            yield f"its regulator is on its way to {watched.sent_v:.0f} V"

    def _levers(self, now: Present, left: Left) -> Iterator[Lever]:
        branches = {branch.id: number for number, branch in enumerate(now.grid.branches)}
        for name, why in left.items():
            if why:
                continue
            if name in self._equipment.regulators:
                wear_w = self._settings.step_wh / _HOURS
                yield tap_lever(self._equipment.regulators[name], branches[name], wear_w)
            elif name in self._banks:
                bank = self._banks[name]
                yield bank_lever(bank, now.bus_of[bank.bank.node], self._settings.bank_step_wh / _HOURS)
            else:
                converter = self._equipment.converters[name]
                yield converter_lever(converter, now.bus_of[converter.node])

    def _answered(self, found: Planned, ahead: Horizon, left: Left, now: Present) -> Decision[VvcState]:
        limited = found.beyond_before - found.beyond > _LIMITED
        giver = Giver(self._watch, self._topology.network.limits, found, limited, self._state)
        together = leaders(self._equipment.regulators, self._groups)
        for target in found.targets:
            if target.id in together:
                giver.regulate(target, tuple(self._equipment.regulators[each] for each in together[target.id]))
            elif target.id in self._banks:
                giver.switch(target, self._banks[target.id])
            else:
                giver.ask(target, self._equipment.converters[target.id])
        self._state = giver.state
        whys = {name: "; ".join(why[:3]) for name, why in left.items() if why} | giver.whys
        lines = self._words(giver, found, ahead, left, now)
        shown = report(self._image.time_ns, self._state_word(), lines, found, giver.shown, whys)
        return self._decided(shown, giver)

    def _words(self, giver: Giver, found: Planned, ahead: Horizon, left: Left, now: Present) -> tuple[str, ...]:
        alone = [f"{name} is left alone: {'; '.join(why[:3])}" for name, why in left.items() if why]
        return (
            f"{ahead.words}; {len(ahead.shares)} quarter hours",
            f"mean saving {found.saved_w / 1e3:.2f} kW; excess over limits {found.beyond_before:.4f} p.u. in all, "
            f"then {found.beyond:.4f}",
            *(f"assumed: {each}" for each in now.assumed[:_MOST_SHOWN]),
            *giver.lines,
            *alone,
        )

    def _state_word(self) -> str:
        modes = [self._image.modes.get(each, Mode.DISABLED) for each in self._equipment.ids]
        return "automatic" if Mode.AUTOMATIC in modes else "advisory"

    def _blocked(self, reasons: Sequence[str], left: Mapping[str, tuple[str, ...]] | None = None) -> Decision[VvcState]:
        locked = [f"{name} is locked: {why}" for name, why in self._state.locked.items()]
        every = [f"{name}: {each}" for name, why in (left or {}).items() for each in why]
        lines = dict.fromkeys((*locked, *(every or reasons)))
        whys = {name: "; ".join((left or {}).get(name, reasons)[:3]) for name in self._equipment.ids}
        return self._decided(report(self._image.time_ns, "blocked", tuple(lines)[:_MOST_SHOWN], whys=whys), None)

    def _decided(self, shown: Plain, giver: Giver | None) -> Decision[VvcState]:
        return Decision(
            replace(self._state, report=shown),
            set_points=() if giver is None else tuple(giver.set_points),
            steps=() if giver is None else tuple(giver.steps),
            events=tuple(self._watch.events),
            results={"VVC": shown},
        )
