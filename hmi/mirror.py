"""The newest value of every subscribed point, told to the views in batches of 10 per second at most."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QObject, pyqtSignal

from hmi.timer import timer
from models.point import Dbpos, PointName
from models.quality import Quality
from models.wire.happenings import Notified
from models.wire.instance import Instance

FLUSH_MS = 100


class Mirror(QObject):
    """changed(frozenset[PointName]): these points have a new value or quality since the last call."""

    changed = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._values: dict[PointName, Instance] = {}
        self._dirty: set[PointName] = set()
        self._timer = timer(self, FLUSH_MS, self.flush, once=True)

    def notified(self, notice: Notified) -> None:
        """A sink for subscriptions to points."""
        self.take(notice.instances)

    def take(self, instances: Iterable[Instance]) -> None:
        """Keep the newest of each; views hear of it within FLUSH_MS."""
        for instance in instances:
            name = PointName(instance.location, instance.variable)
            self._values[name] = instance
            self._dirty.add(name)
        if self._dirty and not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Tell the views now."""
        if self._dirty:
            dirty, self._dirty = frozenset(self._dirty), set()
            self.changed.emit(dirty)

    def get(self, name: PointName) -> Instance | None:
        return self._values.get(name)

    def position(self, name: PointName) -> Dbpos:
        """A double point as it may be shown: BAD when there is no value, or none that is valid."""
        return position_of(self._values.get(name))

    def at(self, location: str) -> list[Instance]:
        """All values at a location and below it, by name."""
        below = location + "/"
        found = [name for name in self._values if name.location == location or name.location.startswith(below)]
        return [self._values[name] for name in sorted(found)]

    def __len__(self) -> int:
        return len(self._values)


def position_of(instance: Instance | None) -> Dbpos:
    """BAD for everything that is not a valid double point."""
    if instance is None or not isinstance(instance.value, int) or Quality(instance.quality).validity is Quality.INVALID:
        return Dbpos.BAD
    return Dbpos(instance.value) if 0 <= instance.value <= 3 else Dbpos.BAD
