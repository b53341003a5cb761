"""`ringmain restore FILE UNIT.toml`: the data of a unit from a backup, into an empty data directory."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from models.utc import to_text
from substation.commands.backup import passphrase
from substation.config import read_unit
from substation.exchange.key_files import read_verify_key
from substation.maintenance.errors import BackupError
from substation.maintenance.restore import restore


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; BackupError or ConfigError in one line, and nothing has changed then."""
    given = _parser().parse_args(arguments)
    if (given.unit is None) == (given.data is None):
        raise BackupError("give either UNIT.toml, whose data directory is restored, or --data DIR")
    config = None if given.unit is None else read_unit(given.unit)
    data, key = (given.data, None) if config is None else (config.data, config.history.key())
    trusted = None if given.unit_key is None else read_verify_key(given.unit_key)
    secret = passphrase(given.passphrase_file)
    header = restore(given.backup, data, secret, trusted, given.configuration, time.time_ns(), key)
    keys = "" if header.derivation else "; its private keys are not in it: the unit makes a new one, enrol that anew"
    print(f"{data}: {header.unit} as of {to_text(header.made_ns)}, {len(header.files)} files{keys}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain restore", description="the data of a unit from a backup")
    parser.add_argument("backup", type=Path, metavar="FILE")
    parser.add_argument("unit", type=Path, nargs="?", metavar="UNIT.toml")
    parser.add_argument("--data", type=Path, metavar="DIR", help="instead of UNIT.toml: the data directory itself")
    parser.add_argument("--configuration", type=Path, metavar="DIR", help="new folder for unit.toml and its files")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="its first line opens a sealed backup")
    parser.add_argument("--unit-key", type=Path, metavar="FILE", help="unit.pub: refuse a backup of another unit")
    return parser
