"""Applications of the medium-voltage grid: fault location, isolation and restoration; return to normal."""
