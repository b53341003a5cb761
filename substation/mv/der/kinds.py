"""Kinds of generators in network.json, as far as they differ in what they can offer."""

from __future__ import annotations

STORING = frozenset({"battery", "storage", "bess"})
WEATHER = frozenset({"pv", "wind", "hydro"})
"""They produce what there is: they can give less, never more."""
