"""A field whose devices are judged by the truth when they move, and which tells only what has changed."""

from __future__ import annotations

from models.point import Dbpos, PointName, Sample
from tests.substation.control.bench import Field
from tests.substation.control.stateful.truth import EARTHS, Truth, dangers_of_closing, true_positions
from tests.substation.control.world import REGISTER, pos

_POINTS = tuple((handle, spec.name) for handle, spec in REGISTER.items())


class WatchedField(Field):
    """Outlives the unit; `fault` is what must not be fed, () once it is repaired."""

    @property
    def busy(self) -> bool:
        """A command is on its way to a device."""
        return any(self._in_bay.values())

    def truth(self) -> Truth:
        return Truth(true_positions(self.world), self.placed())

    def known(self) -> Truth:
        """What can be relied on for feeding: closed switches that the field reports so, with good quality."""
        doubtful = {switch for switch in true_positions(self.world) if self.world.qualities.get(pos(switch))}
        return Truth(true_positions(self.world) - doubtful, self.placed())

    def doubtful_earths(self) -> list[str]:
        return [each for each in EARTHS if not self.knows(pos(each))]

    def knows(self, name: PointName) -> bool:
        return not self.world.qualities.get(name) and self.world.values[name] in (Dbpos.ON, Dbpos.OFF)

    def by_hand(self, switch: str, position: Dbpos) -> bool:
        """Somebody on the spot switches, but never what is dangerous; whether it has been done."""
        truth = self.truth()
        harmless = position is Dbpos.OFF or not dangers_of_closing(switch, truth, self.fault)
        if switch in EARTHS and position is Dbpos.ON:
            harmless = EARTHS[switch] not in truth.fed
        if not harmless or (self.busy and position is Dbpos.ON):
            return False
        self.world.position(switch, position)
        self.world.measure()
        self.publish()
        return True

    def publish(self) -> None:
        now_ns, values, qualities = self.clock(), self.world.values, self.world.qualities
        changed = []
        for handle, name in _POINTS:
            value, quality, old = values[name], qualities.get(name, 0), self.image.get(handle)
            if old is None or old.value != value or old.quality != quality or type(old.value) is not type(value):
                changed.append(Sample(handle, value, quality, now_ns, now_ns))
        if changed:
            self.image.apply(changed)

    def _judge(self, switch: str) -> None:
        self.flaws += dangers_of_closing(switch, self.truth(), self.fault)
