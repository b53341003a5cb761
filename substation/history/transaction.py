"""One group becomes one transaction. Everything here belongs to the writer's thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

import sqlalchemy as sa

from models.point import Handle
from substation.history.engine import Engine, Row
from substation.history.group import Group, in_order
from substation.history.origins import Origins
from substation.history.rows import row_of_document
from substation.history.schema import counters, documents, event_lines, newest_documents, newest_samples, samples

NEWEST_S = 10.0
"""How long the newest measurand of each point may stand in memory alone: a crash costs no more than its repetition."""

SEQUENCE = "sequence"
"""The counter of the last number that is on the disk."""


class Part(NamedTuple):
    """New rows of one table; lossless: of events, which are kept longer."""

    table: sa.Table
    rows: Sequence[Row]
    lossless: bool = True


class _Plan(NamedTuple):
    """Newest samples that a transaction writes, and those that wait in memory afterwards."""

    written: Mapping[Handle, Row]
    waiting: Mapping[Handle, Row]


class Transactions:
    """Writes groups. newest: rows of newest measurands that the database does not have yet; any thread may read it."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._origins = engine, Origins()
        self._written_s = time.monotonic()
        self.newest: Mapping[Handle, Row] = {}
        self.event_handles: set[Handle] = set()
        self.on_samples: Callable[[sa.Connection, Sequence[Row]], None] = lambda connection, rows: None

    def write(self, group: Group, last: int) -> list[str]:
        """Commit. last: the last sequence number in use. Rows that cannot be stored at all, in words.

        Raises the engine's failures.
        """
        parts = self._parts(group)
        plan = self._plan(parts, bool(group.tried) or time.monotonic() > self._written_s + NEWEST_S)
        refused: list[str] = []
        self._origins.begin()
        try:
            with self._engine.writing(group.durable) as connection:
                for part in (*parts, *self._documents(connection, group)):
                    self._insert(connection, part)
                self._engine.replace(connection, newest_samples, list(plan.written.values()))
                self._engine.replace(connection, counters, [(SEQUENCE, last)])
        except self._engine.unfit:
            plan, refused = self._write_singly(parts, group, last)
        self._origins.keep()
        self.newest = plan.waiting
        if not plan.waiting:
            self._written_s = time.monotonic()
        return refused

    def _parts(self, group: Group) -> list[Part]:
        lossless, others = group.events.rows(), group.measurands.rows()
        if others and not self.event_handles.isdisjoint(map(_handle, others)):
            lossless = sorted(lossless + [row for row in others if _handle(row) in self.event_handles], key=_number)
            others = [row for row in others if _handle(row) not in self.event_handles]
        made = (Part(samples, lossless), Part(samples, others, False), Part(event_lines, group.line_rows()))
        return [part for part in made if part.rows]

    def _documents(self, connection: sa.Connection, group: Group) -> list[Part]:
        if not group.documents and not group.documents_later:
            return []
        numbered = list(in_order(group.documents, group.documents_later))
        origins = self._origins.numbers(connection, [document for _, document in numbered])
        rows = [
            row_of_document(document, sequence, origin)
            for (sequence, document), origin in zip(numbered, origins, strict=True)
        ]
        return [Part(documents, rows)]

    def _insert(self, connection: sa.Connection, part: Part) -> None:
        if part.table is samples:
            self._engine.insert_samples(connection, part.rows, part.lossless)
            self.on_samples(connection, part.rows)
        else:
            self._engine.insert(connection, part.table, part.rows)
        if part.table is documents:
            self._engine.replace(connection, newest_documents, list(_newest(part.rows).values()))

    def _plan(self, parts: list[Part], due: bool) -> _Plan:
        """Newest samples of events go with them, those of measurands when they are due."""
        newest, at_once = dict(self.newest), set[Handle]()
        for part in parts:
            if part.table is samples:
                of_part = _newest(part.rows)
                at_once |= of_part.keys() if part.lossless else set()
                newest |= later(of_part, newest)
        if due:
            return _Plan(newest, {})
        written = {handle: newest.pop(handle) for handle in at_once}
        return _Plan(written, newest)

    def _write_singly(self, parts: list[Part], group: Group, last: int) -> tuple[_Plan, list[str]]:
        """Row by row: those that fit are kept."""
        refused: list[str] = []
        newest: dict[Handle, Row] = {}
        self._origins.begin()
        with self._engine.writing() as connection:
            for part in parts:
                kept = self._keep(connection, part, refused)
                if part.table is samples:
                    self.on_samples(connection, kept)
                    newest |= later(_newest(kept), newest)
            newest = later(newest, self.newest)
            self._engine.replace(connection, newest_samples, list(newest.values()))
            self._keep_documents(connection, group, refused)
            self._engine.replace(connection, counters, [(SEQUENCE, last)])
        return _Plan(newest, {handle: row for handle, row in self.newest.items() if handle not in newest}), refused

    def _keep(self, connection: sa.Connection, part: Part, refused: list[str]) -> list[Row]:
        kept = []
        for row in part.rows:
            try:
                with self._engine.attempt(connection):
                    self._engine.insert_once(connection, part.table, row, part.lossless)
                kept.append(row)
            except self._engine.unfit as error:
                refused.append(f"{row!a:.300}: {self._engine.cause(error)}")
        return kept

    def _keep_documents(self, connection: sa.Connection, group: Group, refused: list[str]) -> None:
        for sequence, document in in_order(group.documents, group.documents_later):
            try:
                with self._engine.attempt(connection):
                    (origin,) = self._origins.numbers(connection, [document])
                with self._engine.attempt(connection):
                    row = row_of_document(document, sequence, origin)
                    self._engine.insert_once(connection, documents, row, True)
                    self._engine.replace(connection, newest_documents, [row])
            except self._engine.unfit as error:
                refused.append(f"{document!a:.300}: {self._engine.cause(error)}")


_handle: Callable[[Row], Handle] = itemgetter(0)
_number: Callable[[Row], int] = itemgetter(2)


def _newest(rows: Sequence[Row]) -> dict[Handle, Row]:
    """The row with the highest sequence of each handle."""
    return dict(zip(map(_handle, rows), rows, strict=True))


def later(rows: Mapping[Handle, Row], known: Mapping[Handle, Row]) -> dict[Handle, Row]:
    """Those that are newer than what is known of their point."""
    return {each: row for each, row in rows.items() if each not in known or _number(known[each]) < _number(row)}
