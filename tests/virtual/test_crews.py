"""Without any remote control a crew isolates, and load comes back; many faults: `python -m tests.virtual.crews`."""

from __future__ import annotations

from tests.virtual.crews import flaws_of_fault
from tests.virtual.site import Variant, virtual_site


def test_gr7_a_crew_restores_where_nothing_has_remote_control() -> None:
    site = virtual_site(Variant("nothing remote", remote=0.0, stations=24))
    assert flaws_of_fault(site, "L041/W041") == []
