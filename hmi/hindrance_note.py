"""What the rules say about opening and closing a switch (variable `Interlocking`), in lines for people."""

from __future__ import annotations

from dataclasses import dataclass

from models.plain import PlainFields

INTERLOCKING = "Interlocking"


@dataclass(frozen=True, slots=True)
class Hindrances:
    """open, close: every rule that forbids it, as 'S17: why not'; empty where nothing does."""

    open: tuple[str, ...]
    close: tuple[str, ...]

    def lines(self, closes: bool) -> str:
        """Every rule on a line of its own."""
        return "\n".join(self.close if closes else self.open)


def hindrances_from(value: object) -> Hindrances:
    """RemoteProtocolError for something else."""
    fields = PlainFields(value, INTERLOCKING)
    held = (held,) if (held := fields.text("held")) else ()
    return Hindrances((*held, *_lines(fields, "open")), (*held, *_lines(fields, "close")))


def _lines(fields: PlainFields, way: str) -> tuple[str, ...]:
    return tuple(_line(each) for each in fields.objects(way))


def _line(fields: PlainFields) -> str:
    remedy = fields.text("remedy")
    told = f"{fields.text('rule')}: {fields.text('text')}"
    return f"{told} [{fields.text('cause')}{f': {remedy}' if remedy else ''}]"
