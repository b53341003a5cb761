"""Voltage and reactive power control (GR4) in a running unit: set-points of the transformers' voltage regulators."""
