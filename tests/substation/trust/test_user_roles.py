"""IECUserRoles: octets written by hand from the ASN.1, and every other encoding refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from substation.exchange.access import Role
from substation.trust.der import DerError
from substation.trust.user_roles import ROLE_IDS, UserRoles, decode, encode

# SEQUENCE { SEQUENCE { SEQUENCE { INTEGER 1 }, UTF8String "ST1/*", INTEGER 7 } }
OPERATOR = bytes.fromhex("3011 300f 3003 020101 0c05 5354312f2a 020107".replace(" ", ""))


def test_by_hand() -> None:
    roles = UserRoles(Role.OPERATOR, ("ST1/*",), 7)
    assert encode(roles) == OPERATOR
    assert decode(OPERATOR) == roles


def test_numbers_of_the_standard() -> None:
    names = ["VIEWER", "OPERATOR", "ENGINEER", "INSTALLER", "SECADM", "SECAUD", "RBACMNT"]
    assert [role.value for role in list(ROLE_IDS)[:7]] == names
    assert list(ROLE_IDS.items())[7:] == [(Role.MARKET, -1)]  # private: RoleID is negative
    assert list(ROLE_IDS.values())[:7] == list(range(7))


def test_a_role_definition_is_read_over() -> None:
    octets = bytes.fromhex("3017 3015 3003 020101 0c05 5354312f2a 020107 0c04 49454331".replace(" ", ""))
    assert decode(octets) == UserRoles(Role.OPERATOR, ("ST1/*",), 7)


WRONG = {
    "empty": "",
    "no roles": "3000",
    "one without areas": "3007 3005 3003 020101",
    "unknown role": "3011 300f 3003 020107 0c05 5354312f2a 020107",
    "private role of others": "3011 300f 3003 0201fe 0c05 5354312f2a 020107",
    "two roles": "3014 3012 3006 020101 020104 0c05 5354312f2a 020107",
    "empty area": "300c 300a 3003 020101 0c00 020107",
    "revision too large": "3012 3010 3003 020101 0c05 5354312f2a 02020100",
    "long form of a short length": "308111 300f 3003 020101 0c05 5354312f2a 020107",
    "indefinite length": "3080 300f 3003 020101 0c05 5354312f2a 020107 0000",
    "integer with a leading zero": "3012 3010 3004 02020001 0c05 5354312f2a 020107",
    "octets behind": "3011 300f 3003 020101 0c05 5354312f2a 020107 00",
    "octets behind inside": "3013 3011 3003 020101 0c05 5354312f2a 020107 0500",
    "not UTF-8": "3011 300f 3003 020101 0c05 53ff312f2a 020107",
    "another string type": "3011 300f 3003 020101 1305 5354312f2a 020107",
    "cut short": "3011 300f 3003 020101 0c05 5354312f2a 0201",
}


@pytest.mark.parametrize("case", WRONG)
def test_refused(case: str) -> None:
    with pytest.raises(DerError):
        decode(bytes.fromhex(WRONG[case].replace(" ", "")))


@given(
    st.sampled_from(Role),
    st.lists(st.text(min_size=1, max_size=40).filter(lambda text: len(text.encode()) <= 64), min_size=1, unique=True),
    st.integers(0, 255),
)
def test_round_trip(role: Role, areas: list[str], revision: int) -> None:
    roles = UserRoles(role, tuple(areas[:8]), revision)
    assert decode(encode(roles)) == roles


@given(st.binary(max_size=64))
def test_garbage_is_refused_and_nothing_else(octets: bytes) -> None:
    with contextlib.suppress(DerError):
        encode(decode(octets))
