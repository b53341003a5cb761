"""A stakeholder as the register of a unit knows it: a person, or an agent (unit, service, application)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from models.wire.keys import KeyId, VerifyKey
from substation.exchange.access import APPROVERS, EVERYWHERE, Identity, Role

MAX_NAME_LENGTH = 64
_FORBIDDEN_IN_NAMES = "/*\\\"'"


class Kind(Enum):
    """Sessions of people end when they are idle; agents stay."""

    PERSON = "person"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """areas: patterns of locations. valid_until_ns: UTC, None for ever. failed: wrong passwords in a row.

    password: argon2id in PHC string format, empty without. subject: common name of certificates that are taken as this
    stakeholder, empty for none. locked_until_ns: passwords are refused until then (UTC), keys are not.
    """

    name: str
    role: Role
    kind: Kind = Kind.PERSON
    approves: bool = False
    areas: tuple[str, ...] = EVERYWHERE
    valid_until_ns: int | None = None
    subject: str = ""
    password: str = field(default="", repr=False)
    failed: int = 0
    locked_until_ns: int = 0
    keys: tuple[VerifyKey, ...] = ()

    def expired(self, now_ns: int) -> bool:
        return self.valid_until_ns is not None and now_ns >= self.valid_until_ns

    def locked(self, now_ns: int) -> bool:
        return now_ns < self.locked_until_ns

    def holds(self, key_id: KeyId) -> bool:
        return any(key.key_id == key_id for key in self.keys)

    def identity(self, key_id: KeyId, service: str = "", device: str = "") -> Identity:
        """As it acts with this key."""
        return Identity(key_id, self.name, self.role, service, device, self.approves, self.areas)

    def __str__(self) -> str:
        return f"{self.name} ({self.role.value})"


def fault_of(name: str, role: Role, approves: bool, areas: Sequence[str]) -> str:
    """Why nobody can be enrolled like this; empty when it is well."""
    if not name or len(name) > MAX_NAME_LENGTH or name != name.strip() or not name.isprintable():
        return f"the name {name!r} is not usable: 1 to {MAX_NAME_LENGTH} printable characters"
    if any(character in name for character in _FORBIDDEN_IN_NAMES):
        return f"the name {name!r} holds one of {' '.join(_FORBIDDEN_IN_NAMES)}"
    if approves and role not in APPROVERS:
        return f"a {role.value} cannot approve; {' and '.join(sorted(each.value for each in APPROVERS))} can"
    if not areas or not all(areas):
        return "an area of responsibility is empty; '*' is everywhere"
    return ""
