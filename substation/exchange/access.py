"""Who may do what: roles of IEC 62351-8 and one of our own, and their rights. What the table does not grant is refused.

People and automated agents alike have a role. Those who manage keys and roles never switch, those who switch never
manage roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from models.wire.glob import matches
from models.wire.keys import KeyId


class Right(Enum):
    READ = "read"
    OPERATE = "operate"  # place and remove tags; modes; orders
    COMMAND = "command"  # select, operate, cancel
    APPROVE = "approve"  # switching orders
    CONFIGURE = "configure"
    SECURITY = "security"  # keys and certificates
    ROLES = "roles"  # who has which role
    AUDIT = "audit"  # read the audit log
    STAKEHOLDERS = "stakeholders"  # see who is enrolled, with which role


class Role(Enum):
    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    ENGINEER = "ENGINEER"
    INSTALLER = "INSTALLER"
    SECADM = "SECADM"
    SECAUD = "SECAUD"
    RBACMNT = "RBACMNT"
    MARKET = "MARKET"  # our own: commands what its contract names (SAFETY S20)


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ}),
    Role.OPERATOR: frozenset({Right.READ, Right.OPERATE, Right.COMMAND}),
    Role.ENGINEER: frozenset({Right.READ, Right.CONFIGURE}),
    Role.INSTALLER: frozenset({Right.READ, Right.CONFIGURE}),
    Role.SECADM: frozenset({Right.READ, Right.SECURITY, Right.ROLES, Right.STAKEHOLDERS}),
    Role.SECAUD: frozenset({Right.READ, Right.AUDIT, Right.STAKEHOLDERS}),
    Role.RBACMNT: frozenset({Right.READ, Right.ROLES, Right.STAKEHOLDERS}),
    Role.MARKET: frozenset({Right.READ, Right.COMMAND}),
}
PERMISSIONS: Mapping[Right, tuple[str, ...]] = {
    Right.READ: ("VIEW", "READ", "DATASET", "REPORTING"),
    Right.OPERATE: ("CONTROL",),
    Right.COMMAND: ("CONTROL",),
    Right.APPROVE: ("CONTROL",),
    Right.CONFIGURE: ("FILEREAD", "FILEWRITE", "FILEMNGT", "CONFIG", "SETTINGGROUP"),
    Right.SECURITY: ("SECURITY",),
    Right.ROLES: ("SECURITY",),
    Right.AUDIT: ("SECURITY",),
    Right.STAKEHOLDERS: ("SECURITY",),
}
"""What each right stands for in the terms of IEC 62351-8; one of its permissions may be split among several rights."""
APPROVERS = frozenset({Role.OPERATOR, Role.ENGINEER})
"""Who may be given the right to approve switching orders: a right of its own, which no role brings along."""
SECURITY_OFFICERS = "security officers/"
"""As whom those are named in policies who look after security; no stakeholder's name holds a '/'."""
IN_AREA = frozenset({Right.OPERATE, Right.COMMAND, Right.APPROVE, Right.CONFIGURE})
"""Rights that end at the border of the area of responsibility; everyone reads what the owners' policies allow."""
EVERYWHERE = ("*",)


@dataclass(frozen=True, slots=True)
class Identity:
    """A stakeholder who has been admitted. service, device: what the session has said (D3.2 'source').

    areas: patterns of locations (models.wire.glob) that this stakeholder is responsible for.
    """

    key_id: KeyId
    name: str
    role: Role
    service: str = ""
    device: str = ""
    approves: bool = False
    areas: tuple[str, ...] = EVERYWHERE

    @property
    def rights(self) -> frozenset[Right]:
        """Of the role, and to approve where that has been given to a role that may have it."""
        given = RIGHTS[self.role]
        return given | {Right.APPROVE} if self.approves and self.role in APPROVERS else given

    def may(self, right: Right, location: str = "") -> bool:
        """location: what is acted on; empty where the right does not end at an area."""
        if right not in self.rights:
            return False
        return right not in IN_AREA or not location or any(matches(area, location) for area in self.areas)

    def __str__(self) -> str:
        return f"{self.name} ({self.role.value})"
