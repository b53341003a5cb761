"""`ringmain study KIND NETWORK [--with FILE] [--json]`: calculations on network files (docs/study.md)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import NoReturn

from models.errors import AlgorithmError, ConfigError, DivergedError
from substation.study.kind import Asked, Kind, Result
from substation.study.kinds import KINDS
from substation.study.network_argument import asked_for


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong with the arguments; the usage is what --help prints."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; `{self.prog} --help` explains\n")


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 on success alone. RingmainError in one line for what cannot be read or calculated."""
    name = _name(arguments)
    kind = KINDS[name].load()
    parser = _parser(name)
    kind.add_options(parser)
    _refuse_repeated(parser, arguments)
    options = parser.parse_args(list(arguments[1:]))
    asked = asked_for(options.network, options.with_file)
    result = _calculated(kind, asked, options)
    findings = (*asked.grid.findings, *result.findings)
    (_print_json if options.json else _print_text)(result, findings)
    return 0


def _calculated(kind: Kind, asked: Asked, options: argparse.Namespace) -> Result:
    """Errors of a calculation name the network; what does not converge has the same causes in every study."""
    try:
        return kind.run(asked, options)
    except DivergedError as error:
        causes = "look for wrong units of loads, impedances or nominal voltages in it, or for far too much load"
        raise AlgorithmError(f"{asked.network}: no power flow carries its loads: {error}; {causes}") from error
    except AlgorithmError as error:
        raise AlgorithmError(f"{asked.network}: {error}") from error


def _name(arguments: Sequence[str]) -> str:
    if arguments and arguments[0] in KINDS:
        return arguments[0]
    if arguments and arguments[0] not in ("-h", "--help"):
        raise ConfigError("study", None, f"no study '{arguments[0]}'", f"there are {', '.join(sorted(KINDS))}")
    listed = "\n".join(f"  {name:12}{entry.summary}" for name, entry in KINDS.items())
    parser = _Parser(
        prog="ringmain study",
        description="Calculations on a network file. `ringmain study KIND --help` explains each.",
        epilog=f"kinds:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", metavar="KIND", help="one of the kinds below")
    parser.parse_args(list(arguments))  # prints the help or what is missing, and leaves
    raise ConfigError("study", None, "no study named", f"there are {', '.join(sorted(KINDS))}")


def _parser(name: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=f"ringmain study {name}", description=KINDS[name].summary, allow_abbrev=False)
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


def _refuse_repeated(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """`--fault 3 --fault 7` would be a study of 7 alone: the last one counts, and nobody is told."""
    named = [each.partition("=")[0] for each in arguments if each.startswith("--")]
    repeated = next((each for each in named if named.count(each) > 1), None)
    if repeated is not None:
        parser.error(f"{repeated} is given twice; give it once, a list with commas")


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
