"""Writes the files of a simulated site: the SCD (IEC 61850-6) from a network, and first settings of unit and world."""
