"""Whether this unit takes a bundle: signed by who may, meant for it, in time, newer than what it has, and it fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.utc import to_text
from substation.exchange.access import Identity
from substation.maintenance.bundle import Bundle
from substation.maintenance.errors import BundleError
from substation.maintenance.manifest import Kind, Manifest
from substation.maintenance.settings import MaintenanceSettings


@dataclass(frozen=True, slots=True)
class Recipient:
    """The unit that a bundle comes to. signer: of a frame (substation.maintenance.signatories).

    highest: number of the highest release of a kind that was ever activated.
    """

    unit: str
    level: str
    product: str
    settings: MaintenanceSettings
    signer: Callable[[bytes], Identity]
    highest: Callable[[Kind], int]


def admit(bundle: Bundle, recipient: Recipient, now_ns: int) -> tuple[str, ...]:
    """Names of the signers; BundleError with the reason why it is not taken. The content is not looked at."""
    names = _signers(bundle, recipient)
    problem = _unfit(bundle.manifest, recipient, now_ns)
    if problem:
        raise BundleError(f"{bundle.manifest}: {problem}")
    return names


def _signers(bundle: Bundle, recipient: Recipient) -> tuple[str, ...]:
    """Every signature must be valid and of a maintainer; software may want two of them."""
    names = tuple(dict.fromkeys(_signer(frame, recipient) for frame in bundle.frames))
    wanted = 2 if bundle.manifest.kind is Kind.SOFTWARE and recipient.settings.four_eyes else 1
    if len(names) < wanted:
        remedy = "have it signed by one more with 'ringmain bundle sign'"
        raise BundleError(f"{bundle.manifest}: signed by {', '.join(names)} alone, two are wanted; {remedy}")
    return names


def _signer(frame: bytes, recipient: Recipient) -> str:
    identity = recipient.signer(frame)
    named = recipient.settings.signers
    if named and identity.name not in named:
        raise BundleError(f"the bundle is refused: {identity} is not one of [maintenance] signers")
    return identity.name


def _unfit(manifest: Manifest, recipient: Recipient, now_ns: int) -> str:
    highest = recipient.highest(manifest.kind)
    objections: Sequence[tuple[bool, str]] = (
        (not manifest.target.fits(recipient.unit, recipient.level), f"this is {recipient.unit} ({recipient.level})"),
        (now_ns < manifest.not_before_ns, f"it may be applied from {to_text(manifest.not_before_ns)} on"),
        (now_ns >= manifest.expires_ns, f"it has expired at {to_text(manifest.expires_ns)}; make a new one"),
        (manifest.version <= highest, f"version {highest} was active already; only a higher one is taken"),
        (
            _number(recipient.product) < _number(manifest.minimum_product),
            f"wants Ringmain {manifest.minimum_product} or later, this is {recipient.product}",
        ),
    )
    return next((words for holds, words in objections if holds), "")


def _number(version: str) -> tuple[int, ...]:
    """The leading numbers of a version ('0.12.3.dev1' -> (0, 12, 3)), enough to compare releases of our own."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(part) for part in found.group().split(".")) if found else (0,)
