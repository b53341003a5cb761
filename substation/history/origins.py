"""Owners and policies of documents, each pair under a number, so that the rows which refer to it stay small."""

from __future__ import annotations

import sqlalchemy as sa

from substation.history.document import Document
from substation.history.schema import origins

Pair = tuple[str, bytes | None]


class Origins:
    """Belongs to the writer's thread. A number counts only once its transaction is committed (`keep`)."""

    def __init__(self) -> None:
        self._numbers: dict[Pair, int] = {}
        self._new: dict[Pair, int] = {}
        self._read = False

    def numbers(self, connection: sa.Connection, documents: list[Document]) -> list[int]:
        """The number of each document's owner and policy, inside the transaction that stores the documents."""
        if not self._read:
            rows = connection.execute(sa.select(origins))
            self._numbers = {(row.owner, row.policy): row.number for row in rows}
            self._read = True
        found = []
        for document in documents:
            pair = (document.owner, document.policy)
            known = self._numbers.get(pair) or self._new.get(pair)
            found.append(known or self._insert(connection, pair))
        return found

    def _insert(self, connection: sa.Connection, pair: Pair) -> int:
        number = max((*self._numbers.values(), *self._new.values()), default=0) + 1
        connection.execute(sa.insert(origins).values(number=number, owner=pair[0], policy=pair[1]))
        self._new[pair] = number
        return number

    def begin(self) -> None:
        """What a transaction added that was not committed does not count."""
        self._new = {}

    def keep(self) -> None:
        self._numbers |= self._new
        self._new = {}
