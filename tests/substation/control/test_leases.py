"""Exclusive leases of running orders (S19)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from substation.control.leases import Leases

ORDERS = st.sampled_from(["FDIR-1", "FDIR-2", "MANUAL-3"])
RESOURCES = st.lists(st.sampled_from(["OBR1/K1/E03", "OBR2/K1/E03", "OBR1/T1", "ST1/K1/E01/Q0"]), max_size=3)


@given(st.lists(st.tuples(ORDERS, RESOURCES | st.none()), max_size=12))
def test_s19_a_resource_has_one_holder_who_took_all_or_nothing(acts: list[tuple[str, list[str] | None]]) -> None:
    """Each act takes resources, or with None gives back all."""
    leases, expected = Leases(), dict[str, str]()
    for order, resources in acts:
        if resources is None:
            leases.release(order)
            expected = {resource: holder for resource, holder in expected.items() if holder != order}
            continue
        taken = {resource for resource in resources if expected.get(resource, order) != order}
        conflict = leases.acquire(order, resources)
        assert (conflict is None) is (not taken)
        if conflict is None:
            expected |= dict.fromkeys(resources, order)
        else:
            assert (conflict.resource in taken, conflict.holder) == (True, expected[conflict.resource])
    assert leases.held == expected
