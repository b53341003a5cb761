"""The board of tags (SAFETY S4, S17): placed by people and by the server, kept on disk, removed by people alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, select

from models.command import Originator
from substation.control.database import METADATA, Database, add_row
from substation.control.request import is_automatic
from substation.tags import Tag, TagKind

TAGS = Table(
    "tags",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("element", String, nullable=False),
    Column("holder", String, nullable=False),
    Column("placed_ns", BigInteger, nullable=False),
    Column("reference", String, nullable=False),
    sqlite_autoincrement=True,
)


class TagBoard:
    """All tags of a unit, in memory for the rules and on disk. `changed` is called after every change."""

    def __init__(self, database: Database, changed: Callable[[], None] = lambda: None) -> None:
        self._database, self.changed = database, changed
        self._tags: dict[int, Tag] = {}

    @classmethod
    async def open(cls, database: Database, changed: Callable[[], None] = lambda: None) -> TagBoard:
        board = cls(database, changed)
        await database.make_tables()
        board._tags = {tag.id: tag for tag in await database.run(_load)}
        return board

    @property
    def tags(self) -> tuple[Tag, ...]:
        return tuple(self._tags.values())

    def on(self, element: str) -> tuple[Tag, ...]:
        """The tags of one element."""
        return tuple(tag for tag in self._tags.values() if tag.element == element)

    async def place(
        self, kind: TagKind, elements: Iterable[str], holder: str, now_ns: int, reference: str = ""
    ) -> tuple[Tag, ...]:
        """Tag elements, all or none, on disk when this returns. What already bears the same tag is left as it is."""
        there = {(tag.kind, tag.element, tag.reference) for tag in self._tags.values()}
        wanted = [element for element in elements if (kind, element, reference) not in there]
        fresh = [Tag(0, kind, element, holder, now_ns, reference) for element in wanted]
        placed = await self._database.run(lambda connection: tuple(_insert(connection, tag) for tag in fresh))
        self._tags.update((tag.id, tag) for tag in placed)
        self.changed()
        return placed

    async def remove(self, tag_id: int, who: Originator) -> str:
        """Take a tag away; '' when done, else why not. Only a person removes a tag (SAFETY S4)."""
        tag = self._tags.get(tag_id)
        if tag is None:
            return f"no tag has the number {tag_id}"
        if is_automatic(who):
            return f"S4: only an operator removes the tag '{tag.kind.value}' of {tag.element}"
        await self._database.run(lambda connection: connection.execute(delete(TAGS).where(TAGS.c.id == tag_id)).close())
        if self._tags.pop(tag_id, None) is None:
            return f"somebody else has just removed the tag '{tag.kind.value}' of {tag.element}"
        self.changed()
        return ""


def _load(connection: Connection) -> list[Tag]:
    rows = connection.execute(select(TAGS).order_by(TAGS.c.id))
    return [Tag(row.id, TagKind(row.kind), row.element, row.holder, row.placed_ns, row.reference) for row in rows]


def _insert(connection: Connection, tag: Tag) -> Tag:
    columns = {
        "kind": tag.kind.value,
        "element": tag.element,
        "holder": tag.holder,
        "placed_ns": tag.placed_ns,
        "reference": tag.reference,
    }
    key = add_row(connection, TAGS, columns)
    return Tag(key, tag.kind, tag.element, tag.holder, tag.placed_ns, tag.reference)
