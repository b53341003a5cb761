"""What the rules look at: the request, the frozen image, the grid, and what follows from positions (SAFETY S14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from models.errors import AlgorithmError
from models.network.elements import Switch, SwitchKind
from models.point import Dbpos, PointName
from models.switching import Order, OrderKind
from substation.authority.authority import FREE, Authority
from substation.control.demand import Demand, expected_demand
from substation.control.grid import Grid, Islands, bay_of
from substation.control.numerics import Numerics, State
from substation.control.request import Request
from substation.control.rule_settings import RuleSettings
from substation.grid.positions import positions_of
from substation.image import Missing, ProcessImage


@dataclass(frozen=True, slots=True)
class Context:
    """What rules need beside the image.

    order: on whose behalf, None for a single command. faults: id of every order whose fault has not been reported
    repaired -> element ids of its zone. leases: resource -> order that holds it. open_intents: commands without a
    result, in words. unresolved: an earlier operate of this point whose outcome is unknown, in words. attempted: this
    order has already operated this point to this value. unexplained: feeders with a trip that nobody has explained, in
    words. authority: who has control of the unit. to_stop: why the order on whose behalf it is asked gives no such
    command any more, though it has not ended yet.
    """

    order: Order | None = None
    faults: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leases: Mapping[str, str] = field(default_factory=dict)
    open_intents: tuple[str, ...] = ()
    unresolved: str = ""
    attempted: bool = False
    unexplained: Mapping[str, str] = field(default_factory=dict)
    authority: Authority = FREE
    to_stop: str = ""


@dataclass(frozen=True)
class Situation:
    """Computed on demand, each once. `possibly`: every switch not confirmed open counts as closed (isolating, dangers);
    `surely`: only confirmed closed switches count (feeding). The switch of the request is open in both.
    """

    request: Request
    image: ProcessImage
    grid: Grid
    context: Context
    numerics: Numerics
    settings: RuleSettings

    @property
    def element(self) -> str:
        return self.request.point.location

    @cached_property
    def switch(self) -> Switch | None:
        return self.grid.switches.get(self.element)

    @property
    def bay(self) -> str:
        return bay_of(self.element, self.grid.switches)

    @property
    def known_switch(self) -> Switch:
        """The switch of the request; only rules of switching ask, after `switch` has been seen not to be None."""
        return self.grid.switches[self.element]

    @cached_property
    def positions(self) -> Mapping[str, bool | Missing]:
        """True closed, False open; Missing when unreported, stale, substituted, intermediate or contradictory."""
        return {
            switch: Missing(PointName(switch, "Pos"), position) if isinstance(position, str) else position is Dbpos.ON
            for switch, position in positions_of(self.image, self.grid.switches).items()
        }

    @cached_property
    def possibly_closed(self) -> frozenset[str]:
        joining, positions = self.grid.joining - {self.element}, self.positions
        return frozenset(each for each in joining if positions[each] is not False)

    @cached_property
    def surely_closed(self) -> frozenset[str]:
        return frozenset(each for each in self.possibly_closed if self.positions[each] is True)

    @cached_property
    def doubtful(self) -> list[str]:
        """Switches that may be closed, and may be open."""
        return sorted(self.possibly_closed - self.surely_closed)

    @cached_property
    def opened_ns(self) -> Mapping[str, int]:
        """When each switch that is confirmed open and joins two nodes moved; its arrival where no time tag tells."""
        confirmed = (each for each in self.grid.joining if self.positions[each] is False)
        return {each: self._moved_ns(each) for each in confirmed}

    def _moved_ns(self, switch: str) -> int:
        point = self.image.register.position_of(switch)
        sample = None if point is None else self.image.raw(point)
        return self.image.time_ns if sample is None else sample.source_time_ns or sample.arrival_time_ns

    @cached_property
    def possibly(self) -> Islands:
        return self.grid.islands(self.possibly_closed)

    @cached_property
    def surely(self) -> Islands:
        return self.grid.islands(self.surely_closed)

    @cached_property
    def live_sides(self) -> tuple[str, ...]:
        """Nodes of the switch that a source may feed without it."""
        return tuple(node for node in self.grid.sides(self.known_switch) if self.possibly.live(node))

    @cached_property
    def dead_sides(self) -> tuple[str, ...]:
        return tuple(node for node in self.grid.sides(self.known_switch) if not self.possibly.live(node))

    @cached_property
    def joined(self) -> frozenset[str]:
        """Every node that may hang together through the switch once it is closed."""
        sides = self.grid.sides(self.known_switch)
        return frozenset().union(*(self.possibly.nodes(node) for node in sides))

    @cached_property
    def energised(self) -> frozenset[str]:
        """Nodes that the close would put under voltage; empty when it feeds nothing (both sides dead or both live)."""
        if not (self.request.closes and self.switch and self.live_sides and self.dead_sides):
            return frozenset()
        return frozenset().union(*(self.possibly.nodes(node) for node in self.dead_sides))

    @cached_property
    def cold_load_pu(self) -> float:
        """Multiple of the load before that comes back (SAFETY S11): an outage whose length nobody knows was long."""
        restoring, order = self.settings.restoring, self.context.order
        crews = order is not None and order.kind is OrderKind.RESTORE_BY_CREW  # their way is long
        short = (
            order is not None
            and not crews
            and self.image.time_ns - order.created_ns < restoring.cold_load_after_s * 1e9
        )
        return 1.0 if short else restoring.cold_load_pu

    @cached_property
    def demand(self) -> Demand:
        """What the grid is expected to carry after the command."""
        order = self.context.order
        assumed = order.loads if order else ()
        return expected_demand(self.grid, self.image, self.energised, assumed, self.cold_load_pu)

    @cached_property
    def after(self) -> State | str:
        """What hangs together with the switch, calculated as if it were closed; why it cannot be."""
        closed = self.possibly_closed | {self.element}
        try:
            return self.numerics.state(closed, self.grid.sides(self.known_switch), self.demand)
        except AlgorithmError as error:
            return f"the state after closing {self.element} cannot be computed: {error}"

    @cached_property
    def feeders(self) -> frozenset[str]:
        """Feeders whose protection sees this switch: now (doubt counts as joined) or in the released normal diagram."""
        if self.switch is None:
            return frozenset(feeder.id for feeder in self.grid.network.feeders if feeder.id == self.element)
        now, normal = self.possibly_closed, self.grid.normally_closed
        return self.grid.feeders_reaching(now, self.switch) | self.grid.feeders_reaching(normal, self.switch)

    def doubts(self, switches: Iterable[Switch]) -> list[str]:
        """Reasons of those positions that are not known."""
        found = [self.positions[switch.id] for switch in switches]
        return [position.reason for position in found if isinstance(position, Missing)]

    def confirmed_open(self, switch: str) -> bool:
        return self.positions.get(switch) is False

    def exists(self, location: str, variable: str) -> bool:
        return self.image.register.handle(PointName(location, variable)) is not None

    def flag(self, location: str, variable: str) -> bool | Missing:
        """A boolean point of the field, or why there is no usable value."""
        sample = self.image.read(PointName(location, variable))
        return sample if isinstance(sample, Missing) else bool(sample.value)

    def number(self, location: str, variable: str) -> float | Missing:
        """A number of the field in the SI unit of its point, or why there is no usable value."""
        sample = self.image.read(PointName(location, variable))
        return sample if isinstance(sample, Missing) else float(sample.value)

    @property
    def kind(self) -> SwitchKind | None:
        return None if self.switch is None else self.switch.kind
