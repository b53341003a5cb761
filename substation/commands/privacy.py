"""`ringmain privacy UNIT.toml key|show`: the key of the sums of encrypted meter readings, at the key holder."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from models.errors import ConfigError
from models.privacy.sum_key import PrivateSumKey
from substation.config import read_unit
from substation.privacy.key_file import FILE_NAME, read_sum_key, write_sum_key
from substation.privacy.settings import SumRole, read_passphrase


def run(arguments: Sequence[str]) -> int:
    """ConfigError when the unit is no key holder, or the key is there already (key), or is not (show)."""
    parser = argparse.ArgumentParser(prog="ringmain privacy", description="the key of the sums of meter readings")
    parser.add_argument("unit", type=Path, metavar="UNIT.toml")
    parser.add_argument("what", choices=("key", "show"), help="key: make the pair; show: tell its fingerprint")
    given = parser.parse_args(arguments)
    config = read_unit(given.unit)
    if config.meter_sums is None or config.meter_sums.role is not SumRole.KEY_HOLDER:
        remedy = 'set role = "key holder" in [meter_sums]; keys of others are of no use'
        raise ConfigError(str(given.unit), None, f"{config.name} holds no key of sums", remedy)
    file, passphrase = config.data / FILE_NAME, read_passphrase(config.meter_sums.passphrase)
    if given.what == "key":
        config.data.mkdir(parents=True, exist_ok=True)
        write_sum_key(PrivateSumKey.generate(), file, passphrase)
        print(f"{file}: made{'' if passphrase is None else ', under the passphrase'}; keep a copy in a safe place")
    print(f"fingerprint {read_sum_key(file, passphrase).public.fingerprint.hex()}")
    return 0
