"""What one transaction of the history holds, and how it is written, whatever the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.alarm import Event
from models.point import Sample
from substation.history.document import Document
from substation.history.engine import Row
from substation.history.rows import row_of_line


@dataclass(slots=True)
class Samples:
    """Samples and their sequence numbers, in order of arrival."""

    samples: list[Sample] = field(default_factory=list)
    sequences: list[int] = field(default_factory=list)

    def extend(self, samples: Sequence[Sample], first: int) -> None:
        self.samples += samples
        self.sequences += range(first, first + len(samples))

    def __len__(self) -> int:
        return len(self.samples)

    def put_before(self, newer: Samples) -> None:
        """This, then the newer ones, becomes the newer's content."""
        newer.samples, newer.sequences = self.samples + newer.samples, self.sequences + newer.sequences

    def taken(self, most: int) -> Samples:
        """The first `most` of them; the others stay."""
        first = Samples(self.samples[:most], self.sequences[:most])
        del self.samples[:most], self.sequences[:most]
        return first

    def rows(self) -> list[Row]:
        """Rows of the table `sample`; without a source time the arrival time stands for it."""
        return [
            (handle, arrival if source is None else source, sequence, source is not None, arrival, value, quality)
            for (handle, value, quality, source, arrival), sequence in zip(self.samples, self.sequences, strict=True)
        ]


@dataclass(slots=True)
class Group:
    """Rows for one transaction. stored: hear of the commit, however long it takes; tried: also of a failure."""

    events: Samples = field(default_factory=Samples)
    measurands: Samples = field(default_factory=Samples)
    lines: list[tuple[int, Event]] = field(default_factory=list)
    documents: list[tuple[int, Document]] = field(default_factory=list)
    documents_later: list[tuple[int, Document]] = field(default_factory=list)
    stored: list[asyncio.Future[None]] = field(default_factory=list)
    tried: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def urgent(self) -> bool:
        """Somebody waits for the commit."""
        return bool(self.stored or self.tried)

    @property
    def durable(self) -> bool:
        """More than values of which only the newest counts."""
        return bool(self.events or self.lines or self.documents or self.documents_later or self.urgent)

    def __bool__(self) -> bool:
        return self.durable or bool(self.measurands)

    def line_rows(self) -> list[Row]:
        return [row_of_line(line, sequence) for sequence, line in self.lines]


def in_order(*parts: Sequence[tuple[int, Document]]) -> Iterator[tuple[int, Document]]:
    return iter(sorted((each for part in parts for each in part), key=lambda numbered: numbered[0]))
