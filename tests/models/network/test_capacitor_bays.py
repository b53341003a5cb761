"""Capacitor banks and second transformers put into a network, written and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import ConfigError
from models.network.capacitor_bays import CapacitorBay, with_capacitor_bays
from models.network.planning_network import planned
from models.network.reader import read_network
from models.network.transformer_bays import with_second_transformers
from models.network.writer import write_network

EXAMPLE = Path(__file__).parents[3] / "examples" / "oberrhein" / "network.json"
BAY = CapacitorBay("OBR1/K1/E09", "OBR1/K1/BB1/N1", 500e3, 4)


def test_a_bank_is_written_read_and_refused_with_more_steps_than_it_has() -> None:
    network = with_capacitor_bays(read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json"), (BAY,))
    text = write_network(network)
    assert read_network(text, "network.json") == network
    stepped = text.replace('"steps": 4', '"steps": 4, "steps_in": 3')
    grid = planned(read_network(stepped, "network.json")).grid
    assert sum(bus.shunt_var for bus in grid.buses) == pytest.approx(1.5e6)
    with pytest.raises(ConfigError, match="5 of 4 steps"):
        read_network(text.replace('"steps": 4', '"steps": 4, "steps_in": 5'), "network.json")
    with pytest.raises(ConfigError, match="exists already"):
        with_capacitor_bays(network, (BAY,))


def test_a_second_transformer_stands_beside_the_first() -> None:
    network = read_network(EXAMPLE.read_text(encoding="utf-8"), "network.json")
    doubled = with_second_transformers(network, ("OBR1/T1",))
    second = doubled.transformers[-1]
    assert (second.id, second.hv_node) == ("OBR1/T2", network.transformers[0].hv_node)
    assert read_network(write_network(doubled), "network.json") == doubled
    with pytest.raises(ConfigError, match="no transformer"):
        with_second_transformers(network, ("OBR9/T1",))
