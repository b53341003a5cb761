"""`ringmain study KIND NETWORK [--with FILE] [--json]`: calculations on network files (docs/study.md)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from models.errors import AlgorithmError, ConfigError
from substation.study.kind import Result
from substation.study.kinds import KINDS
from substation.study.network_argument import asked_for


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 on success alone. RingmainError in one line for what cannot be read or calculated."""
    name = _name(arguments)
    kind = KINDS[name].load()
    parser = _parser(name)
    kind.add_options(parser)
    options = parser.parse_args(list(arguments[1:]))
    asked = asked_for(options.network, options.with_file)
    result = kind.run(asked, options)
    findings = (*asked.grid.findings, *result.findings)
    (_print_json if options.json else _print_text)(result, findings)
    return 0


def _name(arguments: Sequence[str]) -> str:
    if arguments and arguments[0] in KINDS:
        return arguments[0]
    if arguments and arguments[0] not in ("-h", "--help"):
        raise ConfigError("study", None, f"no study '{arguments[0]}'", f"there are {', '.join(sorted(KINDS))}")
    listed = "\n".join(f"  {name:12}{entry.summary}" for name, entry in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="ringmain study",
        description="Calculations on a network file. `ringmain study KIND --help` explains each.",
        epilog=f"kinds:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", metavar="KIND", help="one of the kinds below")
    parser.parse_args(list(arguments))  # prints the help or what is missing, and leaves
    raise ConfigError("study", None, "no study named", f"there are {', '.join(sorted(KINDS))}")


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"ringmain study {name}", description=KINDS[name].summary)
    parser.add_argument(
        "network",
        metavar="NETWORK",
        help="MATPOWER .m, pandapower .json or name, network.json, CIM .xml or .zip, SimBench code",
    )
    parser.add_argument(
        "--with", dest="with_file", metavar="FILE", help="TOML file with what the network lacks (docs/study.md)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output, nothing else")
    return parser


def _print_json(result: Result, findings: tuple[str, ...]) -> None:
    try:
        print(json.dumps({**result.values, "findings": list(findings)}, allow_nan=False))
    except ValueError as error:
        raise AlgorithmError("the result holds a number that is none; report this network") from error


def _print_text(result: Result, findings: tuple[str, ...]) -> None:
    for line in result.text:
        print(line)
    for finding in findings:
        print(f"note: {finding}", file=sys.stderr)
