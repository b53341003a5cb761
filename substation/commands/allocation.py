"""`ringmain signals UNIT.toml --allocate`: addresses for points that have none, shown or written into the SCD."""

from __future__ import annotations

import csv
import os
import shutil
import sys
from itertools import count
from pathlib import Path

from models.errors import ConfigError, StorageError
from models.scl.address_writer import with_addresses
from models.scl.allocation import Allocation, allocate
from models.scl.points import point_table
from models.scl.reader import read_scl
from substation.point_list.source import Source

COLUMNS = ("location", "variable", "attribute", "common_address", "object_address", "type", "line")


def allocate_addresses(source: Source, in_place: bool, out: Path | None) -> int:
    """Print what would be added, or write it. ConfigError when nothing can be planned; then nothing is written."""
    scd = source.scd
    plan = allocate(source.scl, source.points)
    for finding in (*source.findings, *plan.findings):  # points that could not be read get no address either
        print(finding, file=sys.stderr)
    if in_place or out is not None:
        _write(plan, scd, scd if out is None else out)
    else:
        _show(plan)
    return 1 if source.findings or plan.findings else 0


def _show(plan: Allocation) -> None:
    printed = csv.writer(sys.stdout)
    printed.writerow(COLUMNS)
    for new in plan.added:
        address = new.address
        numbers = (address.common_address, address.object_address, address.type_id)
        printed.writerow((*new.point.name, ".".join(new.path), *numbers, new.point.line))
    print(f"{len(plan.added)} addresses would be added; --in-place or --out FILE writes them", file=sys.stderr)


def _write(plan: Allocation, scd: Path, target: Path) -> None:
    """The old file stays beside the new one; a power cut leaves one of them whole."""
    data = _read(scd)
    content = with_addresses(data, plan.added, str(scd))
    _check(plan, content, target)
    kept = _keep(target) if target.exists() else None
    aside = target.with_name(f".{target.name}.new")
    try:
        with aside.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if target.exists():
            shutil.copymode(target, aside)
        os.replace(aside, target)
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror}; name a file you may write") from error
    kept_as = "" if kept is None else f", the old file is {kept}"
    print(f"{target}: {len(plan.added)} addresses added{kept_as}")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(str(file), None, f"cannot be read: {error.strerror}", "correct its path") from error


def _check(plan: Allocation, content: bytes, target: Path) -> None:
    """The new file is read before it takes the old one's place: it has every address of the plan."""
    table = point_table(read_scl(content, str(target)))
    found = {(point.name, address) for point in table.points for address in (*point.monitors, *point.commands)}
    missing = [new for new in plan.added if (new.point.name, new.address) not in found]
    if missing:
        new = missing[0]
        problem = f"{new.point.name}: the address of {'.'.join(new.path)} cannot be read back ({len(missing)} in all)"
        raise ConfigError(str(target), new.point.line, problem, "nothing was written; correct the SCD there")


def _keep(file: Path) -> Path:
    """A copy under the first free name: scd.xml.1.bak, scd.xml.2.bak..."""
    copy = next(each for n in count(1) if not (each := file.with_name(f"{file.name}.{n}.bak")).exists())
    try:
        shutil.copy2(file, copy)
    except OSError as error:
        raise StorageError(f"{copy}: cannot be written: {error.strerror}; make the folder writable") from error
    return copy
