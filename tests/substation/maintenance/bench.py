"""Bundles, recipients and sites for the tests of maintenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from models.wire.keys import KeyId, SigningKey, VerifyKey
from substation.exchange.access import Role
from substation.maintenance.admission import Recipient
from substation.maintenance.bundle import Bundle, Pen, make, open_bundle
from substation.maintenance.file_list import FileEntry
from substation.maintenance.manifest import Kind, Manifest, Target, TargetKind
from substation.maintenance.settings import MaintenanceSettings
from substation.maintenance.signatories import Signatories
from substation.stakeholders.stakeholder import Stakeholder

NOW_NS = 1_800_000_000_000_000_000
DAY_NS = 86_400_000_000_000
ERNA, INGO, OLGA, NOBODY = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3, 4))
CONTENT = {
    "unit.toml": b'schema = 1\nunit = {name = "TL", level = "TLGMU"}\n',
    "sub/notes.txt": b"",
    "b.bin": b"x" * 70,
}


@dataclass
class Register:
    """Erna is engineer, Ingo installer, Olga operator."""

    people: dict[str, Stakeholder] = field(
        default_factory=lambda: {
            name: Stakeholder(name, role, keys=(key.public,))
            for name, role, key in (
                ("Erna", Role.ENGINEER, ERNA), ("Ingo", Role.INSTALLER, INGO), ("Olga", Role.OPERATOR, OLGA)
            )
        }
    )  # fmt: skip

    def holder(self, key_id: KeyId) -> Stakeholder | None:
        return next((person for person in self.people.values() if person.holds(key_id)), None)

    def find(self, key_id: KeyId) -> VerifyKey | None:
        holder = self.holder(key_id)
        return holder.keys[0] if holder else None

    def of_subject(self, subject: str) -> Stakeholder | None:
        return next((person for person in self.people.values() if person.subject == subject), None)

    def named(self, name: str) -> Stakeholder | None:
        return self.people.get(name)


def manifest_of(content: Mapping[str, bytes], version: int = 2, kind: Kind = Kind.CONFIGURATION) -> Manifest:
    files = tuple(FileEntry(name, len(each), sha256(each).digest()) for name, each in sorted(content.items()))
    target = Target(TargetKind.UNIT, "TL")
    return Manifest(kind, version, target, NOW_NS, NOW_NS - DAY_NS, NOW_NS + DAY_NS, "0.1.0", files)


def bundle(
    folder: Path, manifest: Manifest | None = None, *keys: SigningKey, content: Mapping[str, bytes] = CONTENT
) -> Bundle:
    """Signed by Erna unless by others."""
    made = manifest or manifest_of(content)
    file = folder / f"{len(list(folder.iterdir()))}.bundle"
    make(made, [Pen(key) for key in keys or (ERNA,)], lambda entry, sink: sink(content[entry.name]), file)
    return open_bundle(file)


def recipient(highest: int = 1, **settings: object) -> Recipient:
    signatories = Signatories(Register(), None, lambda: NOW_NS)
    chosen = replace(MaintenanceSettings(), **settings)  # type: ignore[arg-type]
    return Recipient("TL", "TLGMU", "0.1.0", chosen, signatories.signer, lambda kind: highest)
