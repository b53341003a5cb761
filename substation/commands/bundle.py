"""`ringmain bundle make | sign | check`: signed bundles of configuration or software."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from models.utc import to_text
from protocols.tls.files import read_chain
from substation.exchange.key_files import read_signing_key
from substation.level import Level
from substation.maintenance.bundle import Pen, add_signature, make, open_bundle, verify_contents
from substation.maintenance.errors import BundleError
from substation.maintenance.inventory import product
from substation.maintenance.manifest import Kind, Manifest, Target, TargetKind
from substation.maintenance.releases import UNIT_FILE
from substation.maintenance.source import entries_of, source_of

DAY_NS = 86_400_000_000_000


def run(arguments: Sequence[str]) -> int:
    """Exit status 0; BundleError or ConfigError in one line."""
    given = _parser().parse_args(arguments)
    _COMMANDS[given.command](given)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ringmain bundle", description="signed bundles of configuration or software")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="make a bundle from a folder, or from a wheel of Ringmain")
    making.add_argument("--kind", required=True, choices=[kind.value for kind in Kind])
    making.add_argument("--from", required=True, type=Path, dest="source", metavar="DIR", help="folder, or wheel")
    _add_pen(making)
    making.add_argument("--out", required=True, type=Path, metavar="FILE")
    making.add_argument("--version", required=True, type=int, help="a number above that of every earlier bundle")
    making.add_argument("--for", required=True, dest="target", metavar="UNIT", help="name of a unit, or a level")
    making.add_argument("--days", type=float, default=30.0, help="how long it may be applied (30)")
    making.add_argument("--not-before-days", type=float, default=0.0, help="from when on it may be applied (0: now)")
    making.add_argument("--needs", default=product(), metavar="VERSION", help="least version of Ringmain that takes it")
    signing = commands.add_parser("sign", help="add one more signature")
    signing.add_argument("bundle", type=Path, metavar="FILE")
    _add_pen(signing)
    signing.add_argument("--out", required=True, type=Path, metavar="FILE")
    checking = commands.add_parser("check", help="show what is in a bundle, and whether its content is whole")
    checking.add_argument("bundle", type=Path, metavar="FILE")
    return parser


def _add_pen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", required=True, type=Path, metavar="FILE", help="private key of the signer")
    parser.add_argument("--certificate", type=Path, metavar="FILE", help="PEM chain of a key that is not admitted")


def _pen(given: argparse.Namespace) -> Pen:
    return Pen(read_signing_key(given.key), () if given.certificate is None else read_chain(given.certificate))


def _make(given: argparse.Namespace) -> None:
    source, now_ns = source_of(given.source), time.time_ns()
    kind = Kind(given.kind)
    start_ns = now_ns + round(given.not_before_days * DAY_NS) if given.not_before_days else 0
    manifest = Manifest(
        kind=kind,
        version=given.version,
        target=_target(given.target),
        made_ns=now_ns,
        not_before_ns=start_ns,
        expires_ns=max(start_ns, now_ns) + round(given.days * DAY_NS),
        minimum_product=given.needs,
        files=entries_of(source),
    )
    if kind is Kind.CONFIGURATION and UNIT_FILE not in {file.name for file in manifest.files}:
        raise BundleError(f"{given.source}: holds no {UNIT_FILE}; give the folder of a site")
    make(manifest, [_pen(given)], source.feed, given.out)
    print(f"{given.out}: {manifest}, {len(manifest.files)} files, {manifest.octets} octets")


def _target(name: str) -> Target:
    return Target(TargetKind.LEVEL if name in Level.__members__ else TargetKind.UNIT, name)


def _sign(given: argparse.Namespace) -> None:
    bundle = open_bundle(given.bundle)
    add_signature(bundle, _pen(given), given.out)
    print(f"{given.out}: {bundle.manifest}, {len(bundle.frames) + 1} signatures")


def _check(given: argparse.Namespace) -> None:
    bundle = open_bundle(given.bundle)
    verify_contents(bundle)
    for line in _lines(bundle.manifest):
        print(line)
    for key_id in bundle.signers():
        print(f"signed with key  {key_id.hex()[:16]} (whether it may is for the unit to say)")


def _lines(manifest: Manifest) -> Iterator[str]:
    yield f"{manifest}: content is whole"
    yield f"made             {to_text(manifest.made_ns)}"
    yield f"may be applied   {to_text(manifest.not_before_ns)} to {to_text(manifest.expires_ns)}"
    yield f"needs            Ringmain {manifest.minimum_product} or later"
    for file in manifest.files:
        yield f"{file.size:>12}  {file.sha256.hex()[:16]}  {file.name}"


_COMMANDS: Mapping[str, Callable[[argparse.Namespace], None]] = {"make": _make, "sign": _sign, "check": _check}
