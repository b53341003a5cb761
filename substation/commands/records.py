"""`ringmain records UNIT.toml [--get NUMBER --out FILE]`: list a unit's disturbance records, and read one of them."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.errors import ConfigError, StorageError
from substation.config import UnitConfig, read_unit
from substation.control.database import Database
from substation.history.settings import CONTROL_FILE
from substation.records.folder import RecordFolder
from substation.records.settings import FOLDER
from substation.records.stored_record import StoredRecord, load
from substation.records.trips import Trip
from substation.records.trips import load as load_trips


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError or StorageError in one line. The unit may run meanwhile."""
    given = _parser().parse_args(arguments)
    config = read_unit(given.unit)
    records, trips = asyncio.run(_records(config))
    if given.get is None:
        _list(records, trips, given.json)
    else:
        _get(config, records, given.get, given.out)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain records", description="Disturbance records of a unit.")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("--get", type=int, metavar="NUMBER", help="write this record into the file of --out")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a new file (default: NUMBER with the record's suffix)"
    )
    parser.add_argument("--json", action="store_true", help="the list as one JSON object")
    return parser


async def _records(config: UnitConfig) -> tuple[list[StoredRecord], dict[int, Trip]]:
    """And the trips that they show, by number."""
    file = config.data / CONTROL_FILE
    if not file.exists():
        raise StorageError(f"{file}: is not there; has the unit ever run?")
    database = await Database.open(file, key=config.history.key())
    try:
        await database.make_tables()
        return await database.run(load), await database.run(load_trips)
    finally:
        await database.close()


def _list(records: Sequence[StoredRecord], trips: Mapping[int, Trip], as_json: bool) -> None:
    if as_json:
        plain = [{**each._asdict(), "trip": _plain(trips.get(each.number))} for each in records]
        print(json.dumps({"records": plain}))
        return
    for each in records:
        trip = trips.get(each.number)
        shown = "" if trip is None else f"  event {trip.event}: {trip.location} {trip.text}"
        print(f"{each.number:8d}  {each.made:27}  {each.octets:9d}  {each.link:16}  {each.name:20}  {each.file}{shown}")


def _plain(trip: Trip | None) -> dict[str, int | str] | None:
    return None if trip is None else trip._asdict()


def _get(config: UnitConfig, records: Sequence[StoredRecord], number: int, out: Path | None) -> None:
    record = next((each for each in records if each.number == number), None)
    if record is None:
        raise StorageError(f"there is no disturbance record {number}; `ringmain records {config.file}` lists them")
    content = RecordFolder(config.data / FOLDER).read(record.file, record.sha256)
    target = out if out is not None else Path(Path(record.file).name)
    try:
        with target.open("xb") as stream:
            stream.write(content)
    except OSError as error:
        raise ConfigError(
            str(target), None, f"cannot be written: {error.strerror}", "name another with --out"
        ) from error
    print(f"{target}: {len(content)} octets, SHA-256 {record.sha256}")
