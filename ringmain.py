"""Ringmain's command line: finds the command, imports it, hands over the arguments.

A command is a function `run(arguments) -> exit status` in a package of its own. Nothing is imported before it is asked
for, so that one package's libraries never burden another's process. Commands whose module is not installed are neither
listed nor run.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.errors import RingmainError

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE
OUR_PACKAGES = frozenset({"hmi", "models", "protocols", "sim_ied", "substation"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: its module (whose `run` is called) and its line in the help."""

    module: str
    summary: str

    def installed(self) -> bool:
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError as error:
            if error.name is None or not self.module.startswith(error.name):
                raise
            return False

    def load(self) -> Callable[[list[str]], int]:
        run: Callable[[list[str]], int] = importlib.import_module(self.module).run
        return run


COMMANDS = {
    "demo": Entry("substation.commands.demo", "a fault that is located and healed; --hierarchy: hundreds of units"),
    "serve": Entry("substation.commands.serve", "run the management unit of a site: serve UNIT.toml"),
    "sim": Entry("sim_ied.commands.sim", "run the simulated grid and its devices: sim WORLD.toml"),
    "customers": Entry("sim_ied.commands.customers", "simulate households and their meters: customers CUSTOMERS.toml"),
    "customer": Entry("hmi.commands.customer", "open a customer's window: customer [URL]"),
    "hmi": Entry("hmi.commands.hmi", "open the operator's window: hmi [URL]"),
    "authority": Entry("substation.commands.authority", "issue and revoke certificates: authority DIR new|issue|..."),
    "enrol": Entry("substation.commands.enrol", "admit somebody to a unit: enrol UNIT.toml KEY --role ROLE"),
    "stakeholders": Entry("substation.commands.stakeholders", "who is enrolled at a unit: stakeholders UNIT.toml"),
    "audit": Entry("substation.commands.audit", "print or verify a unit's audit log: audit UNIT.toml [--verify]"),
    "check": Entry("substation.commands.check_files", "check a site's files: check UNIT.toml, or an SCL file alone"),
    "privacy": Entry("substation.commands.privacy", "key of the sums of meter readings: privacy UNIT.toml key"),
    "links": Entry("substation.commands.links", "configuration of the NATS server beside a unit: links UNIT.toml"),
    "export": Entry("substation.commands.export", "stored values as CSV or Parquet: export UNIT.toml --points PATTERN"),
    "history": Entry("substation.commands.history", "a unit's databases: history UNIT.toml check|encrypt|rekey"),
    "commission": Entry("substation.commands.commission", "point tests, inhibited alarms: commission URL --key KEY"),
    "settings": Entry("substation.commands.settings", "settings of devices beside the SCL: settings UNIT.toml [LINK]"),
    "records": Entry("substation.commands.records", "disturbance records of a unit: records UNIT.toml [--get NUMBER]"),
    "reliability": Entry("substation.commands.reliability", "SAIDI, SAIFI, interruptions: reliability UNIT.toml"),
    "signals": Entry("substation.commands.signals", "point list and interoperability list: signals UNIT.toml"),
    "iec104": Entry("substation.commands.iec104", "IEC 104 octets in words: iec104 explain HEX, or - for lines"),
    "scd": Entry("sim_ied.commands.scd", "write the files of a site from a network: scd NETWORK --out DIR"),
    "study": Entry("substation.commands.study", "calculate on a network file: study KIND NETWORK [--json]"),
    "supervise": Entry("substation.commands.supervise", "run a site's active release, with roll-back: supervise SITE"),
    "bundle": Entry("substation.commands.bundle", "signed bundles of configuration or software: make|sign|check"),
    "maintain": Entry("substation.commands.maintain", "maintenance from afar: maintain URL --key KEY apply FILE ..."),
    "backup": Entry("substation.commands.backup", "data of a running unit in one file: backup UNIT.toml FILE"),
    "restore": Entry("substation.commands.restore", "data from a backup: restore FILE UNIT.toml"),
    "bench": Entry("substation.commands.bench", "measure against named peers: bench NAME [--json]"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; 0 only on success, errors are one line on standard error."""
    asked = _parser().parse_args(arguments)
    entry = COMMANDS.get(asked.command)
    if entry is None or not entry.installed():
        return _complain(f"no command {asked.command!r} in this installation; `ringmain --help` lists them", EXIT_USAGE)
    try:
        return _run(asked.command, entry, asked.arguments)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (`| head`): the interpreter must not fail again when it flushes at its end.
        _forget_output()
        return EXIT_BROKEN_PIPE


def _forget_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(name: str, entry: Entry, arguments: list[str]) -> int:
    try:
        status = entry.load()(arguments)
        sys.stdout.flush()
        return status
    except RingmainError as error:
        return _complain(str(error), EXIT_ERROR)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        _forget_output()
        return _complain(f"{name}: {error.strerror}; make room, what was written is not complete", EXIT_ERROR)
    except ImportError as error:
        if (error.name or "").partition(".")[0] in OUR_PACKAGES:
            raise  # a defect of ours, not a missing library
        return _complain(f"{name} cannot load a library: {error}; `make setup` installs what is missing", EXIT_ERROR)


def _parser() -> argparse.ArgumentParser:
    installed = {name: entry for name, entry in COMMANDS.items() if entry.installed()}
    width = max(map(len, installed), default=0)
    parser = argparse.ArgumentParser(
        prog="ringmain",
        description="Substation automation server. Each command explains itself with `ringmain COMMAND --help`.",
        epilog="\n".join(["commands:", *(f"  {name:{width}}  {entry.summary}" for name, entry in installed.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", metavar="COMMAND", help="one of the commands below")
    parser.add_argument("arguments", metavar="...", nargs=argparse.REMAINDER, help="its arguments")
    return parser


def _complain(problem: str, status: int) -> int:
    print(f"ringmain: {problem}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
