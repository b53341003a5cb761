"""Points that no report brings: read in batches, value, quality and time of each together (IEC 61850-8-1, Read)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from open61850.mms import (
    DataAccessError,
    MmsClient,
    MmsReject,
    MmsType,
    ObjectName,
    ReasonCode,
    ReportEntry,
    ServiceError,
)
from open61850.mms.types import StructureType

from models.point import Handle, PointSpec
from protocols.iec61850.mapping import Plan, PointMap
from protocols.iec61850.reports.types import Types

_CONSTRAINTS = ("ST", "MX")
_ROOM = 200  # octets of a PDU for its heads
_LEAF_OCTETS = 16  # of an answer, more than most leaves take
_SMALLEST_PDU = 1024
_MOST_NAMES = 100
_READ = ReasonCode(integrity=True)  # what is read repeats what is known, unless it differs
_ACCESS_FAILED = DataAccessError(2)


@dataclass(slots=True)
class Batch:
    """Variables of one request."""

    names: list[ObjectName]
    plan: Plan


@dataclass(slots=True)
class Answers:
    """Of one round: entries for each plan, and how many requests it took."""

    read: list[tuple[Plan, list[ReportEntry]]] = field(default_factory=list)
    requests: int = 0


@dataclass(slots=True)
class Readable:
    """Where the points are that no report has. absent: references that it lacks; mute: those without a value."""

    names: dict[Handle, tuple[ObjectName, MmsType]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    mute: list[str] = field(default_factory=list)


def find_readable(types: Types, points: PointMap, specs: Sequence[tuple[Handle, PointSpec]]) -> Readable:
    """Blocks for the device: one request for each logical node and functional constraint."""
    found = Readable()
    for handle, spec in specs:
        variables = [(name, kind) for name in _names(spec.reference) if (kind := types.find(name)) is not None]
        fit = [each for each in variables if any(leaf.handle == handle for leaf in points.plan([each])[0])]
        if fit:
            found.names[handle] = fit[0]
        else:
            (found.mute if variables else found.absent).append(spec.reference)
    return found


def _names(reference: str) -> list[ObjectName]:
    domain, _, path = reference.partition("/")
    logical_node, *rest = path.split(".")
    return [ObjectName("$".join((logical_node, constraint, *rest)), domain) for constraint in _CONSTRAINTS]


class Reads:
    """The batches of one link. variables: those that are still to be read."""

    def __init__(self, points: PointMap, readable: Readable, pdu_octets: int | None) -> None:
        self._points, self._readable = points, readable
        self._octets = max(pdu_octets or _SMALLEST_PDU, _SMALLEST_PDU) - _ROOM
        self._batches = self._batched()

    def __len__(self) -> int:
        return sum(len(batch.names) for batch in self._batches)

    @property
    def handles(self) -> set[Handle]:
        return set(self._readable.names)

    def drop(self, handles: set[Handle]) -> None:
        """A report brings these now."""
        for handle in handles & self.handles:
            del self._readable.names[handle]
        self._batches = self._batched()

    def read(self, client: MmsClient) -> Answers:
        """Blocks for the device: a round through all batches. A batch that is refused as a whole is halved for good."""
        answers = Answers()
        waiting = self._batches
        self._batches = []
        while waiting:
            batch = waiting.pop(0)
            answers.requests += 1
            try:
                values = client.read_many(batch.names)
            except (ServiceError, MmsReject):
                if len(batch.names) > 1:
                    waiting = self._halves(batch) + waiting
                    continue
                values = [_ACCESS_FAILED]
            self._batches.append(batch)
            answers.read.append((batch.plan, [ReportEntry(i, each, None, _READ) for i, each in enumerate(values)]))
        return answers

    def _halves(self, batch: Batch) -> list[Batch]:
        half = len(batch.names) // 2
        return [Batch(batch.names[:half], batch.plan[:half]), Batch(batch.names[half:], batch.plan[half:])]

    def _batched(self) -> list[Batch]:
        batches: list[Batch] = []
        asked = answered = 0
        for name, kind in _distinct(self._readable):
            question, answer = len(str(name)) + 12, _LEAF_OCTETS * _leaves(kind)
            full = asked + question > self._octets or answered + answer > self._octets
            if not batches or full or len(batches[-1].names) >= _MOST_NAMES:
                batches.append(Batch([], ()))
                asked = answered = 0
            batches[-1].names.append(name)
            batches[-1].plan += self._points.plan([(name, kind)])
            asked, answered = asked + question, answered + answer
        return batches


def _distinct(readable: Readable) -> list[tuple[ObjectName, MmsType]]:
    return list({name: (name, kind) for name, kind in readable.names.values()}.values())


def _leaves(kind: MmsType) -> int:
    return sum(_leaves(inner) for _, inner in kind.components) if isinstance(kind, StructureType) else 1
