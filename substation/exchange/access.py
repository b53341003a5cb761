"""Who may do what: roles of IEC 62351-8 and their rights. What the table does not grant is refused.

People and automated agents alike have a role. Those who manage keys and roles never switch, those who switch never
manage roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from models.wire.keys import KeyId


class Right(Enum):
    READ = "read"
    OPERATE = "operate"  # select, operate, cancel; place and remove tags; modes
    APPROVE = "approve"  # switching orders
    CONFIGURE = "configure"
    SECURITY = "security"  # keys and certificates
    ROLES = "roles"  # who has which role
    AUDIT = "audit"  # read the audit log


class Role(Enum):
    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    ENGINEER = "ENGINEER"
    INSTALLER = "INSTALLER"
    SECADM = "SECADM"
    SECAUD = "SECAUD"
    RBACMNT = "RBACMNT"


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.OPERATOR: frozenset({Right.READ, Right.OPERATE, Right.APPROVE}),
    Role.ENGINEER: frozenset({Right.READ, Right.CONFIGURE}),
    Role.INSTALLER: frozenset({Right.READ, Right.CONFIGURE}),
    Role.SECADM: frozenset({Right.READ, Right.SECURITY, Right.ROLES}),
    Role.SECAUD: frozenset({Right.READ, Right.AUDIT}),
    Role.RBACMNT: frozenset({Right.READ, Right.ROLES}),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """A stakeholder whose key is admitted. service, device: what its session has said (D3.2 'source')."""

    key_id: KeyId
    name: str
    role: Role
    service: str = ""
    device: str = ""

    def may(self, right: Right) -> bool:
        return right in RIGHTS[self.role]

    def __str__(self) -> str:
        return f"{self.name} ({self.role.value})"
