"""`ringmain bench NAME [--short] [--json]`: our figures beside those of named peers on the same work.

Peers are test dependencies, so the measurements live in the repository's `tests/bench` and are found there.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import RingmainError

ROOT = Path(__file__).resolve().parents[2]

Say = Callable[[str], None]
Measure = Callable[[bool, Say], list[dict[str, object]]]
"""(short, say) -> figures: "what", "unit", "ours", "peer", "peers", "ratio", "target", "met"."""


@dataclass(frozen=True, slots=True)
class Bench:
    """module: below the repository's root; its `measure` is called."""

    module: str
    summary: str


BENCHES = {
    "spine": Bench("tests.bench.spine", "event path to the control centre, a whole restoration, one FDIR solution"),
    "iec104": Bench("tests.bench.iec104.bench", "IEC 60870-5-104 in both roles beside hat-drivers and c104"),
    "mms": Bench("tests.bench.mms.bench", "reports and commands of a hundred IEC 61850 devices beside libiec61850"),
    "mv": Bench("tests.bench.mv.bench", "reconfiguration, restoration and Volt/Var control beside three solvers"),
    "exchange": Bench("tests.bench.exchange", "requests, fan-out, samples into history, links between units"),
}


def run(arguments: Sequence[str]) -> int:
    """Exit status 0 when everything was measured, whatever it says; RingmainError where it cannot be measured."""
    given = _parser().parse_args(arguments)
    figures = _load(given.name)(given.short, _progress)
    if given.json:
        print(json.dumps({"bench": given.name, "figures": figures}))
    else:
        print("\n\n".join(_described(figure) for figure in figures))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ringmain bench",
        description="measure against named peers; progress goes to standard error",
        epilog="\n".join(f"  {name}: {bench.summary}" for name, bench in BENCHES.items()),
    )
    parser.add_argument("name", choices=tuple(BENCHES), metavar="NAME")
    parser.add_argument("--short", action="store_true", help="only to see that it works: one short turn of each")
    parser.add_argument("--json", action="store_true", help="one object on standard output and nothing else")
    return parser


def _load(name: str) -> Measure:
    if not (ROOT / "tests" / "bench").is_dir():
        raise RingmainError(f"bench {name} needs the repository: {ROOT} has no tests/bench; run it from a checkout")
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    try:
        measure: Measure = importlib.import_module(BENCHES[name].module).measure
    except ModuleNotFoundError as error:
        raise RingmainError(f"bench {name} needs the peers of the tests: {error}; `make setup-test`") from error
    return measure


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _described(figure: dict[str, object]) -> str:
    """For people: what, ours, the peer's, and whether the target is met."""
    unit = figure["unit"]
    peers = "" if figure["peers"] is None else f": {figure['peers']} {unit}, ratio {figure['ratio']}"
    rows = (
        ("ours", f"{figure['ours']} {unit}"),
        ("peer", f"{figure['peer']}{peers}"),
        ("target", f"{figure['target']}: {'met' if figure['met'] else 'NOT MET'}"),
    )
    return "\n".join([str(figure["what"]), *(f"  {name:<7} {text}" for name, text in rows)])
