"""Simulated customers: households with their devices, and a smart meter each that speaks to the units of the grid."""
