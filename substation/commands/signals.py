"""`ringmain signals UNIT.toml`: the point list that a control centre imports, as CSV on standard output."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import RingmainError
from models.point import ControlModel, PointSpec
from protocols.iec104.application.types import static_type
from substation.config import read_unit
from substation.site import read_site

COLUMNS = (
    "location",
    "variable",
    "common_data_class",
    "unit",
    "common_address",
    "object_address",
    "type_interrogated",
    "type_event",
    "command_object_address",
    "command_type",
    "control_model",
)


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; one row per point, in the order of the SCD."""
    parser = argparse.ArgumentParser(prog="ringmain signals", description="print the control centre's point list")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    config = read_unit(parser.parse_args(arguments).unit)
    site = read_site(config, with_addresses=False)
    if site is None:
        raise RingmainError(f"{config.file}: unit {config.name} has no field devices, hence no points")
    if site.findings:
        raise RingmainError(f"{site.findings[0]} ({len(site.findings)} problems: a list without these points is none)")
    table = csv.writer(sys.stdout)
    table.writerow(COLUMNS)
    table.writerows(row(spec) for spec in site.points if spec.monitor is not None)
    return 0


def row(spec: PointSpec) -> tuple[object, ...]:
    """One point in the order of COLUMNS; empty where the point has no such thing."""
    monitor, command = spec.monitor, spec.command
    if monitor is None or spec.control_model is ControlModel.STATUS_ONLY:
        command = None
    addresses = (
        ("", "", "", "")
        if monitor is None
        else (monitor.common_address, monitor.object_address, static_type(monitor.type_id), monitor.type_id)
    )
    commanded = ("", "") if command is None else (command.object_address, command.type_id)
    return (*spec.name, spec.cdc.value, spec.unit, *addresses, *commanded, spec.control_model.name.lower())
