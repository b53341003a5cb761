"""Validation of optimised solutions (GR3): a target validated, its steps ordered and proposed, its result compared."""
