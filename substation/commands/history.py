"""`ringmain history UNIT.toml check | encrypt | rekey`: look after a unit's databases."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from models.errors import ConfigError
from substation.cipher_key import CipherKey, key_of_file
from substation.config import UnitConfig, read_unit
from substation.data_lock import locked
from substation.history.encryption import opens, reencrypt
from substation.history.settings import CONTROL_FILE, HISTORY_FILE, NONE, SQLITE
from substation.history.sqlite_engine import SqliteEngine
from substation.history.survey import survey


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; ConfigError or StorageError in one line; 1 when `check` finds damage."""
    given = _parser().parse_args(arguments)
    return _ACTIONS[given.action](read_unit(given.unit), given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain history", description="Look after the databases of a unit.")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument(
        "action",
        choices=tuple(_ACTIONS),
        help="check: read everything and tell what is there; encrypt: put plain files under the key of unit.toml;"
        " rekey: from the key in --old-key to that of unit.toml (both with the unit stopped)",
    )
    parser.add_argument("--old-key", type=Path, metavar="FILE", help="file with the key so far (rekey)")
    return parser


def _check(config: UnitConfig, _given: argparse.Namespace) -> int:
    with closing(config.history.open(config.data, config.name)) as engine:
        engine.present()
        damage = _damage(config) if isinstance(engine, SqliteEngine) else []
        for line in survey(engine):
            print(line)
    for line in damage:
        print(f"damaged: {line}")
    return 1 if damage else 0


def _damage(config: UnitConfig) -> list[str]:
    found = []
    for file in _files(config):
        with closing(SqliteEngine(file, key=config.history.key())) as engine:
            found += [f"{file}: {problem}" for problem in engine.damage()]
    return found


def _encrypt(config: UnitConfig, _given: argparse.Namespace) -> int:
    return _renew(config, None)


def _rekey(config: UnitConfig, given: argparse.Namespace) -> int:
    if given.old_key is None:
        raise ConfigError("command line", None, "rekey needs the key so far", "--old-key FILE")
    return _renew(config, key_of_file(given.old_key))


def _renew(config: UnitConfig, old: CipherKey | None) -> int:
    new = config.history.key()
    if config.history.encryption == NONE or new is None:
        remedy = 'add encryption = "sqlcipher" and key_file or key_env to [history]'
        raise ConfigError(str(config.file), None, "no encryption is set", remedy)
    with locked(config.data):
        for file in _files(config):
            if not opens(file, new):
                reencrypt(file, old, new)
                print(f"{file} is now under the key of {config.file}")
            else:
                print(f"{file} has that key already")
    return 0


def _files(config: UnitConfig) -> list[Path]:
    """The unit's databases that `encryption` is about, where they are there yet."""
    names = ([HISTORY_FILE] if config.history.engine == SQLITE else []) + [CONTROL_FILE]
    return [file for name in names if (file := config.data / name).exists()]


_ACTIONS: Mapping[str, Callable[[UnitConfig, argparse.Namespace], int]] = {
    "check": _check,
    "encrypt": _encrypt,
    "rekey": _rekey,
}
