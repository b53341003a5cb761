"""What an authority has issued and revoked: `index.json` in its folder, replaced whole at every change."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from models.errors import ConfigError
from protocols.tls.files import octets_of, write_whole

FILE_NAME = "index.json"
_SCHEMA = 1
_REMEDY = "restore the authority's folder from its backup"


@dataclass(frozen=True, slots=True)
class Issued:
    """One certificate. serial: hexadecimal; key: SHA-256 of the public key's SubjectPublicKeyInfo, hexadecimal.

    Times are ns UTC. revoked_ns: 0 while it is not revoked; reason: of RFC 5280 5.3.1, as written there.
    """

    serial: str
    name: str
    role: str
    areas: tuple[str, ...]
    level: str
    hosts: tuple[str, ...]
    key: str
    valid_from_ns: int
    valid_until_ns: int
    revoked_ns: int = 0
    reason: str = ""

    def state(self, now_ns: int) -> str:
        if self.revoked_ns:
            return f"revoked ({self.reason})"
        return "valid" if now_ns <= self.valid_until_ns else "expired"


@dataclass(frozen=True, slots=True)
class Index:
    """crl_number: of the newest revocation list; rises with each."""

    issued: tuple[Issued, ...] = ()
    crl_number: int = 0
    file: Path = field(default=Path(FILE_NAME), compare=False)

    def with_issued(self, entry: Issued) -> Index:
        return replace(self, issued=(*self.issued, entry))

    def with_revoked(self, serials: frozenset[str], reason: str, now_ns: int) -> Index:
        issued = (
            replace(each, revoked_ns=now_ns, reason=reason) if each.serial in serials and not each.revoked_ns else each
            for each in self.issued
        )
        return replace(self, issued=tuple(issued))

    def with_next_list(self) -> Index:
        return replace(self, crl_number=self.crl_number + 1)

    def save(self) -> None:
        """On disk when this returns; ConfigError when it cannot be."""
        plain = {"schema": _SCHEMA, "crl_number": self.crl_number, "issued": [asdict(each) for each in self.issued]}
        write_whole(self.file, json.dumps(plain, indent=1, ensure_ascii=False).encode(), 0o600)


def read_index(folder: Path) -> Index:
    """ConfigError when it is not there or not whole: an authority never begins anew by itself."""
    file = folder / FILE_NAME
    try:
        plain = json.loads(octets_of(file, _REMEDY))
        if plain["schema"] != _SCHEMA:
            raise ConfigError(str(file), None, "unknown schema", f"this version reads schema {_SCHEMA}")
        issued = tuple(
            Issued(**{**each, "areas": tuple(each["areas"]), "hosts": tuple(each["hosts"])}) for each in plain["issued"]
        )
        return Index(issued, int(plain["crl_number"]), file)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(str(file), None, f"is not an authority's index: {error}", _REMEDY) from error
