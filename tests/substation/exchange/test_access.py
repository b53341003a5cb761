"""The whole matrix of roles and rights, written out a second time by hand."""

from __future__ import annotations

import pytest

from models.wire.keys import KeyId
from substation.exchange.access import Identity, Right, Role

#            read   operate command approve configure security roles audit stakeholders
MATRIX = {
    "VIEWER": "yes no no no no no no no no",
    "OPERATOR": "yes yes yes no no no no no no",
    "ENGINEER": "yes no no no yes no no no no",
    "INSTALLER": "yes no no no yes no no no no",
    "SECADM": "yes no no no no yes yes no yes",
    "SECAUD": "yes no no no no no no yes yes",
    "RBACMNT": "yes no no no no no yes no yes",
    "MARKET": "yes no yes no no no no no no",
}


@pytest.mark.parametrize("role", Role)
def test_matrix(role: Role) -> None:
    identity = Identity(KeyId(bytes(32)), "x", role)
    assert ["yes" if identity.may(right) else "no" for right in Right] == MATRIX[role.value].split()


@pytest.mark.parametrize("role", Role)
def test_approval_is_given_to_persons_of_roles_that_may_have_it(role: Role) -> None:
    approver = Identity(KeyId(bytes(32)), "x", role, approves=True)
    assert approver.may(Right.APPROVE) == (role.value in ("OPERATOR", "ENGINEER"))


def test_an_area_ends_what_acts_and_not_what_reads() -> None:
    olga = Identity(KeyId(bytes(32)), "Olga", Role.OPERATOR, approves=True, areas=("ST1/*", "ST2/*"))
    assert olga.may(Right.OPERATE, "ST1/K1/E01")
    assert not olga.may(Right.OPERATE, "ST10/K1/E01")
    assert not olga.may(Right.APPROVE, "ST3/K1/E01")
    assert olga.may(Right.READ, "ST3/K1/E01")


def test_who_manages_keys_or_roles_never_switches() -> None:
    for role in Role:
        identity = Identity(KeyId(bytes(32)), "x", role)
        if identity.may(Right.SECURITY) or identity.may(Right.ROLES) or identity.may(Right.AUDIT):
            assert not identity.may(Right.OPERATE)
            assert not identity.may(Right.APPROVE)
