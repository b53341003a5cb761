"""Declared variables of each level of the hierarchy (D3.2 5.1 to 5.8), as tables of data."""
