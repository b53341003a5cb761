"""`ringmain backup UNIT.toml FILE`: data and configuration of a unit in one file, while it runs."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from models.errors import ConfigError
from substation.config import UnitConfig, read_unit
from substation.exchange.key_files import unit_key
from substation.maintenance.backup import make


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; BackupError or ConfigError in one line, and no file then."""
    parser = argparse.ArgumentParser(prog="ringmain backup", description="data and configuration of a unit in one file")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("out", type=Path, metavar="FILE")
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="seal the backup with its first line, and take keys along"
    )
    given = parser.parse_args(arguments)
    config = read_unit(given.unit)
    _refuse_new(config)
    header = make(
        config,
        unit_key(config.data),
        config.history.key(),
        passphrase(given.passphrase_file),
        given.out,
        time.time_ns(),
    )
    how = "plain, without private keys" if header.derivation is None else "sealed, with private keys"
    print(f"{given.out}: {header.unit}, {len(header.files)} files, {header.octets} octets, {how}")
    return 0


def _refuse_new(config: UnitConfig) -> None:
    if not config.data.is_dir():
        raise ConfigError(str(config.data), None, "there are no data", "start the unit first")


def passphrase(file: Path | None) -> str | None:
    """The first line of the file; ConfigError names it."""
    if file is None:
        return None
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), None, f"cannot be read: {error}", "give a file with the passphrase") from error
