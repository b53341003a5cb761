"""A hundred links in one process; the whole thousand is a command of its own (many_links)."""

from __future__ import annotations

import asyncio

from tests.protocols.iec104.many_links import POINTS_PER_LINK, measure


def test_a_hundred_links_come_up_cost_little_and_come_back_together() -> None:
    cost = asyncio.run(measure(100, idle_s=1.0))
    assert cost.points == 100 * POINTS_PER_LINK
    assert cost.kilobytes_per_link < 200
    assert cost.idle_cpu_percent < 40
    assert cost.first_interrogation_s < 10
    assert cost.restart_interrogation_s < 10
    assert cost.longest_stall_ms < 1000
