"""Losses of each asset from measurements, what was to be expected, and the trigger of OPF (GR5)."""
