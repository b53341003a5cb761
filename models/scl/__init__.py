"""System configuration description (IEC 61850-6): read into plain values, and the one mapping of an SCD to points."""
