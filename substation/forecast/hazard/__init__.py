"""Faults of sections and transformers as a Poisson process: published rates, what raises them, learned coefficients."""
