"""What a history holds, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from substation.history.engine import Engine
from substation.history.export import iso
from substation.history.schema import documents, event_lines, newest_samples, points, samples


def survey(engine: Engine) -> Iterator[str]:
    """Where it is, how much of what it holds, and of which time. Reads every row once."""
    yield f"history in {engine.place}"
    with engine.reading() as connection:
        for table, what in ((samples, "samples"), (documents, "documents"), (event_lines, "lines of the event list")):
            count, first_ns, last_ns = connection.execute(
                sa.select(sa.func.count(), sa.func.min(table.c.time_ns), sa.func.max(table.c.time_ns))
            ).one()
            yield f"{count} {what}" + (f" from {iso(first_ns)} to {iso(last_ns)}" if count else "")
        named = connection.execute(sa.select(sa.func.count()).select_from(points)).scalar_one()
        newest = connection.execute(sa.select(sa.func.max(newest_samples.c.arrival_ns))).scalar()
        yield f"{named} points and variables" + (f"; the last value arrived {iso(newest)}" if newest else "")
