"""Part of `ringmain bench exchange`: samples into image and history, and questions about ten million of them."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from models.point import Cdc, Handle, PointName, PointSpec, Sample, SampleBatch
from substation.acquisition import Acquisition
from substation.event_list import EventList
from substation.history.engine import Engine
from substation.history.group import Samples
from substation.history.postgres_engine import PostgresEngine
from substation.history.sqlite_engine import SqliteEngine
from substation.history.store import History
from substation.image import Image
from substation.link_board import LinkBoard
from substation.register import PointRegister
from tests.bench.figure import Figure, Pair, beside_peer
from tests.substation.history.postgres import Server, binaries
from tests.substation.parts import no_records

POINTS = 10_000
LINKS = tuple(f"L{number}" for number in range(50))
BATCH_S = 0.02
WRITTEN_S = 5.0
GROUP = 10_000
DAY_NS = 86_400 * 10**9
START_NS = 1_772_323_200 * 10**9
COLUMNS = "handle, time_ns, sequence, has_source_time, arrival_ns, value, quality"


@dataclass(frozen=True, slots=True)
class Extent:
    """rows: inserted per turn; points of the large file have a value a minute for a week, 10,080 rows each."""

    turns: int = 5
    rows: int = 300_000
    seconds: float = 15.0
    rate: int = 50_000
    points: int = 1000
    questions: int = 50


WHOLE = Extent()
SHORT = Extent(turns=1, rows=20_000, seconds=1.0, points=20, questions=5)


def measure(short: bool, say: Callable[[str], None]) -> list[dict[str, object]]:
    """The figures in the form of `ringmain bench --json`; `say` hears of the progress."""
    return [figure.plain() for figure in _figures(SHORT if short else WHOLE, say)]


def _figures(extent: Extent, say: Callable[[str], None]) -> Iterator[Figure]:
    yield from asyncio.run(_stream(extent, say))
    with _folder() as folder:
        yield _inserts(
            "SQLite", "sqlite3 executemany, groups of 10,000, the same pragmas", 0.7, _sqlite(folder), extent, say
        )
    if binaries() is not None:
        with _server() as server:
            peer = "psycopg COPY write_row, groups of 10,000, the same table"
            yield _inserts("PostgreSQL", peer, 0.7, _postgres(server), extent, say)
    with _folder() as folder:
        yield _question(folder, extent, say)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ringmain-bench-") as name:
        yield Path(name)


@contextmanager
def _server() -> Iterator[Server]:
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()


# -- the stream


async def _stream(extent: Extent, say: Callable[[str], None]) -> list[Figure]:
    """Batches as a front end's socket delivers them, every 20 ms, through acquisition into image and history."""
    with _folder() as folder:
        history = History(folder / "history.sqlite")
        lost: list[str] = []
        history.on_loss = lost.append
        specs = [PointSpec(PointName(f"ST{n}/T1", "MMXU1.TotW"), Cdc.MV, LINKS[n % 50]) for n in range(POINTS)]
        register = PointRegister(history.handles(specs))
        image = Image(register)
        events = EventList(register, history, time.time_ns)
        acquisition = Acquisition(
            image, history, events, LinkBoard((), time.time_ns, lambda link: None), time.time_ns, no_records
        )
        batches = _batches([handle for handle, _ in register.items()], int(extent.rate * BATCH_S))
        began_s, began_cpu_s, taken = time.perf_counter(), time.process_time(), 0
        while (elapsed_s := time.perf_counter() - began_s) < extent.seconds:
            if taken > elapsed_s * extent.rate:
                await asyncio.sleep(taken / extent.rate - elapsed_s)
                continue
            batch = next(batches)
            acquisition.measurands(batch)
            taken += len(batch)
            await asyncio.sleep(0)
        rate = taken / (time.perf_counter() - began_s)
        await history.flush()
        took_s, cpu_s = time.perf_counter() - began_s, time.process_time() - began_cpu_s
        with history.engine.reading() as connection:
            kept = int(connection.exec_driver_sql("SELECT count(*) FROM sample").scalar_one())
        history.close()
    share, behind_s = cpu_s / took_s, took_s - taken / rate
    say(f"{rate:.0f} samples/s, {share:.0%} of a core, {taken - kept} lost, written {behind_s:.1f} s after the last")
    what = f"samples from drivers into image and history, {POINTS} points, {extent.seconds:g} s"
    met = kept == taken and rate > 0.99 * extent.rate and behind_s < WRITTEN_S
    target = f"50,000 samples/s, none lost, all written within {WRITTEN_S:g} s"
    return [
        Figure(what, "samples/s", rate, "", None, target, met),
        Figure(f"processor time of that: {what}", "cores", share, "", None, "below one core", share < 1),
    ]


def _batches(handles: list[Handle], size: int) -> Iterator[SampleBatch]:
    """Every point in turn."""
    place = 0
    values = [random.Random(1).uniform(-1e6, 1e6) for _ in range(997)]
    while True:
        now_ns = time.time_ns()
        chosen = [handles[(place + number) % len(handles)] for number in range(size)]
        some = [values[(place + number) % 997] for number in range(size)]
        times = [now_ns - number for number in range(size)]
        yield SampleBatch(chosen, list(some), [0] * size, list(times), [now_ns] * size)
        place += size


# -- inserts beside the driver's own

Turn = Callable[[list[Sample]], Pair]
"""Seconds of ours and the peer's for the same samples, each into a place of its own."""


