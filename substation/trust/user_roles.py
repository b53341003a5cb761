"""The extension IECUserRoles of IEC 62351-8: which role a certificate's holder has, and where.

    IECUserRoles ::= SEQUENCE OF UserRoleInfo
    UserRoleInfo ::= SEQUENCE {
        userRole SEQUENCE SIZE (1..MAX) OF RoleID,      -- INTEGER (-32768..32767)
        aor UTF8String (SIZE (1..64)),                  -- area of responsibility
        revision INTEGER (0..255),
        roleDefinition UTF8String (SIZE (0..23)) OPTIONAL,
        ... }                                           -- operation, status change: of DNP3 and IEC 60870-5, refused

One role is written once for each area. A certificate with two different roles is refused, since whoever holds it has
one role at a time: it takes two certificates.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.wire.glob import WILDCARD
from protocols.tls.certificate import USER_ROLES
from substation.exchange.access import Role
from substation.trust import der

OID = USER_ROLES
ROLE_IDS = {
    Role.VIEWER: 0,
    Role.OPERATOR: 1,
    Role.ENGINEER: 2,
    Role.INSTALLER: 3,
    Role.SECADM: 4,
    Role.SECAUD: 5,
    Role.RBACMNT: 6,
    Role.MARKET: -1,
}
"""MARKET is private: negative numbers are nobody's but the utility's."""
_ROLES = {number: role for role, number in ROLE_IDS.items()}
_MAX_AREA, _MAX_REVISION, _MAX_DEFINITION = 64, 255, 23
MAX_AREAS = 32


@dataclass(frozen=True, slots=True)
class UserRoles:
    """role in areas (patterns of locations, models.wire.glob); revision: of the role's definition, 0..255."""

    role: Role
    areas: tuple[str, ...] = (WILDCARD,)
    revision: int = 0


def encode(roles: UserRoles) -> bytes:
    """DER of IECUserRoles; DerError when an area or the revision is outside of its bounds."""
    _check(roles)
    numbers = der.encode(der.SEQUENCE, der.encode_integer(ROLE_IDS[roles.role]))
    revision = der.encode_integer(roles.revision)
    infos = [der.encode(der.SEQUENCE, numbers + der.encode_text(area) + revision) for area in roles.areas]
    return der.encode(der.SEQUENCE, b"".join(infos))


def decode(octets: bytes) -> UserRoles:
    """DerError when it is anything but one role of IEC 62351-8 in one or several areas."""
    outer = der.Reader(octets)
    infos = outer.take(der.SEQUENCE)
    outer.done()
    found: list[UserRoles] = []
    while infos and len(found) <= MAX_AREAS:
        found += _info(infos.take(der.SEQUENCE))
    if len({(info.role, info.revision) for info in found}) != 1:
        raise der.DerError("one role in one revision is expected")
    roles = UserRoles(found[0].role, tuple(dict.fromkeys(info.areas[0] for info in found)), found[0].revision)
    _check(roles)
    return roles


def _info(info: der.Reader) -> list[UserRoles]:
    numbers = info.take(der.SEQUENCE)
    roles = []
    while numbers:
        roles.append(_role(numbers.integer()))
    area, revision = info.text(), info.integer()
    if info.next_tag == der.UTF8_STRING and len(info.text()) > _MAX_DEFINITION:
        raise der.DerError(f"a role definition has at most {_MAX_DEFINITION} characters")
    info.done()
    return [UserRoles(role, (area,), revision) for role in roles]


def _role(number: int) -> Role:
    if number not in _ROLES:
        raise der.DerError(f"role {number} is none of IEC 62351-8 (0 to {max(_ROLES)}), nor MARKET (-1)")
    return _ROLES[number]


def _check(roles: UserRoles) -> None:
    if not 1 <= len(roles.areas) <= MAX_AREAS or not all(1 <= len(area) <= _MAX_AREA for area in roles.areas):
        raise der.DerError(f"1 to {MAX_AREAS} areas of 1 to {_MAX_AREA} characters are expected")
    if not 0 <= roles.revision <= _MAX_REVISION:
        raise der.DerError(f"a revision is 0 to {_MAX_REVISION}")