def _inserts(name: str, peer: str, least: float, turn: Turn, extent: Extent, say: Callable[[str], None]) -> Figure:
    pairs: list[Pair] = []
    for number in range(extent.turns):
        ours_s, peers_s = turn(_samples(extent.rows, number))
        pairs.append((extent.rows / ours_s, extent.rows / peers_s))
        say(f"{name}: history {pairs[-1][0]:.0f} rows/s, driver {pairs[-1][1]:.0f} rows/s")
    what = f"measured values through history into {name}, {extent.rows} of 1000 points"
    return beside_peer(what, "rows/s", peer, pairs, f"at least {least:g} of the peer", lambda a, b: a >= least * b)


def _samples(count: int, turn: int) -> list[Sample]:
    draw = random.Random(turn)
    start_ns = START_NS + turn * DAY_NS // 24
    return [
        Sample(Handle(1 + n % 1000), draw.uniform(-1e6, 1e6), 0, start_ns + n // 1000 * 10**9 + n % 1000, start_ns)
        for n in range(count)
    ]


async def _ours(engine: Engine, samples: list[Sample]) -> float:
    history = History(engine)
    began_s = time.perf_counter()
    for start in range(0, len(samples), GROUP):
        history.append_later(samples[start : start + GROUP])
        if start // GROUP % 10 == 9:
            await history.flush()
    await history.flush()
    took_s = time.perf_counter() - began_s
    history.close()
    return took_s


def _rows(samples: list[Sample]) -> list[tuple[object, ...]]:
    made = Samples()
    made.extend(samples, 1)
    return made.rows()


def _sqlite(folder: Path) -> Turn:
    def turn(samples: list[Sample]) -> Pair:
        names = (folder / f"ours-{samples[0].source_time_ns}", folder / f"peer-{samples[0].source_time_ns}")
        engine = SqliteEngine(names[1])
        engine.prepare(START_NS)
        with engine.reading() as connection:
            pragmas = ("journal_mode", "cache_size", "wal_autocheckpoint")
            setting = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in pragmas}
        engine.close()
        rows = _rows(samples)
        with closing(sqlite3.connect(names[1])) as raw:
            for name, value in setting.items():
                raw.execute(f"PRAGMA {name}={value}")
            raw.execute("PRAGMA synchronous=NORMAL")
            began_s = time.perf_counter()
            for start in range(0, len(rows), GROUP):
                with raw:
                    raw.executemany(
                        f"INSERT INTO sample ({COLUMNS}) VALUES (?,?,?,?,?,?,?)", rows[start : start + GROUP]
                    )
            peers_s = time.perf_counter() - began_s
        return asyncio.run(_ours(SqliteEngine(names[0]), samples)), peers_s

    return turn


def _postgres(server: Server) -> Turn:
    def turn(samples: list[Sample]) -> Pair:
        rows = _rows(samples)
        made = PostgresEngine(server.url, f"peer {samples[0].source_time_ns}")
        made.prepare(START_NS)
        with psycopg.connect(server.url) as raw:
            raw.execute(f'SET search_path TO "peer {samples[0].source_time_ns}"')
            raw.execute("SET synchronous_commit TO off")
            raw.commit()
            began_s = time.perf_counter()
            for start in range(0, len(rows), GROUP):
                with raw.cursor().copy(f"COPY sample_measurand ({COLUMNS}) FROM STDIN") as copy:
                    for row in rows[start : start + GROUP]:
                        copy.write_row(row)
                raw.commit()
            peers_s = time.perf_counter() - began_s
        made.close()
        engine = PostgresEngine(server.url, f"ours {samples[0].source_time_ns}")
        return asyncio.run(_ours(engine, samples)), peers_s

    return turn


# -- a question


def _question(folder: Path, extent: Extent, say: Callable[[str], None]) -> Figure:
    """A day of one point, as History answers it, and the driver's own answer to the same SELECT."""
    path = folder / "history.sqlite"
    history = History(path)
    count = _fill(history.engine, extent.points)
    say(f"{count} rows are there, {path.stat().st_size / 1e6:.0f} MB")
    draw, pairs = random.Random(3), []
    query = f"SELECT {COLUMNS} FROM sample WHERE handle = ? AND time_ns >= ? AND time_ns < ? ORDER BY 2, 3"
    with closing(sqlite3.connect(path)) as raw:
        for _ in range(extent.questions):
            handle, start_ns = Handle(draw.randint(1, extent.points)), START_NS + draw.randint(0, 5) * DAY_NS
            ours_ms = _milliseconds(lambda h=handle, s=start_ns: history.series(h, Cdc.MV, s, s + DAY_NS))
            values = (handle, start_ns, start_ns + DAY_NS)
            pairs.append((ours_ms, _milliseconds(lambda v=values: raw.execute(query, v).fetchall())))
    history.close()
    what = f"a day of one point (1440 values) out of {count} rows"
    return beside_peer(what, "ms", "sqlite3, the same SELECT", pairs, "below 20 ms", lambda ours, _: ours < 20)


def _milliseconds(work: Callable[[], object]) -> float:
    began_s = time.perf_counter()
    work()
    return (time.perf_counter() - began_s) * 1e3


def _fill(engine: Engine, points: int) -> int:
    """A value a minute of each point, a week long."""
    minutes, sequence = 7 * 1440, 0
    for handle in range(1, points + 1):
        samples = Samples()
        week = range(START_NS, START_NS + minutes * 60 * 10**9, 60 * 10**9)
        samples.extend([Sample(Handle(handle), time_ns % 9973 / 7, 0, time_ns, time_ns) for time_ns in week], sequence)
        sequence += minutes
        with engine.writing(durable=False) as connection:
            engine.insert_samples(connection, samples.rows(), lossless=False)
    return sequence
